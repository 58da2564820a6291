// What looks like a deletion and is none: a lost right on a company, a list that is not whole.
#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

bool says(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

Task<bool> until_error_says(Stage& stage, std::string what) {
  return stage.until([&stage, what]() -> Task<bool> {
    const sync::MapStatus map = co_await stage.map("customers");
    co_return says(map.last_error, what);
  });
}

Task<bool> until_no_error(Stage& stage) {
  return stage.until([&stage]() -> Task<bool> {
    const sync::MapStatus map = co_await stage.map("customers");
    co_return map.last_error.empty();
  });
}

Task<std::string> first_of_kind(Stage& stage, store::JournalKind kind) {
  store::Filter filter;
  filter.kind = kind;
  auto lines = co_await stage.control().journal(std::move(filter));
  co_return lines && !lines->empty() ? lines->back().rule : std::string("(no line)");
}

Task<bool> until_gone_from_dataverse(Stage& stage, std::string account) {
  return stage.until([&stage, account]() -> Task<bool> {
    auto row = co_await stage.dataverse_customer(account);
    co_return !row.has_value();
  });
}

void cover_both_companies(maps::TableMap& map) {
  if (!map.companies.empty()) map.companies = {"usmf", "ussi"};
}

/// Two customers in usmf and three in ussi, coupled.
Task<void> two_companies(Stage& stage) {
  stage.change_map = cover_both_companies;
  co_await stage.stop_engine();
  co_await stage.start_engine();
  for (const char* account : {"A1", "A2"}) co_await stage.add_customer(account, "In usmf");
  for (const char* account : {"B1", "B2", "B3"}) co_await stage.add_customer(account, "In ussi", "ussi");
  const bool synced = co_await stage.synced("customers");
  EXPECT_TRUE(synced);
}

TEST(Deletes, ALostRightOnACompanyDeletesNothingAndIsSaid) {
  play([](Stage& stage) -> Task<void> {
    co_await two_companies(stage);
    co_await stage.set_right("ussi", false);
    const bool said = co_await until_error_says(stage, "no row of company ussi, of which 3 are known");
    EXPECT_TRUE(said);
    // The other company goes on, deletions included.
    co_await stage.delete_finops("A1");
    const bool gone = co_await until_gone_from_dataverse(stage, "A1");
    EXPECT_TRUE(gone);
    // A write to a row that is out of sight is answered 404: neither a deletion, nor a reason to create the row again.
    co_await stage.patch_dataverse("B1", R"({"name":"Edited"})");
    const bool parked = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.parked == 1;
    });
    EXPECT_TRUE(parked);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.state, store::MapState::running);
    EXPECT_EQ(map.written[Side::dataverse].deleted, 1);
    EXPECT_EQ(map.dead_letters, 0);
    for (const char* account : {"B1", "B2", "B3"}) {
      auto row = co_await stage.dataverse_customer(account);
      EXPECT_TRUE(row) << account;
    }
    const std::string line = co_await first_of_kind(stage, store::JournalKind::held);
    EXPECT_TRUE(says(line, "company ussi, of which 3 are known")) << line;

    co_await stage.set_right("ussi", true);
    const bool over = co_await until_no_error(stage);
    EXPECT_TRUE(over);
    const bool arrived = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.finops().row("CustomersV3(dataAreaId='ussi',CustomerAccount='B1')?cross-company=true");
      co_return row && row->find("OrganizationName")->text() == "Edited";
    });
    EXPECT_TRUE(arrived);
    const sync::MapStatus after = co_await stage.map("customers");
    EXPECT_EQ(after.written[Side::dataverse].deleted, 1);
    EXPECT_EQ(after.written[Side::finops].created, 0);
  });
}

TEST(Deletes, ACompanyThatWasReallyClearedWaitsForApproval) {
  play([](Stage& stage) -> Task<void> {
    co_await two_companies(stage);
    for (const char* account : {"B1", "B2", "B3"}) co_await stage.delete_finops(account, "ussi");
    const bool said = co_await until_error_says(stage, "--company ussi");
    EXPECT_TRUE(said);
    auto too_much = co_await stage.control().approve("customers", "");
    EXPECT_FALSE(too_much);
    auto other = co_await stage.control().approve("customers", "usmf");
    EXPECT_FALSE(other);
    if (!other) EXPECT_TRUE(says(other.error().hint(), "ussi")) << other.error().text();
    auto still = co_await stage.dataverse_customer("B2");
    EXPECT_TRUE(still);
    auto approved = co_await stage.control().approve("customers", "USSI");
    EXPECT_TRUE(approved);
    for (const char* account : {"B1", "B2", "B3"}) {
      const bool gone = co_await until_gone_from_dataverse(stage, account);
      EXPECT_TRUE(gone) << account;
    }
    const bool over = co_await until_no_error(stage);
    EXPECT_TRUE(over);
    auto kept = co_await stage.dataverse_customer("A2");
    EXPECT_TRUE(kept);
  });
}

TEST(Deletes, APostedDeletionOfACompanysOnlyRowIsProofOfItsOwn) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Only one");
    co_await stage.synced("customers");
    co_await stage.notify_finops();
    co_await stage.delete_finops("C1");
    const bool gone = co_await until_gone_from_dataverse(stage, "C1");
    EXPECT_TRUE(gone);
  });
}

TEST(Deletes, AGlobalMapWithoutAnyRowIsOutOfSightAndCanBeApproved) {
  play([](Stage& stage) -> Task<void> {
    for (const char* code : {"USD", "EUR"}) {
      auto made = co_await stage.finops().send(
          "POST", "Currencies", R"({"CurrencyCode":")" + std::string(code) + R"(","Name":"A currency"})");
      EXPECT_EQ(made.status, 201) << made.body;
    }
    co_await stage.synced("currencies");
    for (const char* code : {"USD", "EUR"}) {
      auto gone = co_await stage.finops().send("DELETE", "Currencies('" + std::string(code) + "')");
      EXPECT_EQ(gone.status, 204);
    }
    const bool said = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("currencies");
      co_return says(map.last_error, "saw no row, of which 2 are known");
    });
    EXPECT_TRUE(said);
    auto approved = co_await stage.control().approve("currencies", "");
    EXPECT_TRUE(approved);
    const bool done = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("currencies");
      co_return map.written[Side::dataverse].deleted == 2;
    });
    EXPECT_TRUE(done);
  });
}

/// Empties the list that a scan of customers gets, or keeps `rows` of it, without a next link.
void cut_list(const http::Request& request, http::Response& response, std::size_t rows) {
  if (request.method != "GET" || !says(request.target, "/data/CustomersV3?")) return;
  std::string& body = response.body;
  std::size_t end = body.find("\"value\":[") + 9;
  for (std::size_t row = 0; row < rows; ++row) end = body.find('}', end) + 1;
  body = body.substr(0, end) + "]}";
}

TEST(Deletes, AListThatEndsEarlyDeletesNothingAndIsSaid) {
  play([](Stage& stage) -> Task<void> {
    for (int number = 0; number < 30; ++number) co_await stage.add_customer("C" + std::to_string(100 + number), "x");
    co_await stage.synced("customers");
    stage.on_finops_reply = [](const http::Request& request, http::Response& response) {
      cut_list(request, response, 4);
    };
    const bool said = co_await until_error_says(stage, "showed 4 rows and left out 26 known rows");
    EXPECT_TRUE(said);
    const std::string line = co_await first_of_kind(stage, store::JournalKind::gap);
    EXPECT_TRUE(says(line, "left out 26 known rows")) << line;
    // Nothing at all is worse than a part, and no different: the rows are there by key.
    stage.on_finops_reply = [](const http::Request& request, http::Response& response) {
      cut_list(request, response, 0);
    };
    const bool empty = co_await until_error_says(stage, "showed 0 rows and left out 30 known rows");
    EXPECT_TRUE(empty);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.state, store::MapState::running);
    EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
    EXPECT_EQ(map.pending, 0);
    stage.on_finops_reply = nullptr;
    const bool over = co_await until_no_error(stage);
    EXPECT_TRUE(over);
  });
}

TEST(Deletes, AScanWhoseSecondPageFailsConcludesNothingAndSaysHowFarItCame) {
  sandbox::SandboxSettings settings;
  settings.finops_page_size = 4;
  play(
      [](Stage& stage) -> Task<void> {
        for (int number = 0; number < 8; ++number) co_await stage.add_customer("C" + std::to_string(number), "x");
        co_await stage.synced("customers");
        stage.on_finops_reply = [](const http::Request& request, http::Response& response) {
          if (!says(request.target, "$skiptoken=")) return;
          response = http::Response(500);
        };
        const bool failed = co_await until_error_says(stage, "the scan ended after 4 rows");
        EXPECT_TRUE(failed);
        stage.on_finops_reply = [](const http::Request& request, http::Response& response) {
          if (says(request.target, "$skiptoken=")) response.body.resize(response.body.size() / 2);
        };
        const bool torn = co_await until_error_says(stage, "JSON");
        EXPECT_TRUE(torn);
        const sync::MapStatus map = co_await stage.map("customers");
        EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
        stage.on_finops_reply = nullptr;
        const bool over = co_await until_no_error(stage);
        EXPECT_TRUE(over);
      },
      settings);
}

}  // namespace
}  // namespace dualwrite::test
