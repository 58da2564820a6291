#include "sync/wait_graph.hpp"

#include <gtest/gtest.h>

namespace dualwrite::sync {
namespace {

RecordRef record(int map, const char* key) {
  return RecordRef(MapId(map), RecordKey(key));
}

TEST(WaitGraph, ARecordThatLacksItselfIsACycle) {
  const WaitGraph graph;
  EXPECT_TRUE(graph.leads(record(1, "a"), record(1, "a")));
}

TEST(WaitGraph, FindsACycleOverSeveralMaps) {
  WaitGraph graph;
  graph.note(record(1, "account"), {record(2, "contact")});
  graph.note(record(2, "contact"), {record(3, "vendor")});
  EXPECT_FALSE(graph.leads(record(2, "contact"), record(1, "account"))) << "the vendor waits for nobody";
  graph.note(record(3, "vendor"), {record(3, "other"), record(1, "account")});
  EXPECT_TRUE(graph.leads(record(2, "contact"), record(1, "account")));
  EXPECT_FALSE(graph.leads(record(2, "contact"), record(1, "contact"))) << "the same key in another map";
}

TEST(WaitGraph, EndsInACycleThatDoesNotHoldWhatIsLookedFor) {
  WaitGraph graph;
  graph.note(record(1, "a"), {record(1, "b")});
  graph.note(record(1, "b"), {record(1, "a")});
  EXPECT_FALSE(graph.leads(record(1, "a"), record(1, "c")));
}

TEST(WaitGraph, WhatHasArrivedWaitsNoMore) {
  WaitGraph graph;
  graph.note(record(1, "a"), {record(1, "b")});
  graph.note(record(1, "b"), {record(1, "a")});
  graph.note(record(1, "b"), {});
  EXPECT_FALSE(graph.leads(record(1, "b"), record(1, "a")));
  graph.forget(record(1, "a"));
  EXPECT_EQ(graph.size(), 0U);
}

}  // namespace
}  // namespace dualwrite::sync
