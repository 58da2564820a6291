#include "dualwrite/capture/events.hpp"

#include <gtest/gtest.h>

namespace dualwrite::capture {
namespace {

TEST(DataverseEvent, GivesTheRowTheOperationItsTimeAndItsTag) {
  const auto hints = parse_dataverse_event(R"({"MessageName":"Update","PrimaryEntityName":"account",
    "PrimaryEntityId":"60C4E274-0000-0000-0000-00000000000A","OperationCreatedOn":"\/Date(1731053106922+0000)\/",
    "SharedVariables":[],
    "ParentContext":{"SharedVariables":[{"key":"tag","value":"dualwrite:e:7"}],"ParentContext":null}})");
  ASSERT_TRUE(hints) << hints.error().text();
  ASSERT_EQ(hints->size(), 1u);
  const Hint& hint = hints->front();
  EXPECT_EQ(hint.side, Side::dataverse);
  EXPECT_EQ(hint.table, "account");
  EXPECT_EQ(hint.endpoint_key, "60c4e274-0000-0000-0000-00000000000a");
  EXPECT_EQ(hint.tag, "dualwrite:e:7");
  EXPECT_FALSE(hint.deleted);
  EXPECT_EQ(hint.time.source, TimeSource::event);
  EXPECT_EQ(format_instant(hint.time.from), "2024-11-08T08:05:06.922Z");
}

TEST(DataverseEvent, KnowsADeletionAndIgnoresOtherMessages) {
  const auto gone = parse_dataverse_event(R"({"MessageName":"Delete","PrimaryEntityName":"account",)"
                                          R"("PrimaryEntityId":"60c4e274-0000-0000-0000-00000000000a"})");
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->front().deleted);
  const auto other = parse_dataverse_event(R"({"MessageName":"Associate"})");
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->empty());
}

TEST(DataverseEvent, SaysWhatIsMissing) {
  EXPECT_FALSE(parse_dataverse_event("[]"));
  EXPECT_FALSE(parse_dataverse_event("{}"));
  EXPECT_FALSE(parse_dataverse_event("<html>"));
  const auto no_id =
      parse_dataverse_event(R"({"MessageName":"Update","PrimaryEntityName":"account","PrimaryEntityId":"x"})");
  ASSERT_FALSE(no_id);
  EXPECT_NE(no_id.error().message().find("PrimaryEntityId"), std::string::npos);
}

TEST(DataverseEvent, RefusesHostileNestingAndHiddenTails) {
  EXPECT_FALSE(parse_dataverse_event(std::string(100000, '[')));
  EXPECT_FALSE(parse_dataverse_event(std::string("{}\0garbage", 10)));
}

TEST(FinopsEvent, GivesKeyTimeAndOperation) {
  const auto hints = parse_finops_events(R"({"BusinessEventId":"X","EventTimeIso8601":"2026-01-02T03:04:05.1234567Z",
    "Entity":"CustomersV3","Operation":"Deleted","Key":{"dataAreaId":"usmf","CustomerAccount":"US-001"}})");
  ASSERT_TRUE(hints) << hints.error().text();
  ASSERT_EQ(hints->size(), 1u);
  EXPECT_TRUE(hints->front().deleted);
  EXPECT_EQ(hints->front().table, "CustomersV3");
  EXPECT_EQ(format_instant(hints->front().time.from), "2026-01-02T03:04:05.123Z");
  ASSERT_EQ(hints->front().key.size(), 2u);
}

TEST(FinopsEvent, TakesManyAtOnceAndIgnoresTheTestEvent) {
  const auto hints = parse_finops_events(R"([{"BusinessEventId":"BusinessEventsTestEndpointContract"},
    {"Entity":"Currencies","Operation":"Created","Key":{"CurrencyCode":"USD"}}])");
  ASSERT_TRUE(hints);
  EXPECT_EQ(hints->size(), 1u);
  EXPECT_EQ(hints->front().time.source, TimeSource::none);
}

TEST(FinopsEvent, RefusesTheWholeRequestWhenOneEventIsWrong) {
  const auto hints = parse_finops_events(R"([{"Entity":"Currencies","Operation":"Created","Key":{"CurrencyCode":"USD"}},
    {"Entity":"Currencies","Operation":"Guessed","Key":{"CurrencyCode":"EUR"}}])");
  ASSERT_FALSE(hints);
  EXPECT_NE(hints.error().message().find("Operation"), std::string::npos);
}

}  // namespace
}  // namespace dualwrite::capture
