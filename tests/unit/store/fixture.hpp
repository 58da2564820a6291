#pragma once
// A state file in a directory of its own, and generated couplings.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/database.hpp"

namespace dualwrite::store::test {

inline Instant at(std::int64_t milliseconds) {
  return Instant(std::chrono::milliseconds(milliseconds));
}

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "dualwrite-store-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;  // what is left behind lies in the temporary directory
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string file(const std::string& name = "state.db") const { return (path_ / name).string(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline sqlite::DatabaseSettings settings_for(std::string file) {
  sqlite::DatabaseSettings settings;
  settings.file = std::move(file);
  return settings;
}

/// Opens the file, or ends the test.
inline std::unique_ptr<sqlite::Database> open_database(const std::string& file) {
  auto opened = sqlite::Database::open(settings_for(file));
  if (!opened) throw std::runtime_error(opened.error().text());
  return std::move(*opened);
}

class DatabaseTest : public testing::Test {
 protected:
  void reopen() {
    database.reset();
    database = open_database(directory.file());
  }
  /// Commits; a failure ends the test.
  Committed commit(const Transaction& transaction) {
    auto committed = database->apply(transaction);
    if (!committed) throw std::runtime_error(committed.error().text());
    return std::move(*committed);
  }
  MapId map(const std::string& name) { return database->map_id(name).value(); }
  sqlite::Reads& reads() { return database->reads(); }

  TempDir directory;
  std::unique_ptr<sqlite::Database> database = open_database(directory.file());
};

/// Couplings of every shape, always the same ones for the same seed.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string text() {
    static const std::vector<std::string> texts{"",
                                                "Contoso",
                                                "O'Brien & \"Söhne\" \\ 100 %",
                                                "🚚🇩🇪👩‍👩‍👧",
                                                "line\nbreak\ttab\r",
                                                "\x01\x1f\x7f",
                                                "null",
                                                "1.10",
                                                std::string("nul\0inside", 10),
                                                "ümlaut",
                                                "\xff\xfe broken",
                                                "half \xf0\x9f\x9a",
                                                "٣",
                                                std::string(3000, 'x')};
    return texts[below(texts.size())];
  }
  std::string number() {
    static const std::vector<std::string> numbers{"0",
                                                  "-0",
                                                  "1.10",
                                                  "100.00",
                                                  "123456789012345678901234567890",
                                                  "-0.000000000000000000000000000001",
                                                  "9223372036854775808",
                                                  "18446744073709551616",
                                                  "1E2",
                                                  "1e400",
                                                  "0.1",
                                                  "+5",
                                                  ".5",
                                                  "5.",
                                                  "007",
                                                  "",
                                                  "NaN",
                                                  "1 "};
    return numbers[below(numbers.size())];
  }
  Value value() {
    switch (below(6)) {
      case 0:
        return {};
      case 1:
        return Value::null();
      case 2:
        return Value::boolean(one_in(2));
      case 3:
        return Value::number(number());
      default:
        return Value::string(text());
    }
  }
  Row row(std::size_t columns) {
    Row out;
    for (std::size_t i = 0; i < columns; ++i) out.push_back(value());
    return out;
  }
  Instant instant() {
    static const std::vector<std::int64_t> instants{
        0, 1, -62135596800000, 253402300799999, 1700000000000, 1700000000001};
    return at(instants[below(instants.size())]);
  }
  EditTime edit_time() { return {instant(), instant(), static_cast<TimeSource>(below(4))}; }
  Side side() { return one_in(2) ? Side::finops : Side::dataverse; }
  Intent intent() {
    Intent out;
    out.id = IntentId(static_cast<std::int64_t>(random_() >> 1U));
    out.kind = static_cast<WriteKind>(below(3));
    out.guard = text();
    for (std::size_t i = below(4); i > 0; --i) out.cells.emplace_back(below(200), value());
    out.decided_at = instant();
    return out;
  }
  SideState side_state(const std::optional<std::vector<Agreed>>& agreed) {
    SideState out;
    out.key = text();
    out.token = text();
    if (agreed && !one_in(4)) {
      out.shadow.emplace();
      for (const Agreed& item : *agreed) out.shadow->push_back(one_in(5) ? value() : item.value);
    } else if (!one_in(3)) {
      out.shadow = row(below(4));
    }
    for (std::size_t i = one_in(2) ? below(4) : 0; i > 0; --i) out.intents.push_back(intent());
    return out;
  }
  Coupling coupling(RecordRef record) {
    Coupling out;
    out.record = std::move(record);
    out.incarnation = one_in(2) ? 0 : static_cast<std::uint32_t>(random_());
    if (!one_in(4)) {
      out.agreed.emplace();
      const bool one_time = one_in(2);
      const Agreed time({}, edit_time(), side());
      for (std::size_t i = one_in(8) ? 0 : below(12); i > 0; --i) {
        out.agreed->emplace_back(value(), one_time ? time.time : edit_time(), one_time ? time.origin : side());
      }
    }
    if (one_in(4)) out.tombstone = instant();
    out.uncoupled = one_in(4);
    if (one_in(4)) out.held_deletion = side();
    for (std::size_t column = 0; out.agreed && column < out.agreed->size(); ++column) {
      if (one_in(4)) out.held.emplace_back(column, one_in(2) ? HoldReason::conflict : HoldReason::oscillation);
      if (one_in(4)) out.turns.emplace_back(column, static_cast<int>(below(20)), instant(), value());
    }
    for (const Side which : both_sides) out.sides[which] = side_state(out.agreed);
    return out;
  }

 private:
  std::mt19937_64 random_;
};

/// A small live coupling.
inline Coupling plain_coupling(MapId map, const std::string& key, const std::string& name = "Contoso") {
  Coupling out;
  out.record = RecordRef(map, RecordKey(key));
  const EditTime time(at(1000), at(2000), TimeSource::stamp);
  out.agreed.emplace();
  out.agreed->emplace_back(Value::string(name), time, Side::finops);
  for (const Side side : both_sides) {
    SideState& state = out.sides[side];
    state.key = std::string(to_string(side)) + ":" + key;
    state.token = "W/\"1\"";
    state.shadow = Row{Value::string(name)};
  }
  return out;
}

inline Mark plain_mark(MapId map, const std::string& key) {
  Mark out;
  out.map = map;
  out.key = RecordKey(key);
  return out;
}

}  // namespace dualwrite::store::test
