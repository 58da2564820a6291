// Every digit and every character, both ways, through the sandbox, HTTP, the engine and its state file.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "dualwrite/base/text.hpp"
#include "integration/sync/admin_door.hpp"
#include "integration/sync/meters.hpp"
#include "unit/app/cli_fixture.hpp"

namespace dualwrite::test {
namespace {

/// A value of one column: what is written, and how each side then shows it.
struct Sample {
  const char* finops_column;
  const char* dataverse_column;
  std::string written;
  std::string on_finops;
  std::string on_dataverse;
};

Sample quantity(std::string written, std::string finops, std::string dataverse) {
  return {"Quantity", "contoso_quantity", std::move(written), std::move(finops), std::move(dataverse)};
}
Sample amount(const std::string& number) {
  return {"Amount", "contoso_amount", number, number, number};
}
Sample pulses(const std::string& number) {
  return {"PulseCount", "contoso_pulsecount", number, number, number};
}
Sample visits(const std::string& number) {
  return {"Visits", "contoso_visits", number, number, number};
}
Sample installed(const std::string& day) {
  return {"InstalledOn", "contoso_installedon", json_string(day), json_string(day + "T12:00:00Z"), json_string(day)};
}
Sample read_at(const std::string& written, const std::string& shown) {
  return {"ReadAt", "contoso_readat", json_string(written), json_string(shown), json_string(shown)};
}
Sample remarks(const std::string& text) {
  return {"Remarks", "contoso_remarks", json_string(text), json_string(text), json_string(text)};
}

std::vector<Sample> samples() {
  using namespace std::string_literals;
  return {
      quantity("12345678.0123456789", "12345678.0123456789", "12345678.0123456789"),
      quantity("-12345678.0123456789", "-12345678.0123456789", "-12345678.0123456789"),
      quantity("1.10", "1.1", "1.1000000000"),
      quantity("1.1", "1.1", "1.1000000000"),
      quantity("-0.0000000001", "-0.0000000001", "-0.0000000001"),
      quantity("1.5e3", "1500", "1500.0000000000"),
      quantity("99999999999.9999999999", "99999999999.9999999999", "99999999999.9999999999"),
      quantity("0.1", "0.1", "0.1000000000"),
      amount("12345678901234.5678"),
      amount("-12345678901234.5678"),
      amount("922337203685477"),
      pulses("9007199254740993"),
      pulses("-9007199254740993"),
      pulses("9223372036854775807"),
      pulses("-9223372036854775808"),
      visits("2147483647"),
      visits("-2147483648"),
      installed("1900-01-02"),
      installed("2000-02-29"),
      installed("2154-12-31"),
      read_at("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
      read_at("2025-12-31T20:30:00-05:30", "2026-01-01T02:00:00Z"),
      read_at("1900-01-01T00:00:01Z", "1900-01-01T00:00:01Z"),
      read_at("2154-12-31T23:59:59Z", "2154-12-31T23:59:59Z"),
      remarks("\xF0\x9F\x98\x80 e\xCC\x81 \xE2\x80\xA8 \xEF\xBF\xBD"),
      remarks("\"quoted\" \\ / <b>&amp;</b> %2F 'it''s' {\"a\":[1.10]}\r\n--batch_x--\r\n\ttab"),
      remarks("a\0b\x01\x1f\x7f"s),
      remarks("1.10"),
      remarks("9007199254740993"),
      remarks(" leading, and 1900-01-01"),
  };
}

std::string id_of(const char* prefix, std::size_t number) {
  return std::string(prefix) + std::to_string(number);
}

Task<void> expect_arrival(Stage& stage, std::string id, Sample sample) {
  const bool dataverse = co_await dataverse_reads(stage, id, sample.dataverse_column, sample.on_dataverse);
  const bool finops = co_await finops_reads(stage, id, sample.finops_column, sample.on_finops);
  if (dataverse && finops) co_return;
  const std::string on_dataverse = co_await dataverse_cell(stage, id, sample.dataverse_column);
  const std::string on_finops = co_await finops_cell(stage, id, sample.finops_column);
  EXPECT_EQ(on_dataverse, sample.on_dataverse) << id;
  EXPECT_EQ(on_finops, sample.on_finops) << id;
}

/// Nothing is refused, nothing waits, and no side was written twice.
Task<void> expect_calm(Stage& stage) {
  const bool quiet = co_await stage.quiet("meters");
  EXPECT_TRUE(quiet);
  const sync::MapStatus map = co_await stage.map("meters");
  EXPECT_EQ(map.dead_letters, 0);
  EXPECT_EQ(map.conflicts, 0);
  EXPECT_EQ(map.last_error, "");
}

void play_meters(std::function<Task<void>(Stage&)> scenario) {
  sandbox::SandboxSettings settings;
  // The tests themselves reach rows by keys that the real service does not take in an address.
  settings.dataverse.refuse_special_key_characters = false;
  play_unstarted(
      [&](Stage& stage) -> Task<void> {
        auto maps = meter_maps();
        co_await stage.start_engine(std::move(maps));
        co_await scenario(stage);
      },
      settings);
}

/// Every sample as a new row on one side, half of them before the initial sync: each is written once, to the other
/// side.
void expect_new_rows_arrive(Side from) {
  play_meters([from](Stage& stage) -> Task<void> {
    const auto all = samples();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i == all.size() / 2) {
        const bool synced = co_await stage.synced("meters");
        EXPECT_TRUE(synced);
      }
      int status = 0;
      if (from == Side::finops) {
        status = co_await add_finops_meter(stage, id_of("N", i), all[i].finops_column, all[i].written);
      } else {
        status = co_await add_dataverse_meter(stage, id_of("N", i), all[i].dataverse_column, all[i].written);
      }
      EXPECT_EQ(status, from == Side::finops ? 201 : 204) << all[i].written;
    }
    for (std::size_t i = 0; i < all.size(); ++i) co_await expect_arrival(stage, id_of("N", i), all[i]);
    co_await expect_calm(stage);
    const sync::MapStatus map = co_await stage.map("meters");
    EXPECT_EQ(map.written[other(from)].created, static_cast<std::int64_t>(all.size()));
    EXPECT_EQ(map.written[from].created, 0);
    for (const Side side : both_sides) EXPECT_EQ(map.written[side].updated, 0);
  });
}

TEST(ExactValues, NewRowsKeepEveryDigitOnTheirWayToDataverse) {
  expect_new_rows_arrive(Side::finops);
}

TEST(ExactValues, NewRowsKeepEveryDigitOnTheirWayToFinops) {
  expect_new_rows_arrive(Side::dataverse);
}

TEST(ExactValues, EditsKeepEveryDigitBothWays) {
  play_meters([](Stage& stage) -> Task<void> {
    const auto all = samples();
    for (std::size_t i = 0; i < all.size(); ++i) {
      co_await add_finops_meter(stage, id_of("F", i), "Description", "\"edited there\"");
      co_await add_finops_meter(stage, id_of("D", i), "Description", "\"edited here\"");
    }
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const int finops = co_await patch_finops_meter(stage, id_of("F", i), all[i].finops_column, all[i].written);
      EXPECT_EQ(finops, 204) << all[i].written;
      const int dataverse =
          co_await patch_dataverse_meter(stage, id_of("D", i), all[i].dataverse_column, all[i].written);
      EXPECT_EQ(dataverse, 204) << all[i].written;
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      co_await expect_arrival(stage, id_of("F", i), all[i]);
      co_await expect_arrival(stage, id_of("D", i), all[i]);
    }
    co_await expect_calm(stage);
  });
}

TEST(ExactValues, TheBlankDateIsNothingAndItsNeighboursAreDays) {
  play_meters([](Stage& stage) -> Task<void> {
    co_await add_finops_meter(stage, "F1", "InstalledOn", "\"1900-01-01T12:00:00Z\"");
    co_await add_finops_meter(stage, "F2", "ReadAt", "\"1900-01-01T00:00:00Z\"");
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    co_await add_dataverse_meter(stage, "D1", "contoso_installedon", "\"1900-01-01\"");
    co_await add_dataverse_meter(stage, "D2", "contoso_readat", "\"1900-01-01T00:00:00Z\"");
    for (const char* id : {"F1", "F2", "D1", "D2"}) {
      const bool day = co_await finops_reads(stage, id, "InstalledOn", "\"1900-01-01T12:00:00Z\"");
      EXPECT_TRUE(day) << id;
      const bool time = co_await finops_reads(stage, id, "ReadAt", "\"1900-01-01T00:00:00Z\"");
      EXPECT_TRUE(time) << id;
    }
    for (const char* id : {"F1", "F2"}) {
      const bool day = co_await dataverse_reads(stage, id, "contoso_installedon", "null");
      EXPECT_TRUE(day) << id;
      const bool time = co_await dataverse_reads(stage, id, "contoso_readat", "null");
      EXPECT_TRUE(time) << id;
    }
    co_await expect_calm(stage);
    // What somebody wrote in Dataverse stays as it was: a blank on the other side is the same.
    const std::string kept = co_await dataverse_cell(stage, "D1", "contoso_installedon");
    EXPECT_EQ(kept, "\"1900-01-01\"");
    co_await patch_dataverse_meter(stage, "D1", "contoso_installedon", "\"1900-01-02\"");
    const bool moved = co_await finops_reads(stage, "D1", "InstalledOn", "\"1900-01-02T12:00:00Z\"");
    EXPECT_TRUE(moved);
    co_await patch_finops_meter(stage, "D1", "InstalledOn", "null");
    const bool emptied = co_await dataverse_reads(stage, "D1", "contoso_installedon", "null");
    EXPECT_TRUE(emptied);
  });
}

TEST(ExactValues, DigitsBeyondTheScaleAreNoChangeAndStayWhereTheyAre) {
  play_meters([](Stage& stage) -> Task<void> {
    co_await add_finops_meter(stage, "F1", "Amount", "1.000049999999999999");
    co_await add_finops_meter(stage, "F2", "Amount", "-2.00005");
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    const Sample down{"Amount", "contoso_amount", "", "1.000049999999999999", "1"};
    const Sample up{"Amount", "contoso_amount", "", "-2.00005", "-2.0001"};
    co_await expect_arrival(stage, "F1", down);
    co_await expect_arrival(stage, "F2", up);
    co_await expect_calm(stage);
    const sync::MapStatus map = co_await stage.map("meters");
    EXPECT_EQ(map.written[Side::finops].updated, 0);
  });
}

TEST(ExactValues, AMegabyteOfTextArrivesWhole) {
  play_meters([](Stage& stage) -> Task<void> {
    std::string text;
    for (int i = 0; text.size() < (1U << 20U) - 16; ++i) text += "line " + std::to_string(i) + "; ";
    text.resize(1U << 20U, '.');
    const std::string json = json_string(text);
    const int finops = co_await add_finops_meter(stage, "F1", "Remarks", json);
    EXPECT_EQ(finops, 201);
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    const int dataverse = co_await add_dataverse_meter(stage, "D1", "contoso_remarks", json);
    EXPECT_EQ(dataverse, 204);
    const bool there = co_await dataverse_reads(stage, "F1", "contoso_remarks", json);
    EXPECT_TRUE(there);
    const bool here = co_await finops_reads(stage, "D1", "Remarks", json);
    EXPECT_TRUE(here);
    co_await expect_calm(stage);
  });
}

/// Values that the other side cannot take: each becomes a dead letter that holds it in full, and changes nothing.
TEST(ExactValues, WhatTheOtherSideCannotTakeIsADeadLetterWithTheWholeValue) {
  play_meters([](Stage& stage) -> Task<void> {
    const std::string megabyte = json_string(std::string(1U << 20U, 'x'));
    const std::vector<std::tuple<std::string, std::string, std::string>> from_finops{
        {"F1", "Quantity", "100000000000.0000000001"},
        {"F2", "Amount", "-922337203685477.5807"},
        {"F3", "Instructions", megabyte},
        {"F4", "Quantity", "123456789012345678901234567890.123"},
    };
    const std::vector<std::tuple<std::string, std::string, std::string>> from_dataverse{
        {"D1", "contoso_installedon", "\"1899-12-31\""}, {"D2", "contoso_installedon", "\"9999-12-31\""},
        {"D3", "contoso_installedon", "\"2155-01-01\""}, {"D4", "contoso_readat", "\"1899-12-31T23:59:59Z\""},
        {"D5", "contoso_description", megabyte},
    };
    for (const auto& [id, column, json] : from_finops) co_await add_finops_meter(stage, id, "Description", "\"x\"");
    for (const auto& [id, column, json] : from_dataverse) co_await add_finops_meter(stage, id, "Description", "\"x\"");
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    for (const auto& [id, column, json] : from_finops) {
      const int status = co_await patch_finops_meter(stage, id, column, json);
      EXPECT_EQ(status, 204) << id;
    }
    for (const auto& [id, column, json] : from_dataverse) {
      const int status = co_await patch_dataverse_meter(stage, id, column, json);
      EXPECT_EQ(status, 204) << id;
    }
    for (const auto& [id, column, json] : from_finops) {
      auto letter = co_await open_letter_of(stage, id);
      EXPECT_TRUE(letter) << id;
      if (!letter) continue;
      EXPECT_EQ(letter->side, Side::dataverse) << id;
      EXPECT_EQ(letter->error_class, store::DeadLetterClass::refused) << id;
      EXPECT_NE(letter->attempted.find(json), std::string::npos) << id;
      EXPECT_NE(letter->finops_row.find(json), std::string::npos) << id;
      const std::string kept = co_await finops_cell(stage, id, column);
      EXPECT_EQ(kept, json) << id;
    }
    for (const auto& [id, column, json] : from_dataverse) {
      auto letter = co_await open_letter_of(stage, id);
      EXPECT_TRUE(letter) << id;
      if (!letter) continue;
      EXPECT_EQ(letter->side, Side::finops) << id;
      EXPECT_EQ(letter->error_class, store::DeadLetterClass::refused) << id;
      EXPECT_NE(letter->attempted.find(json), std::string::npos) << id;
      const std::string kept = co_await dataverse_cell(stage, id, column);
      EXPECT_EQ(kept, json) << id;
      const std::string untouched = co_await finops_cell(stage, id, "InstalledOn");
      EXPECT_EQ(untouched, "\"1900-01-01T12:00:00Z\"") << id;
    }
    // The daemon goes on, and a value that fits closes its letter.
    co_await patch_finops_meter(stage, "F1", "Quantity", "100000000000");
    const bool closed = co_await dataverse_reads(stage, "F1", "contoso_quantity", "100000000000.0000000000");
    EXPECT_TRUE(closed);
    co_await patch_dataverse_meter(stage, "D2", "contoso_installedon", "\"2154-12-31\"");
    const bool fits = co_await finops_reads(stage, "D2", "InstalledOn", "\"2154-12-31T12:00:00Z\"");
    EXPECT_TRUE(fits);
    const bool quiet = co_await stage.quiet("meters");
    EXPECT_TRUE(quiet);
    const sync::MapStatus map = co_await stage.map("meters");
    EXPECT_EQ(map.dead_letters, static_cast<std::int64_t>(from_finops.size() + from_dataverse.size()) - 2);
  });
}

const std::vector<std::string>& awkward_keys() {
  static const std::vector<std::string> keys{
      "\xF0\x9F\x98\x80",  // an emoji
      "e\xCC\x81",         // e and a combining accent
      "it's 'so'",
      "a/b//c",
      "100%",
      "%2F%27",
      "a&b=c",
      "a#b?c",
      "a+b c",
      R"(back\slash|bar)",
      R"("quoted")",
      "(a,b);c:d@e$f*g!~",
      "60c4e274-0000-0000-0000-00000000000a",
      "1.10",
      "null",
  };
  return keys;
}

TEST(ExactValues, KeysOfAnyCharactersAreReadCreatedChangedAndDeletedByTheirUrls) {
  play_meters([](Stage& stage) -> Task<void> {
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    const auto& keys = awkward_keys();
    // A company whose last row goes would count as one that may not be seen any more.
    const int stays = co_await add_finops_meter(stage, "stays", "Quantity", "1");
    EXPECT_EQ(stays, 201);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (i % 2 == 0) {
        const int status = co_await add_finops_meter(stage, keys[i], "Quantity", "1.10");
        EXPECT_EQ(status, 201) << keys[i];
      } else {  // an upsert by the alternate key
        const int status = co_await patch_dataverse_meter(stage, keys[i], "contoso_quantity", "1.10");
        EXPECT_EQ(status, 204) << keys[i];
      }
    }
    for (const std::string& key : keys) {
      const bool there = co_await dataverse_reads(stage, key, "contoso_quantity", "1.1000000000");
      EXPECT_TRUE(there) << key;
      const bool here = co_await finops_reads(stage, key, "Quantity", "1.1");
      EXPECT_TRUE(here) << key;
      const std::string name = co_await dataverse_cell(stage, key, "contoso_meterid");
      EXPECT_EQ(name, json_string(key));
    }
    for (const std::string& key : keys) {
      co_await patch_dataverse_meter(stage, key, "contoso_pulsecount", "9007199254740993");
      co_await patch_finops_meter(stage, key, "Remarks", json_string(key));
    }
    for (const std::string& key : keys) {
      const bool there = co_await dataverse_reads(stage, key, "contoso_remarks", json_string(key));
      EXPECT_TRUE(there) << key;
      const bool here = co_await finops_reads(stage, key, "PulseCount", "9007199254740993");
      EXPECT_TRUE(here) << key;
    }
    co_await expect_calm(stage);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      int status = 0;
      if (i % 2 == 0) {
        status = co_await delete_dataverse_meter(stage, keys[i]);
      } else {
        status = co_await delete_finops_meter(stage, keys[i]);
      }
      EXPECT_EQ(status, 204) << keys[i];
    }
    for (const std::string& key : keys) {
      const bool there = co_await dataverse_reads(stage, key, "contoso_meterid", "(no row)");
      EXPECT_TRUE(there) << key;
      const bool here = co_await finops_reads(stage, key, "MeterId", "(no row)");
      EXPECT_TRUE(here) << key;
    }
  });
}

/// Runs a command line against the stage's engine, on a thread of its own: the verbs block.
Task<CliResult> ask(Stage& stage, std::string origin, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--url", origin});
  CliResult result;
  std::atomic<bool> done = false;
  std::thread thread([&] {
    result = run_line(arguments);
    done = true;
  });
  co_await stage.until([&]() -> Task<bool> { co_return done.load(); });
  thread.join();
  co_return result;
}

TEST(ExactValues, RestAndCommandLinePrintTheSameDigits) {
  play_meters([](Stage& stage) -> Task<void> {
    const std::string key = "\xF0\x9F\x98\x80/1";
    co_await add_finops_meter(stage, key, "Quantity", "12345678.0123456789");
    co_await add_finops_meter(stage, "F1", "PulseCount", "9007199254740993");
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    co_await patch_finops_meter(stage, "F1", "Quantity", "123456789012.3456789");
    auto letter = co_await open_letter_of(stage, "F1");
    EXPECT_TRUE(letter);
    if (!letter) co_return;

    AdminDoor door(stage);
    const std::string origin = door.origin();
    const std::string number = std::to_string(letter->id.value());
    for (const bool json : {false, true}) {
      std::vector<std::string> explain{"explain", "meters", key};
      std::vector<std::string> findings{"explain", "meters", "f1"};
      std::vector<std::string> show{"dead-letters", "show", number};
      if (json) {
        explain.emplace_back("--json");
        findings.emplace_back("--json");
        show.emplace_back("--json");
      }
      const CliResult record = co_await ask(stage, origin, std::move(explain));
      EXPECT_EQ(record.status, app::exit_fine) << record.err;
      EXPECT_NE(record.out.find("12345678.0123456789"), std::string::npos) << record.out;
      EXPECT_NE(record.out.find(key), std::string::npos) << record.out;
      const CliResult pulses = co_await ask(stage, origin, std::move(findings));
      EXPECT_EQ(pulses.status, app::exit_findings) << pulses.err;
      EXPECT_NE(pulses.out.find("9007199254740993"), std::string::npos) << pulses.out;
      const CliResult refused = co_await ask(stage, origin, std::move(show));
      EXPECT_NE(refused.out.find("123456789012.3456789"), std::string::npos) << refused.out << refused.err;
    }
    co_await door.stop();
  });
}

}  // namespace
}  // namespace dualwrite::test
