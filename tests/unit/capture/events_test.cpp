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

std::string finops_change(const std::string& key) {
  return R"({"Entity":"E","Operation":"Updated","Key":)" + key + "}";
}

TEST(FinopsEvent, KeepsEveryDigitOfAKey) {
  for (const char* number : {"1.10", "9007199254740993", "-9223372036854775808", "18446744073709551616",
                             "123456789012345678.000000000000000001"}) {
    const auto hints = parse_finops_events(finops_change(std::string("{\"N\":") + number + "}"));
    ASSERT_TRUE(hints) << hints.error().text();
    EXPECT_EQ(hints->front().key.front().second, Value::number(number));
  }
  const auto text = parse_finops_events(finops_change(R"({"N":"\ud83d\ude00\u0000"})"));
  ASSERT_TRUE(text);
  EXPECT_EQ(text->front().key.front().second, Value::string(std::string("\xF0\x9F\x98\x80\0", 5)));
}

TEST(FinopsEvent, RefusesWrongTextAndNamesThatComeTwice) {
  EXPECT_FALSE(parse_finops_events(finops_change("{\"N\":\"\xff\"}")));
  EXPECT_FALSE(parse_finops_events(finops_change(R"({"N":"\ud800"})")));
  EXPECT_FALSE(parse_finops_events(finops_change(R"({"N":1,"N":2})")));
}

TEST(FinopsEvent, TakesAsManyEventsAndLevelsAsItsLimitsAndNoMore) {
  const auto many = [](int count) {
    std::string body = "[";
    for (int i = 0; i < count; ++i) body += (i == 0 ? "" : ",") + finops_change(R"({"N":1})");
    return body + "]";
  };
  EXPECT_EQ(parse_finops_events(many(999))->size(), 999U);
  EXPECT_EQ(parse_finops_events(many(1000))->size(), 1000U);
  const auto above = parse_finops_events(many(1001));
  ASSERT_FALSE(above);
  EXPECT_EQ(above.error().code(), Errc::limit);
  const auto deep = [](std::size_t levels) {
    return R"({"Entity":"E","Operation":"Updated","Key":{"N":1},"More":)" + std::string(levels - 1, '[') +
           std::string(levels - 1, ']') + "}";
  };
  EXPECT_TRUE(parse_finops_events(deep(63)));
  EXPECT_TRUE(parse_finops_events(deep(64)));
  EXPECT_FALSE(parse_finops_events(deep(65)));
}

}  // namespace
}  // namespace dualwrite::capture
