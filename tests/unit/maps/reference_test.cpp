// The questions that find related rows which cannot be bound by their key.
#include "dualwrite/maps/reference.hpp"

#include <gtest/gtest.h>

#include "dualwrite/maps/translate.hpp"

namespace dualwrite::maps {
namespace {

TableMap map_with(const std::string& columns) {
  const std::string text = R"({"name": "lines", "finops": {"entity": "Lines"},
      "dataverse": {"table": "line", "set": "lines", "id": "lineid"}, "columns": [
      {"finops": "Number", "dataverse": "number", "key": true}, )" +
                           columns + "]}";
  auto map = read_map("lines.json", text);
  if (!map) {
    ADD_FAILURE() << to_string(map.error().front());
    return {};
  }
  return *map;
}

TableMap category_map() {
  return map_with(
      R"({"finops": "Category", "dataverse": "category/name", "lookup": {"set": "categories", "id": "categoryid"}},
      {"finops": "Hierarchy", "dataverse": "category/hierarchy/name"})");
}

std::vector<std::string> filters_of(const TableMap& map, const std::vector<ColumnValue>& cells,
                                    const std::optional<Row>& before = std::nullopt) {
  const auto made = inquiries(map, RecordKey("1"), cells, before);
  if (!made) return {made.error().text()};
  std::vector<std::string> filters;
  for (const Inquiry& inquiry : *made) {
    for (const Inquiry::Place& place : inquiry.places) filters.push_back(place.question.filter);
  }
  return filters;
}

TEST(Inquiries, ABlankMemberIsPartOfTheRelatedRowsName) {
  const TableMap map = category_map();
  EXPECT_EQ(filters_of(map, {{1, Value::string("Bikes")}, {2, Value::null()}}),
            std::vector<std::string>{"name eq 'Bikes' and hierarchy/name eq null"});
}

TEST(Inquiries, WhereAllMembersAreBlankNothingIsAsked) {
  const TableMap map = category_map();
  EXPECT_TRUE(filters_of(map, {{1, Value::null()}, {2, Value::null()}}).empty());
}

TEST(Inquiries, AMemberThatDoesNotChangeIsTakenFromTheRowAsItStands) {
  const TableMap map = category_map();
  const Row before{Value::string("1"), Value::string("Cars"), Value::string("Sales")};
  EXPECT_EQ(filters_of(map, {{1, Value::string("Bikes")}}, before),
            std::vector<std::string>{"name eq 'Bikes' and hierarchy/name eq 'Sales'"});
}

TEST(Inquiries, QuotesInAValueStayInTheValue) {
  const TableMap map = category_map();
  EXPECT_EQ(filters_of(map, {{1, Value::string("O'Neil' or name ne '")}, {2, Value::string("x")}}),
            std::vector<std::string>{"name eq 'O''Neil'' or name ne ''' and hierarchy/name eq 'x'"});
}

TEST(Inquiries, WhatStandsInForAMissingRowIsAskedForLast) {
  const TableMap map = map_with(
      R"({"finops": "Group", "dataverse": "group/code", "direction": "to-dataverse",
          "lookup": {"set": "groups", "id": "groupid", "otherwise": "OTHER"}})");
  EXPECT_EQ(filters_of(map, {{1, Value::string("A")}}), (std::vector<std::string>{"code eq 'A'", "code eq 'OTHER'"}));
}

}  // namespace
}  // namespace dualwrite::maps
