#include "sandbox/row.hpp"

#include <gtest/gtest.h>

#include "sandbox/cell.hpp"

namespace dualwrite::sandbox {
namespace {

TEST(SandboxRow, KeepsOnlyCellsThatHaveAValue) {
  Assignments cells;
  cells.set(300, "late");
  cells.set(2, "early");
  cells.set(7, std::nullopt);

  const Row row = Row{}.with(cells);

  EXPECT_EQ(row.get(2), "early");
  EXPECT_EQ(row.get(300), "late");
  EXPECT_EQ(row.get(7), std::nullopt);
  EXPECT_EQ(row.size_bytes(), 3U + 5U + 3U + 4U);
}

TEST(SandboxRow, MergesWritesIntoWhatIsThere) {
  Assignments first;
  first.set(1, "a");
  first.set(5, "b");
  Assignments second;
  second.set(1, std::nullopt);
  second.set(3, "c");
  second.set(5, "d");

  const Row row = Row{}.with(first).with(second);

  EXPECT_EQ(row.get(1), std::nullopt);
  EXPECT_EQ(row.get(3), "c");
  EXPECT_EQ(row.get(5), "d");
}

TEST(SandboxRow, HoldsCellsOfAnyLength) {
  Assignments cells;
  for (const std::size_t length : {0U, 1U, 254U, 255U, 256U, 70000U}) {
    cells.set(static_cast<ColumnId>(length % 60000), std::string(length, 'x'));
  }

  const Row row = Row{}.with(cells);

  for (const std::size_t length : {0U, 1U, 254U, 255U, 256U, 70000U}) {
    EXPECT_EQ(row.get(static_cast<ColumnId>(length % 60000)), std::string(length, 'x'));
  }
}

TEST(SandboxCells, NumbersCompareByValue) {
  EXPECT_TRUE(compare_numbers("9", "10") < 0);
  EXPECT_TRUE(compare_numbers("-10", "-9") < 0);
  EXPECT_TRUE(compare_numbers("-1", "0") < 0);
  EXPECT_TRUE(compare_numbers("1.5", "1.25") > 0);
  EXPECT_TRUE(compare_numbers("2.5", "2.5") == 0);
  EXPECT_TRUE(compare_numbers("0.1", "1") < 0);
}

TEST(SandboxCells, StringsCompareWithoutCaseAndTrailingBlanks) {
  EXPECT_TRUE(compare_cells(Type::string, "Abc ", "aBC") == 0);
  EXPECT_TRUE(compare_cells(Type::string, "abc", "ABD") < 0);
}

TEST(SandboxRow, ComesBackFromItsBytesAndFromNoOthers) {
  Assignments cells;
  cells.set(1, "short");
  cells.set(300, std::string(1000, 'x'));
  const Row row = Row{}.with(cells);
  EXPECT_EQ(Row::from_bytes(row.bytes(), 301), row);
  EXPECT_EQ(Row::from_bytes("", 0), Row());
  EXPECT_FALSE(Row::from_bytes(row.bytes(), 300)) << "no such column";
  EXPECT_FALSE(Row::from_bytes(row.bytes() + row.bytes(), 301)) << "columns out of order";
  const std::size_t first_cell = 3 + std::string_view("short").size();
  for (std::size_t size = 1; size < row.bytes().size(); ++size) {
    if (size == first_cell) continue;
    EXPECT_FALSE(Row::from_bytes(row.bytes().substr(0, size), 301)) << "cut at " << size;
  }
}

}  // namespace
}  // namespace dualwrite::sandbox
