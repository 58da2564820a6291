#include <set>

#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

class Journal : public test::DatabaseTest {
 protected:
  void add(MapId map, const std::string& key, JournalKind kind, const std::string& rule = "r") {
    JournalEntry entry;
    entry.at = test::at(1000);
    entry.record = RecordRef(map, RecordKey(key));
    entry.kind = kind;
    entry.rule = rule;
    Transaction transaction;
    transaction.journal(entry);
    commit(transaction);
  }
  std::vector<JournalEntry> lines(const Filter& filter) {
    auto read = reads().journal(filter);
    if (!read) throw std::runtime_error(read.error().text());
    return std::move(*read);
  }
  std::vector<std::string> rules(const Filter& filter) {
    std::vector<std::string> out;
    for (const JournalEntry& line : lines(filter)) out.push_back(line.rule);
    return out;
  }
};

TEST_F(Journal, RoundTripsAllItHolds) {
  JournalEntry entry;
  entry.at = test::at(1700000000123);
  entry.record = RecordRef(MapId(3), RecordKey("usmf|c-1"));
  entry.kind = JournalKind::lost;
  entry.side = Side::dataverse;
  entry.column = "Name 🚚";
  entry.rule = "newest-wins/tie-break";
  entry.detail = R"({"lost":"x"})";
  Transaction transaction;
  transaction.journal(entry);
  commit(transaction);
  reopen();

  const auto read = lines({});

  ASSERT_EQ(read.size(), 1U);
  EXPECT_GT(read[0].id.value(), 0);
  EXPECT_EQ(read[0].at, entry.at);
  EXPECT_EQ(read[0].record, entry.record);
  EXPECT_EQ(read[0].kind, entry.kind);
  EXPECT_EQ(read[0].side, entry.side);
  EXPECT_EQ(read[0].column, entry.column);
  EXPECT_EQ(read[0].rule, entry.rule);
  EXPECT_EQ(read[0].detail, entry.detail);
}

TEST_F(Journal, PagesNewestFirstWithoutGapsOrRepeats) {
  for (int i = 0; i < 25; ++i) add(MapId(1), "k", JournalKind::updated, std::to_string(i));

  std::vector<std::string> seen;
  Filter filter;
  filter.limit = 10;
  while (true) {
    const auto page = lines(filter);
    if (page.empty()) break;
    for (const JournalEntry& line : page) seen.push_back(line.rule);
    filter.before_id = page.back().id.value();
    add(MapId(1), "k", JournalKind::updated, "came meanwhile");
  }

  std::vector<std::string> expected;
  for (int i = 24; i >= 0; --i) expected.push_back(std::to_string(i));
  EXPECT_EQ(seen, expected);
}

TEST_F(Journal, IsFilteredByMapKeyAndKindTogether) {
  add(MapId(1), "a", JournalKind::created, "1a-created");
  add(MapId(1), "a", JournalKind::lost, "1a-lost");
  add(MapId(1), "b", JournalKind::lost, "1b-lost");
  add(MapId(2), "a", JournalKind::lost, "2a-lost");

  Filter filter;
  filter.kind = JournalKind::lost;
  EXPECT_EQ(rules(filter), (std::vector<std::string>{"2a-lost", "1b-lost", "1a-lost"}));
  filter.map = MapId(1);
  EXPECT_EQ(rules(filter), (std::vector<std::string>{"1b-lost", "1a-lost"}));
  filter.key = RecordKey("a");
  EXPECT_EQ(rules(filter), (std::vector<std::string>{"1a-lost"}));
  filter.kind.reset();
  EXPECT_EQ(rules(filter), (std::vector<std::string>{"1a-lost", "1a-created"}));
  filter.key.reset();
  EXPECT_EQ(rules(filter), (std::vector<std::string>{"1b-lost", "1a-lost", "1a-created"}));
  filter.map.reset();
  filter.key = RecordKey("a");
  EXPECT_EQ(rules(filter), (std::vector<std::string>{"2a-lost", "1a-lost", "1a-created"}));
}

TEST_F(Journal, LostLinesCountAsConflictsOfTheirMap) {
  add(MapId(1), "a", JournalKind::lost);
  add(MapId(1), "a", JournalKind::updated);
  add(MapId(2), "a", JournalKind::lost);

  EXPECT_EQ(database->counts(MapId(1)).conflicts, 1);
  EXPECT_EQ(database->counts(std::nullopt).conflicts, 2);
}

TEST_F(Journal, KindsAndStatesHaveNamesThatReadBack) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(JournalKind::renamed); ++i) {
    const auto kind = static_cast<JournalKind>(i);
    EXPECT_EQ(parse_journal_kind(to_string(kind)), kind);
    names.insert(to_string(kind));
  }
  EXPECT_EQ(names.size(), 11U);
  for (int i = 0; i <= static_cast<int>(MapState::held); ++i) {
    const auto state = static_cast<MapState>(i);
    EXPECT_EQ(parse_map_state(to_string(state)), state);
  }
  EXPECT_EQ(parse_journal_kind("nonsense"), std::nullopt);
  EXPECT_EQ(parse_map_state(""), std::nullopt);
}

}  // namespace
}  // namespace dualwrite::store
