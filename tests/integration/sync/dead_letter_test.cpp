#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

TEST(DeadLetters, AMissingParentParksTheRecordUntilItArrives) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.synced("currencies");
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    auto paused = co_await stage.control().pause("currencies");
    EXPECT_TRUE(paused);
    auto created = co_await stage.finops().send("POST", "Currencies", R"({"CurrencyCode":"USD","Name":"Dollar"})");
    EXPECT_EQ(created.status, 201) << created.body;
    const int status = co_await stage.patch_finops("C1", R"({"SalesCurrencyCode":"USD"})");
    EXPECT_EQ(status, 204);
    const bool parked = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.parked == 1;
    });
    EXPECT_TRUE(parked);
    auto resumed = co_await stage.control().resume("currencies");
    EXPECT_TRUE(resumed);
    const bool arrived = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.dataverse_customer("C1");
      const Value* currency = row ? row->find("_transactioncurrencyid_value") : nullptr;
      co_return currency != nullptr && !currency->is_null();
    });
    EXPECT_TRUE(arrived);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.dead_letters, 0);
  });
}

TEST(DeadLetters, ARefusedWriteIsKeptWithItsReasonAndClosesWhenTheCauseIsGone) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    // Longer than the F&O field allows, not longer than the Dataverse column.
    const std::string long_name(150, 'x');
    const int status = co_await stage.patch_dataverse("C1", R"({"name":")" + long_name + R"("})");
    EXPECT_EQ(status, 204);
    auto letter = co_await stage.open_letter(std::nullopt);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    EXPECT_EQ(letter->side, Side::finops);
    EXPECT_EQ(letter->error_class, store::DeadLetterClass::refused);
    EXPECT_NE(letter->attempted.find(long_name), std::string::npos);
    EXPECT_NE(letter->finops_row.find("Before"), std::string::npos);
    auto refused = co_await stage.control().replay(letter->id);
    EXPECT_TRUE(refused);
    if (refused) EXPECT_EQ(*refused, sync::ReplayOutcome::refused);
    auto again = co_await stage.control().dead_letter(letter->id);
    EXPECT_TRUE(again);
    if (again) EXPECT_EQ(again->attempts, 2);
    co_await stage.patch_dataverse("C1", R"({"name":"Short"})");
    const bool closed = co_await stage.until([&]() -> Task<bool> {
      auto now = co_await stage.control().dead_letter(letter->id);
      co_return now && now->state == store::DeadLetterState::resolved;
    });
    EXPECT_TRUE(closed);
    const std::string name = co_await stage.finops_name("C1");
    EXPECT_EQ(name, "Short");
  });
}

TEST(DeadLetters, DiscardingNeedsAnOpenOneAndKeepsTheReason) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    co_await stage.patch_dataverse("C1", R"({"name":")" + std::string(150, 'x') + R"("})");
    auto letter = co_await stage.open_letter(std::nullopt);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    auto discarded = co_await stage.control().discard(letter->id, "a test row");
    EXPECT_TRUE(discarded);
    auto now = co_await stage.control().dead_letter(letter->id);
    EXPECT_TRUE(now);
    if (now) EXPECT_EQ(now->closed_by, "a test row");
    auto twice = co_await stage.control().discard(letter->id, "again");
    EXPECT_FALSE(twice);
  });
}

TEST(DeadLetters, ARepairedRowThatCouldNotBeTranslatedClosesWithOneReplay) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    co_await stage.patch_finops("C1", R"({"OnHoldStatus":"PurchOrder"})");
    auto letter = co_await stage.open_letter(std::nullopt);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    EXPECT_EQ(letter->error_class, store::DeadLetterClass::unmappable);
    auto paused = co_await stage.control().pause("customers");
    EXPECT_TRUE(paused);
    co_await stage.patch_finops("C1", R"({"OnHoldStatus":"All"})");
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const bool closed = co_await stage.until([&]() -> Task<bool> {
      auto now = co_await stage.control().dead_letter(letter->id);
      co_return now && now->state == store::DeadLetterState::resolved;
    });
    EXPECT_TRUE(closed);
  });
}

}  // namespace
}  // namespace dualwrite::test
