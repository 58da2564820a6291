// $expand: one level, with $select inside (C3).
#include <algorithm>

#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {
namespace {

Outcome<Expansions::value_type> parse_item(const Call& call, const TableSchema& schema, std::string_view item) {
  const std::size_t open = item.find('(');
  const std::string_view name = item.substr(0, open);
  Expanded expanded;
  expanded.relation = schema.find_relation(name);
  if (expanded.relation == nullptr) {
    return bad_request("Could not find a property named '" + std::string(name) + "' on type '" +
                       std::string(type_namespace) + "." + schema.name + "'.");
  }
  if (open == std::string_view::npos) return expanded;
  if (!item.ends_with(')')) return bad_request("Syntax error in $expand: ')' is missing.");
  Options options;
  for (const std::string_view option : split_top_level(item.substr(open + 1, item.size() - open - 2), ';')) {
    if (!option.starts_with("$select=")) {
      return bad_request("Within $expand only $select is supported; '" + std::string(option) + "' is not.");
    }
    options.emplace_back("$select", option.substr(8));
  }
  const Table& far = call.state.database.table(expanded.relation->target);
  auto query = parse_query_options(call.state.database, far, options, dialect(), {});
  if (!query) return std::unexpected(query.error());
  expanded.select = std::move(query->select);
  return expanded;
}

/// The part of the far key that the row fixes, in key order, as far as it goes.
std::string far_prefix(const Call& call, const TableSchema& own, const Relation& relation, const TableSchema& far,
                       const Row& row) {
  std::vector<std::string> parts;
  for (const ColumnId id : far.primary.columns) {
    const Column& column = far.column(id);
    const auto pair = std::ranges::find(relation.columns, id, &std::pair<ColumnId, ColumnId>::second);
    if (pair != relation.columns.end()) {
      parts.push_back(key_part(column, row.get(pair->first).value_or("")));
    } else if (id == far.primary.columns.front() && far.by_company && own.by_company) {
      parts.push_back(key_part(column, row.get(own.primary.columns.front()).value_or("")));
    } else if (id == far.primary.columns.front() && far.by_company && !call.cross_company) {
      parts.push_back(key_part(column, call.state.company_of(call.user)));
    } else {
      break;
    }
  }
  if (parts.size() < far.primary.columns.size() && !parts.empty()) parts.emplace_back();
  return join_key(parts);
}

bool is_related(const Relation& relation, const TableSchema& own, const Row& row, const TableSchema& far,
                const Row& other) {
  return std::ranges::all_of(relation.columns, [&](const auto& pair) {
    const auto a = cell_of(own, row, pair.first).value_or("");
    const auto b = cell_of(far, other, pair.second).value_or("");
    return compare_cells(far.column(pair.second).type, a, b) == 0;
  });
}

}  // namespace

Outcome<Expansions> parse_expand(const Call& call, const TableSchema& schema) {
  Expansions expansions;
  const std::string* text = call.target.option("$expand");
  if (text == nullptr) return expansions;
  for (const std::string_view item : split_top_level(*text, ',')) {
    auto expanded = parse_item(call, schema, item);
    if (!expanded) return std::unexpected(expanded.error());
    expansions.push_back(std::move(*expanded));
  }
  return expansions;
}

Outcome<http::Response> navigate(Call& call, const Table& table) {
  const TableSchema& schema = table.schema();
  const Relation* relation = schema.find_relation(call.target.segments[1].name);
  if (relation == nullptr || call.target.segments[1].key) return no_resource(call);
  auto hit = addressed(call, table);
  if (!hit) return std::unexpected(hit.error());
  const std::vector<const Record*> rows = related_rows(call, schema, *relation, hit->record->row);
  const Shape shape{&call.state.database.schema.tables[relation->target], nullptr, nullptr};
  const std::string& set = shape.schema->set;
  std::string body;
  if (!relation->many) {
    if (rows.empty()) return http::Response(204);
    append_row(body, call, shape, *rows.front(), context_member(call, set + "/$entity"));
    return json_response(200, std::move(body));
  }
  body = "{" + context_member(call, set) + "\"value\":[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i != 0) body += ',';
    append_row(body, call, shape, *rows[i]);
  }
  return json_response(200, body + "]}");
}

std::vector<const Record*> related_rows(const Call& call, const TableSchema& schema, const Relation& relation,
                                        const Row& row) {
  const Table& table = call.state.database.table(relation.target);
  const TableSchema& far = table.schema();
  const std::string prefix = far_prefix(call, schema, relation, far, row);
  std::vector<const Record*> found;
  for (auto at = table.rows().lower_bound(prefix); at != table.rows().end() && at->first.starts_with(prefix); ++at) {
    if (!is_related(relation, schema, row, far, at->second.row)) continue;
    if (far.by_company && !may_see(call, at->second.row.get(far.primary.columns.front()).value_or(""))) continue;
    found.push_back(&at->second);
    if (!relation.many) break;
  }
  return found;
}

}  // namespace dualwrite::sandbox::finops
