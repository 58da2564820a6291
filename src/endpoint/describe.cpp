#include "endpoint/describe.hpp"

#include <algorithm>

#include "dualwrite/odata/uri.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view dataverse_root = "/api/data/v9.2/";
constexpr int pages_max = 100;

std::string text_of(const odata::Entity& entity, std::string_view name) {
  const Value* value = entity.find(name);
  return value == nullptr || value->is_null() ? std::string() : value->text();
}

/// The objects of an array member; none if it is missing.
Result<std::vector<odata::Entity>> items_of(const odata::Entity& entity, std::string_view name) {
  const auto array = std::ranges::find(entity.arrays, name, &std::pair<std::string, std::string>::first);
  if (array == entity.arrays.end()) return {};
  auto page = odata::parse_page("{\"value\":" + array->second + "}");
  if (!page) return std::unexpected(std::move(page).error().while_doing(std::string(name)));
  return std::move(page->entities);
}

Task<Result<std::vector<odata::Entity>>> all_pages(Service& service, std::string target, std::string what) {
  std::vector<odata::Entity> rows;
  std::string continuation;
  for (int number = 0; number < pages_max; ++number) {
    http::Headers headers;
    auto page = co_await service.scan_page(target, continuation, std::move(headers), what);
    if (!page) co_return std::unexpected(std::move(page).error());
    std::ranges::move(page->rows, std::back_inserter(rows));
    continuation = std::move(page->next);
    if (continuation.empty()) co_return rows;
  }
  co_return fail(Errc::limit, what + ": the pages did not end");
}

Task<Result<std::vector<std::string>>> texts(Service& service, std::string target, std::string what,
                                             std::string member) {
  auto rows = co_await all_pages(service, std::move(target), std::move(what));
  if (!rows) co_return std::unexpected(std::move(rows).error());
  std::vector<std::string> names;
  names.reserve(rows->size());
  for (const odata::Entity& row : *rows) names.push_back(text_of(row, member));
  co_return names;
}

Result<Description> read_definition(const std::string& body) {
  auto entity = odata::parse_entity(body);
  if (!entity) return std::unexpected(std::move(entity).error());
  Description out;
  out.set = text_of(*entity, "EntitySetName");
  out.id = text_of(*entity, "PrimaryIdAttribute");
  out.tracks_changes = text_of(*entity, "ChangeTrackingEnabled") != "false";
  auto columns = items_of(*entity, "Attributes");
  if (!columns) return std::unexpected(std::move(columns).error());
  for (const odata::Entity& column : *columns) {
    out.properties.push_back({text_of(column, "LogicalName"), text_of(column, "AttributeType")});
  }
  auto lookups = items_of(*entity, "ManyToOneRelationships");
  if (!lookups) return std::unexpected(std::move(lookups).error());
  for (const odata::Entity& lookup : *lookups) {
    out.navigations.push_back(
        {text_of(lookup, "ReferencingEntityNavigationPropertyName"), text_of(lookup, "ReferencedEntity")});
  }
  return out;
}

}  // namespace

Task<Result<std::optional<Description>>> describe_dataverse(Service& service, std::string table) {
  const std::string what = "reading the definition of the table " + table;
  std::string target = std::string(dataverse_root) + "EntityDefinitions(LogicalName='" + table +
                       "')?$select=LogicalName,EntitySetName,PrimaryIdAttribute,ChangeTrackingEnabled" +
                       "&$expand=Attributes($select=LogicalName,AttributeType),ManyToOneRelationships(" +
                       "$select=ReferencedEntity,ReferencingEntityNavigationPropertyName)";
  http::Headers headers;
  auto body = co_await service.get(std::move(target), std::move(headers), what);
  if (!body) {
    if (body.error().code() == Errc::not_found) co_return std::optional<Description>();
    co_return std::unexpected(std::move(body).error());
  }
  auto found = read_definition(*body);
  if (!found) co_return std::unexpected(std::move(found).error().while_doing(what));
  co_return std::optional<Description>(std::move(*found));
}

Task<Result<std::vector<std::string>>> names_of_dataverse(Service& service) {
  std::string target = std::string(dataverse_root) + "EntityDefinitions?$select=LogicalName";
  std::string what = "reading the names of the tables";
  std::string member = "LogicalName";
  return texts(service, std::move(target), std::move(what), std::move(member));
}

Task<Result<std::optional<Description>>> describe_finops(Service& service, std::string prefix, std::string entity_set) {
  const std::string what = "reading the definition of the entity " + entity_set;
  const std::string filter = "EntitySetName eq " + odata::quote(entity_set);
  std::string target = prefix + "/metadata/PublicEntities?$filter=" + odata::percent_encode_query(filter);
  auto rows = co_await all_pages(service, std::move(target), what);
  if (!rows) co_return std::unexpected(std::move(rows).error());
  // Not every version filters: what came is looked through.
  for (const odata::Entity& row : *rows) {
    if (text_of(row, "EntitySetName") != entity_set) continue;
    Description found;
    found.set = entity_set;
    auto properties = items_of(row, "Properties");
    if (!properties) co_return std::unexpected(std::move(properties).error().while_doing(what));
    for (const odata::Entity& property : *properties) {
      found.properties.push_back(
          {text_of(property, "Name"), text_of(property, "TypeName"), text_of(property, "IsKey") == "true"});
    }
    co_return std::optional<Description>(std::move(found));
  }
  co_return std::optional<Description>();
}

Task<Result<std::vector<std::string>>> names_of_finops(Service& service, std::string prefix) {
  std::string target = prefix + "/data/";
  std::string what = "reading the names of the entities";
  std::string member = "name";
  return texts(service, std::move(target), std::move(what), std::move(member));
}

Task<Result<std::vector<Shortcoming>>> Endpoint::shortcomings(const maps::TableMap&) {
  co_return std::vector<Shortcoming>();
}

Task<Result<std::string>> Endpoint::identity() {
  co_return std::string();
}

Task<Result<void>> ask(Service& service, std::string target) {
  http::Request request("GET", std::move(target));
  request.headers.add("Accept", "application/json");
  auto response = co_await service.call(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  co_return Result<void>();
}

}  // namespace dualwrite::endpoint
