// Reads F&O rows: one, a page, a count.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {
namespace {

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
    text.push_back(digits[static_cast<unsigned char>(c) & 15U]);
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0 || text.empty()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int value = 0;
    for (const char c : text.substr(i, 2)) {
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + digit;
    }
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

/// The query's options, with a filter on top that leaves out the companies which the caller may not see.
Options visible_options(const Call& call, const TableSchema& schema) {
  Options options = call.target.options;
  std::erase_if(options, [](const auto& option) { return option.first == "$expand"; });
  const auto hidden = call.state.hidden_companies.find(call.user.client_id);
  if (!schema.by_company || hidden == call.state.hidden_companies.end()) return options;
  std::string filter;
  for (const std::string& company : hidden->second) {
    filter += (filter.empty() ? "" : " and ") + std::string("dataAreaId ne ") + odata::quote(company);
  }
  if (filter.empty()) return options;
  const auto own = std::ranges::find(options, "$filter", &Options::value_type::first);
  if (own != options.end()) {
    own->second = "(" + own->second + ") and " + filter;
  } else {
    options.emplace_back("$filter", filter);
  }
  return options;
}

Outcome<Query> query_of(const Call& call, const Table& table) {
  const Options options = visible_options(call, table.schema());
  auto query = parse_query_options(call.state.database, table, options, dialect(), {"$skiptoken"});
  return query;
}

std::string context_of(const TableSchema& schema, const Query& query) {
  std::string columns;
  if (query.select) {
    for (const ColumnId id : *query.select) columns += (columns.empty() ? "" : ",") + schema.column(id).wire;
  }
  return schema.set + (columns.empty() ? "" : "(" + columns + ")");
}

std::string next_link(const Call& call, const Table& table, const Query& query, const PageOfRows& page,
                      std::size_t offset) {
  std::string rest = query_without(call.target.raw_query, {"$skiptoken", "$skip", "$top"});
  const auto add = [&](const std::string& option) { rest += (rest.empty() ? "" : "&") + option; };
  if (query.top) add("$top=" + std::to_string(*query.top - page.hits.size()));
  if (is_key_order(table, query)) {
    add("$skiptoken=" + to_hex(*page.hits.back().key));
  } else {
    add("$skip=" + std::to_string(offset + page.hits.size()));
  }
  return call.root + table.schema().set + "?" + rest;
}

}  // namespace

std::string visible_prefix(const Call& call, const TableSchema& schema) {
  if (!schema.by_company || call.cross_company) return {};
  const Column& company = schema.column(schema.primary.columns.front());
  return join_key({key_part(company, call.state.company_of(call.user)), ""});
}

bool may_see(const Call& call, std::string_view company) {
  const auto hidden = call.state.hidden_companies.find(call.user.client_id);
  return hidden == call.state.hidden_companies.end() || !hidden->second.contains(ascii_lower(company));
}

Outcome<Hit> addressed(const Call& call, const Table& table) {
  const TableSchema& schema = table.schema();
  const auto wrong =
      bad_request("The key in the request URI is not valid for resource '" + std::string(type_namespace) + "." +
                  schema.name + "'. Ensure that the names and number of key properties match the declared key.");
  const auto predicate = odata::parse_key_predicate(*call.target.segments[0].key);
  if (!predicate || predicate->size() != schema.primary.columns.size()) return wrong;
  std::vector<std::string> parts;
  for (const ColumnId id : schema.primary.columns) {
    const Column& column = schema.column(id);
    const auto given = std::ranges::find_if(*predicate, [&](const auto& member) {
      return member.first == column.name || (member.first.empty() && predicate->size() == 1);
    });
    if (given == predicate->end()) return wrong;
    const auto text = cell_text(column, given->second);
    if (!text) return wrong;
    parts.push_back(key_part(column, column.empty == *text ? std::string() : *text));
  }
  const std::string key = join_key(parts);
  const Hit hit = table.find(key);
  if (!hit || !key.starts_with(visible_prefix(call, schema))) return no_resource(call);
  if (schema.by_company && !may_see(call, hit.record->row.get(schema.primary.columns.front()).value_or(""))) {
    return no_resource(call);
  }
  return hit;
}

Outcome<http::Response> list(Call& call, const Table& table) {
  auto query = query_of(call, table);
  if (!query) return std::unexpected(query.error());
  const auto expand = parse_expand(call, table.schema());
  if (!expand) return std::unexpected(expand.error());
  const std::size_t page_size =
      call.state.switches.page_size_preference
          ? std::min(call.preferences.page_size.value_or(call.state.page_size), call.state.page_size)
          : call.state.page_size;
  PageStart start;
  start.rows_max = std::min(query->top.value_or(page_size), page_size);
  start.key_prefix = visible_prefix(call, table.schema());
  if (const std::string* token = call.target.option("$skiptoken")) {
    const auto key = from_hex(*token);
    if (!key) return bad_request("The $skiptoken is not valid.");
    start.after_key = *key;
  }
  PageOfRows page = select_rows(table, *query, start);
  if (query->top && page.hits.size() >= *query->top) page.has_more = false;

  std::string body = "{" + context_member(call, context_of(table.schema(), *query));
  if (page.count) body += "\"@odata.count\":" + std::to_string(*page.count) + ",";
  body += "\"value\":[";
  const Shape shape{&table.schema(), &query->select, &*expand};
  for (std::size_t i = 0; i < page.hits.size(); ++i) {
    if (i != 0) body += ',';
    append_row(body, call, shape, *page.hits[i].record);
  }
  body += ']';
  if (page.has_more && !page.hits.empty()) {
    body += ",\"@odata.nextLink\":";
    odata::append_json_string(body, next_link(call, table, *query, page, query->skip));
  }
  body += '}';
  return json_response(200, std::move(body));
}

Outcome<http::Response> count(Call& call, const Table& table) {
  auto query = query_of(call, table);
  if (!query) return std::unexpected(query.error());
  const std::string prefix = visible_prefix(call, table.schema());
  return text_response(200, "text/plain", std::to_string(count_rows(table, *query, prefix, SIZE_MAX)));
}

Outcome<http::Response> retrieve(Call& call, const Table& table) {
  auto query = query_of(call, table);
  if (!query) return std::unexpected(query.error());
  auto hit = addressed(call, table);
  if (!hit) return std::unexpected(hit.error());
  const auto expand = parse_expand(call, table.schema());
  if (!expand) return std::unexpected(expand.error());
  std::string body;
  append_row(body, call, Shape{&table.schema(), &query->select, &*expand}, *hit->record,
             context_member(call, context_of(table.schema(), *query) + "/$entity"));
  return json_response(200, std::move(body));
}

}  // namespace dualwrite::sandbox::finops
