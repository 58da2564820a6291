// Reads rows: one, a page, a count.
#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/conditions.hpp"
#include "sandbox/dataverse/cookie.hpp"
#include "sandbox/dataverse/functions.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/render.hpp"
#include "sandbox/dataverse/rights.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::size_t counted_max = 5000;

Outcome<Address> addressed(const Call& call, const Table& table) {
  auto address = resolve_key(call.state, table, *call.target.segments[0].key);
  if (address && !address->hit) return std::unexpected(not_found(table.schema(), *address).error());
  return address;
}

void append_count(std::string& body, const Call& call, std::size_t count) {
  const std::string shown = std::to_string(std::min(count, counted_max));
  body += "\"@odata.count\":" + shown + ",";
  if (!call.format.totals) return;
  body += "\"@Microsoft.Dynamics.CRM.totalrecordcount\":" + shown +
          ",\"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded\":" + (count > counted_max ? "true" : "false") +
          ",";
}

}  // namespace

Outcome<http::Response> list(Call& call, const Table& table) {
  if (auto may = check_right(call, table.schema(), "Read"); !may) return std::unexpected(may.error());
  // All rows for an answer would be the worst one.
  for (const char* other : {"fetchXml", "savedQuery", "userQuery"}) {
    if (call.target.option(other) == nullptr) continue;
    return refuse(501, "0x80040216", std::string("The sandbox does not answer queries by ") + other + ".");
  }
  if (call.target.option("$apply") != nullptr) return apply(call, table);
  auto query = query_of(call, table, {"$skiptoken"});
  if (!query) return std::unexpected(query.error());
  if (call.target.option("$skip") != nullptr)
    return refuse(400, "0x80060888", "The query parameter $skip is not supported.");
  const std::size_t page_size =
      std::min(call.preferences.page_size.value_or(call.state.page_size), call.state.page_size);
  // $top is ignored where a page size is asked for (A7).
  const bool top_counts = query->top && !call.preferences.page_size;
  PageStart start;
  start.rows_max = top_counts ? std::min(*query->top, page_size) : page_size;
  Cookie cookie;
  if (const std::string* token = call.target.option("$skiptoken")) {
    auto read = parse_cookie(*token);
    if (!read) return std::unexpected(read.error());
    cookie = *read;
    start.after_key = cookie.after_key;
    start.offset = cookie.offset;
  }
  PageOfRows page = select_rows(table, *query, start);
  if (top_counts) page.has_more = false;

  const Rendering how = rendering_of(call, table, *query);
  std::string body = "{" + context_member(call, how);
  if (page.count) append_count(body, call, *page.count);
  body += "\"value\":[";
  for (std::size_t i = 0; i < page.hits.size(); ++i) {
    if (i != 0) body += ',';
    append_row(body, how, *page.hits[i].record);
  }
  body += ']';
  if (page.has_more && !page.hits.empty()) {
    Cookie next;
    next.page = cookie.page + 1;
    if (is_key_order(table, *query)) {
      next.after_key = *page.hits.back().key;
    } else {
      next.offset = cookie.offset + page.hits.size();
    }
    body += ",\"@odata.nextLink\":";
    odata::append_json_string(body, next_link(call, table, next));
  }
  body += '}';
  http::Response response = json_response(200, std::move(body));
  add_applied(call, response);
  return response;
}

Outcome<http::Response> count(Call& call, const Table& table) {
  if (auto may = check_right(call, table.schema(), "Read"); !may) return std::unexpected(may.error());
  auto query = query_of(call, table, {});
  if (!query) return std::unexpected(query.error());
  return text_response(200, "text/plain", std::to_string(count_rows(table, *query, {}, counted_max)));
}

Outcome<http::Response> retrieve(Call& call, const Table& table) {
  if (auto may = check_right(call, table.schema(), "Read"); !may) return std::unexpected(may.error());
  auto query = parse_query_options(call.state.database, table, call.target.options, dialect(), {});
  if (!query) return std::unexpected(query.error());
  auto address = addressed(call, table);
  if (!address) return std::unexpected(address.error());
  const std::string etag = etag_of(*address->hit.record);
  const bool conditional = query->expand.empty() && !call.preferences.annotations;
  const bool is_known =
      table.schema().optimistic_concurrency && lists_etag(call.request.headers.get("If-None-Match"), etag);
  if (conditional && is_known) {
    http::Response response(304);
    response.headers.add("ETag", etag);
    return response;
  }
  const Rendering how = rendering_of(call, table, *query);
  std::string body;
  append_row(body, how, *address->hit.record, context_member(call, how, "/$entity"));
  http::Response response = json_response(200, std::move(body));
  response.headers.add("ETag", etag);
  add_applied(call, response);
  return response;
}

Outcome<http::Response> retrieve_property(Call& call, const Table& table) {
  if (auto may = check_right(call, table.schema(), "Read"); !may) return std::unexpected(may.error());
  const TableSchema& schema = table.schema();
  auto address = addressed(call, table);
  if (!address) return std::unexpected(address.error());
  const std::string& name = call.target.segments[1].name;
  const std::string context = "{\"@odata.context\":\"" + call.root + "$metadata#" + schema.set + "(" +
                              guid_text(address->key) + ")/" + name + "\",";
  if (const auto navigation = schema.by_navigation.find(name); navigation != schema.by_navigation.end()) {
    const Table& far = call.state.database.table(navigation->second.target);
    const auto id = address->hit.record->row.get(navigation->second.column);
    const Hit hit = id ? far.find(*id) : Hit{};
    if (!hit) return http::Response(204);
    if (call.target.segments.size() == 3) {
      return json_response(200, "{\"@odata.context\":\"" + call.root + "$metadata#$ref\",\"@odata.id\":\"" + call.root +
                                    far.schema().set + "(" + guid_text(*id) + ")\"}");
    }
    auto query = parse_query_options(call.state.database, far, call.target.options, dialect(), {});
    if (!query) return std::unexpected(query.error());
    const Rendering how = rendering_of(call, far, *query);
    std::string body;
    append_row(body, how, *hit.record, context_member(call, how, "/$entity"));
    return json_response(200, std::move(body));
  }
  const auto column = schema.find_wire(name);
  if (!column || schema.column(*column).write_only || call.target.segments.size() != 2) {
    return refuse(404, "0x80060888", "Resource not found for the segment '" + name + "'.");
  }
  const auto text = address->hit.record->row.get(*column);
  if (schema.column(*column).name == "versionnumber") {
    return json_response(200, context + "\"value\":" + std::to_string(address->hit.record->version) + "}");
  }
  if (!text) return http::Response(204);
  std::string body = context + "\"value\":";
  append_cell(body, schema.column(*column), *text);
  body += '}';
  return json_response(200, std::move(body));
}

}  // namespace dualwrite::sandbox::dataverse
