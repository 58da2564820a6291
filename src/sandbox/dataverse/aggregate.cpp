// $apply: filter(…)/groupby((…),aggregate(…)), as far as Dataverse takes it (A7).
#include <algorithm>
#include <map>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/functions.hpp"
#include "sandbox/dataverse/render.hpp"
#include "sandbox/exact.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::size_t columns_max = 50;
constexpr std::size_t filters_max = 10;
constexpr unsigned average_decimals = 10;

enum class Method : std::uint8_t { count, count_distinct, sum, average, min, max };

struct Aggregate {
  Method method = Method::count;
  ColumnId column = 0;
  std::string alias;
};

struct GroupColumn {
  ColumnId column = 0;         ///< of the row: the lookup where `far` is set
  const Table* far = nullptr;  ///< lookup/column
  ColumnId far_column = 0;
  std::string name;  ///< in the answer
};

struct Plan {
  std::vector<Predicate> filters;
  std::vector<GroupColumn> groups;
  std::vector<Aggregate> aggregates;
};

std::unexpected<Refusal> wrong(std::string message) {
  return refuse(400, dialect().error_code, std::move(message));
}

/// What stands in the brackets of name(…); nothing if the text is not that.
std::optional<std::string_view> arguments_of(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.ends_with(')')) return std::nullopt;
  text.remove_prefix(name.size());
  if (!text.starts_with('(')) return std::nullopt;
  return text.substr(1, text.size() - 2);
}

class Parser {
 public:
  Parser(const Call& call, const Table& table) : call_(call), table_(table) {}

  Outcome<Plan> parse(std::string_view text) {
    const auto steps = split_top_level(text, '/');
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const bool is_last = i + 1 == steps.size();
      if (auto read = step(steps[i], is_last); !read) return std::unexpected(read.error());
    }
    if (plan_.groups.empty() && plan_.aggregates.empty()) return wrong("$apply must end with groupby or aggregate.");
    return std::move(plan_);
  }

 private:
  Outcome<bool> step(std::string_view text, bool is_last) {
    if (const auto condition = arguments_of(text, "filter")) return filter(*condition);
    if (!is_last) return wrong("In $apply, groupby and aggregate must come last, and nothing but filter before them.");
    if (const auto list = arguments_of(text, "aggregate")) return aggregates(*list);
    if (const auto list = arguments_of(text, "groupby")) return group_by(*list);
    return wrong("The transformation '" + std::string(text.substr(0, text.find('('))) +
                 "' of $apply is not supported.");
  }

  Outcome<bool> filter(std::string_view condition) {
    if (plan_.filters.size() == filters_max) return wrong("$apply has more than 10 filters.");
    auto plain = plain_filter(call_, table_, condition);
    if (!plain) return std::unexpected(plain.error());
    auto predicate = Predicate::compile(call_.state.database, table_, *plain, dialect());
    if (!predicate) return std::unexpected(predicate.error());
    plan_.filters.push_back(std::move(*predicate));
    return true;
  }

  Outcome<bool> group_by(std::string_view text) {
    const auto parts = split_top_level(text, ',');
    if (parts.empty() || parts.size() > 2 || !parts[0].starts_with('(') || !parts[0].ends_with(')')) {
      return wrong("groupby takes a list of properties in brackets, and aggregate(…).");
    }
    for (const std::string_view path : split_top_level(parts[0].substr(1, parts[0].size() - 2), ',')) {
      auto column = group_column(path);
      if (!column) return std::unexpected(column.error());
      if (plan_.groups.size() == columns_max) return wrong("groupby names more than 50 properties.");
      plan_.groups.push_back(std::move(*column));
    }
    if (parts.size() == 1) return true;
    const auto list = arguments_of(parts[1], "aggregate");
    return list ? aggregates(*list) : wrong("Behind its properties, groupby takes aggregate(…) only.");
  }

  Outcome<ColumnId> column_of(const TableSchema& schema, std::string_view name) const {
    const auto column = schema.find_wire(name);
    if (!column || schema.column(*column).write_only) {
      return wrong("Could not find a property named '" + std::string(name) + "' on type 'Microsoft.Dynamics.CRM." +
                   schema.name + "'.");
    }
    return *column;
  }

  Outcome<GroupColumn> group_column(std::string_view path) const {
    GroupColumn group;
    const TableSchema* schema = &table_.schema();
    if (const std::size_t slash = path.find('/'); slash != std::string_view::npos) {
      const auto navigation = schema->by_navigation.find(path.substr(0, slash));
      if (navigation == schema->by_navigation.end()) return std::unexpected(column_of(*schema, path).error());
      group.far = &call_.state.database.table(navigation->second.target);
      group.column = navigation->second.column;
      schema = &group.far->schema();
      path.remove_prefix(slash + 1);
    }
    auto column = column_of(*schema, path);
    if (!column) return std::unexpected(column.error());
    if (schema->column(*column).type == Type::datetime) {
      return wrong("'" + std::string(path) + "' cannot be grouped by: groupby with datetime values is not supported.");
    }
    (group.far != nullptr ? group.far_column : group.column) = *column;
    group.name = (group.far != nullptr ? schema->name + "_" : std::string()) + std::string(path);
    return group;
  }

  Outcome<bool> aggregates(std::string_view list) {
    for (const std::string_view text : split_top_level(list, ',')) {
      auto aggregate = aggregate_of(text);
      if (!aggregate) return std::unexpected(aggregate.error());
      if (plan_.aggregates.size() == columns_max) return wrong("aggregate names more than 50 values.");
      plan_.aggregates.push_back(std::move(*aggregate));
    }
    return true;
  }

  /// "$count as n", "revenue with sum as total".
  Outcome<Aggregate> aggregate_of(std::string_view text) const {
    static const TextMap<Method> methods{{"sum", Method::sum},
                                         {"average", Method::average},
                                         {"min", Method::min},
                                         {"max", Method::max},
                                         {"countdistinct", Method::count_distinct}};
    std::vector<std::string_view> words;
    for (const std::string_view word : split_top_level(text, ' ')) {
      if (!word.empty()) words.push_back(word);
    }
    Aggregate aggregate;
    if (words.size() == 3 && words[0] == "$count" && words[1] == "as") {
      aggregate.alias = words[2];
      return aggregate;
    }
    if (words.size() != 5 || words[1] != "with" || words[3] != "as") {
      return wrong("'" + std::string(text) + "' is no aggregate: it takes the form 'property with method as name'.");
    }
    const auto method = methods.find(words[2]);
    if (method == methods.end()) return wrong("The method '" + std::string(words[2]) + "' is not supported.");
    auto column = column_of(table_.schema(), words[0]);
    if (!column) return std::unexpected(column.error());
    const Type type = table_.schema().column(*column).type;
    const bool has_number = is_number(type) && type != Type::choice;
    const bool has_order = has_number || type == Type::date || type == Type::datetime;
    const bool needs_order = method->second == Method::min || method->second == Method::max;
    if (method->second != Method::count_distinct && !(needs_order ? has_order : has_number)) {
      return wrong("The method '" + std::string(words[2]) + "' is not supported for '" + std::string(words[0]) + "'.");
    }
    return Aggregate{method->second, *column, std::string(words[4])};
  }

  const Call& call_;
  const Table& table_;
  Plan plan_;
};

/// What one aggregate has seen of one group.
struct Total {
  std::size_t values = 0;
  exact::Number sum = 0;
  std::string extreme;
  std::map<std::string, bool, std::less<>> distinct;
};

struct Group {
  std::vector<std::optional<std::string>> cells;
  std::size_t rows = 0;
  std::vector<Total> totals;
};

using Groups = std::map<std::string, Group>;

void add_value(Total& total, const Aggregate& aggregate, const Column& column, std::string_view text) {
  const bool is_first = total.values++ == 0;
  switch (aggregate.method) {
    case Method::sum:
    case Method::average:
      total.sum += exact::number_of(text);
      return;
    case Method::min:
    case Method::max: {
      const auto order = compare_cells(column.type, text, total.extreme);
      if (is_first || (aggregate.method == Method::min ? order < 0 : order > 0)) total.extreme = text;
      return;
    }
    case Method::count_distinct:
      total.distinct.try_emplace(key_part(column, text), true);
      return;
    case Method::count:
      return;
  }
}

std::optional<std::string_view> cell_of_group(const GroupColumn& group, const Row& row) {
  const auto own = row.get(group.column);
  if (group.far == nullptr || !own) return own;
  const Hit far = group.far->find(*own);
  return far ? far.record->row.get(group.far_column) : std::nullopt;
}

void add_row(Groups& groups, const Plan& plan, const TableSchema& schema, const Row& row) {
  std::vector<std::string> parts;
  std::vector<std::optional<std::string>> cells;
  for (const GroupColumn& column : plan.groups) {
    const Column& about =
        column.far != nullptr ? column.far->schema().column(column.far_column) : schema.column(column.column);
    const auto text = cell_of_group(column, row);
    parts.push_back(text ? "1" + key_part(about, *text) : "0");  // null comes first, and is a group of its own
    cells.push_back(text ? std::optional(std::string(*text)) : std::nullopt);
  }
  Group& group = groups[join_key(parts)];
  if (group.rows++ == 0) {
    group.cells = std::move(cells);
    group.totals.resize(plan.aggregates.size());
  }
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    const Aggregate& aggregate = plan.aggregates[i];
    const auto text = aggregate.method == Method::count ? std::nullopt : row.get(aggregate.column);
    if (text) add_value(group.totals[i], aggregate, schema.column(aggregate.column), *text);
  }
}

Outcome<Groups> grouped(const Call& call, const Table& table, const Plan& plan) {
  Groups groups;
  std::int64_t rows = 0;
  for (const auto& [key, record] : table.rows()) {
    const bool passes = std::ranges::all_of(plan.filters, [&](const Predicate& each) { return each.test(record.row); });
    if (!passes) continue;
    if (++rows > call.state.switches.aggregate_limit) {
      return refuse(400, "0x8004e023", "AggregateQueryRecordLimit exceeded. Cannot perform this operation.");
    }
    add_row(groups, plan, table.schema(), record.row);
  }
  if (groups.empty() && plan.groups.empty()) groups[{}].totals.resize(plan.aggregates.size());
  return groups;
}

/// Nothing: there was no value, and the member is left out.
std::optional<std::string> json_of(const Aggregate& aggregate, const Column& column, const Group& group,
                                   const Total& total) {
  if (aggregate.method == Method::count) return std::to_string(group.rows);
  if (aggregate.method == Method::count_distinct) return std::to_string(total.distinct.size());
  if (total.values == 0) return std::nullopt;
  if (aggregate.method == Method::sum) return exact::text_of(total.sum, average_decimals);
  if (aggregate.method == Method::average) return exact::text_of(total.sum / total.values, average_decimals);
  std::string json;
  append_cell(json, column, total.extreme);
  return json;
}

void append_group(std::string& out, const Rendering& how, const Plan& plan, const Group& group) {
  const TableSchema& schema = how.table->schema();
  const std::size_t begin = out.size();
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const GroupColumn& column = plan.groups[i];
    if (column.far == nullptr && group.cells[i])
      append_column(out, how, schema.column(column.column), *group.cells[i], 0);
  }
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    const Aggregate& aggregate = plan.aggregates[i];
    const auto json = json_of(aggregate, schema.column(aggregate.column), group, group.totals[i]);
    if (!json) continue;
    append_name(out, aggregate.alias);
    out += *json;
  }
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const GroupColumn& column = plan.groups[i];
    if (column.far == nullptr || !group.cells[i]) continue;
    append_name(out, column.name);
    append_cell(out, column.far->schema().column(column.far_column), *group.cells[i]);
  }
  if (out.size() > begin) out.erase(begin, 1);
}

/// Options beside $apply: $top only. An $orderby by what $apply made is refused in the service's words.
Outcome<std::size_t> groups_max(const Call& call) {
  std::size_t most = call.state.page_size;
  for (const auto& [name, value] : call.target.options) {
    if (name == "$orderby") return wrong("The query node SingleValueOpenPropertyAccess is not supported");
    if (name == "$top") {
      const auto top = parse_count(value);
      if (!top) return wrong("Invalid value '" + value + "' for $top query option found.");
      most = std::min(most, *top);
    } else if (name.starts_with('$') && name != "$apply") {
      return wrong("The query parameter " + name + " is not supported together with $apply.");
    }
  }
  return most;
}

}  // namespace

Outcome<http::Response> apply(Call& call, const Table& table) {
  const auto most = groups_max(call);
  if (!most) return std::unexpected(most.error());
  auto options = plain_options(call, table);
  if (!options) return std::unexpected(options.error());
  const auto text = std::ranges::find(*options, "$apply", &std::pair<std::string, std::string>::first);
  auto plan = Parser(call, table).parse(text->second);
  if (!plan) return std::unexpected(plan.error());
  auto groups = grouped(call, table, *plan);
  if (!groups) return std::unexpected(groups.error());
  const Rendering how = rendering_of(call, table, Query{});
  std::string body = "{" + context_member(call, how) + "\"value\":[";
  std::size_t shown = 0;
  for (const auto& [key, group] : *groups) {
    if (shown == *most) break;
    body += shown++ == 0 ? "{" : ",{";
    append_group(body, how, *plan, group);
    body += '}';
  }
  call.execution.rows_read() += static_cast<std::int64_t>(shown);
  http::Response response = json_response(200, body + "]}");
  add_applied(call, response);
  return response;
}

}  // namespace dualwrite::sandbox::dataverse
