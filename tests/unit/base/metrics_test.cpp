#include "dualwrite/base/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace dualwrite {
namespace {

TEST(Metrics, RendersOneHelpAndTypePerNameWithItsCellsTogether) {
  Metrics metrics;
  metrics.cell(MetricKind::counter, "writes_total", "Writes sent.", {{"side", "finops"}}).add(3);
  metrics.cell(MetricKind::gauge, "marks", "Marks that wait.").set(-2);
  metrics.cell(MetricKind::counter, "writes_total", "Other help.", {{"side", "dataverse"}}).add();

  EXPECT_EQ(metrics.render(),
            "# HELP marks Marks that wait.\n"
            "# TYPE marks gauge\n"
            "marks -2\n"
            "# HELP writes_total Writes sent.\n"
            "# TYPE writes_total counter\n"
            "writes_total{side=\"finops\"} 3\n"
            "writes_total{side=\"dataverse\"} 1\n");
}

TEST(Metrics, EscapesLabelValuesAndHelp) {
  Metrics metrics;
  metrics.cell(MetricKind::gauge, "m", "a\\b\n\"c\"", {{"map", "x\"y\\z\n{}"}});

  EXPECT_EQ(metrics.render(),
            "# HELP m a\\\\b\\n\"c\"\n"
            "# TYPE m gauge\n"
            "m{map=\"x\\\"y\\\\z\\n{}\"} 0\n");
}

TEST(Metrics, GivesTheSameCellForTheSameLabelsInAnyOrder) {
  Metrics metrics;
  Cell& one = metrics.cell(MetricKind::counter, "n", "h", {{"a", "1"}, {"b", "2"}});
  Cell& same = metrics.cell(MetricKind::gauge, "n", "h", {{"b", "2"}, {"a", "1"}});
  Cell& other = metrics.cell(MetricKind::counter, "n", "h", {{"a", "1"}});

  EXPECT_EQ(&one, &same);
  EXPECT_NE(&one, &other);
}

TEST(Metrics, SumsOverAllLabelsOfAName) {
  Metrics metrics;
  metrics.cell(MetricKind::counter, "n", "h", {{"a", "1"}}).add(2);
  metrics.cell(MetricKind::counter, "n", "h", {{"a", "2"}}).add(5);
  metrics.cell(MetricKind::counter, "nn", "h").add(100);

  EXPECT_EQ(metrics.sum("n"), 7);
  EXPECT_EQ(metrics.sum("unknown"), 0);
}

TEST(Metrics, KeepsCellsInPlaceWhileThreadsAddAndRegister) {
  Metrics metrics;
  Cell& cell = metrics.cell(MetricKind::counter, "n", "h");
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics, &cell, t] {
      for (int i = 0; i < 1000; ++i) {
        cell.add();
        if (i % 100 == 0) metrics.cell(MetricKind::gauge, "g", "h", {{"t", std::to_string(t * 1000 + i)}}).set(i);
      }
    });
  }
  threads.clear();

  EXPECT_EQ(metrics.sum("n"), 4000);
  EXPECT_EQ(cell.value(), 4000);
}

}  // namespace
}  // namespace dualwrite
