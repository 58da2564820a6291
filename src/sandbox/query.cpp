#include "sandbox/query.hpp"

#include <algorithm>

#include "sandbox/cell.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::size_t expansions_max = 15;
constexpr int expand_levels_max = 10;

class Parser {
 public:
  Parser(const Database& database, const FilterDialect& dialect) : database_(database), dialect_(dialect) {}

  std::unexpected<Refusal> wrong(std::string message) const {
    return refuse(400, dialect_.error_code, std::move(message), dialect_.exception);
  }

  Outcome<ColumnId> column(const TableSchema& schema, std::string_view name) const {
    const auto found = schema.find_wire(name);
    if (!found || schema.column(*found).write_only) {
      return wrong("Could not find a property named '" + std::string(name) + "' on type '" + dialect_.type_namespace +
                   "." + schema.name + "'.");
    }
    return *found;
  }

  Outcome<std::optional<std::vector<ColumnId>>> select(const TableSchema& schema, std::string_view text) const {
    std::vector<ColumnId> columns;
    for (const std::string_view name : split_top_level(text, ',')) {
      if (name == "*") return std::nullopt;
      auto found = column(schema, name);
      if (!found) return std::unexpected(found.error());
      if (std::ranges::find(columns, *found) == columns.end()) columns.push_back(*found);
    }
    return columns;
  }

  Outcome<std::vector<Order>> order(const TableSchema& schema, std::string_view text) const {
    std::vector<Order> orders;
    for (const std::string_view item : split_top_level(text, ',')) {
      const std::size_t blank = std::min(item.find(' '), item.size());
      const std::string_view direction = item.substr(std::min(item.find_first_not_of(' ', blank), item.size()));
      if (!direction.empty() && direction != "asc" && direction != "desc") {
        return wrong("'" + std::string(direction) + "' is no direction for $orderby.");
      }
      auto found = column(schema, item.substr(0, blank));
      if (!found) return std::unexpected(found.error());
      const bool is_lookup = schema.column(*found).type == Type::lookup;
      orders.push_back({*found, direction == "desc", is_lookup ? &database_ : nullptr});
    }
    return orders;
  }

  Outcome<std::vector<Expansion>> expand(const TableSchema& schema, std::string_view text) {
    auto expansions = expand_level(schema, text, 1);
    if (!expansions) return expansions;
    if (is_nested_ && is_ordered_) return wrong(std::string(select_and_filter_only));
    return expansions;
  }

 private:
  static constexpr std::string_view select_and_filter_only =
      "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested "
      "one-to-many relationship.";

  Outcome<std::vector<Expansion>> expand_level(const TableSchema& schema, std::string_view text, int level) {
    std::vector<Expansion> expansions;
    if (level > expand_levels_max) return wrong("$expand is nested too deep.");
    for (const std::string_view item : split_top_level(text, ',')) {
      if (++expansions_ > expansions_max) return wrong("$expand names more than 15 navigation properties.");
      const std::size_t open = item.find('(');
      auto expansion = expansion_of(schema, item.substr(0, open));
      if (!expansion) return std::unexpected(expansion.error());
      if (open != std::string_view::npos) {
        if (!item.ends_with(')')) return wrong("Error in $expand: ')' is missing.");
        auto nested = nested_options(*expansion, item.substr(open + 1, item.size() - open - 2), level);
        if (!nested) return std::unexpected(nested.error());
      }
      expansions.push_back(std::move(*expansion));
    }
    return expansions;
  }

  Outcome<Expansion> expansion_of(const TableSchema& schema, std::string_view name) const {
    constexpr std::string_view reference = "/$ref";
    Expansion expansion;
    expansion.reference = name.ends_with(reference);
    if (expansion.reference) name.remove_suffix(reference.size());
    expansion.navigation = name;
    if (const auto found = schema.by_navigation.find(name); found != schema.by_navigation.end()) {
      expansion.column = found->second.column;
      expansion.target = found->second.target;
      return expansion;
    }
    const auto members = dialect_.collection ? dialect_.collection(database_.schema, schema, name) : std::nullopt;
    if (!members) {
      return wrong("Could not find a property named '" + expansion.navigation + "' on type '" +
                   dialect_.type_namespace + "." + schema.name + "'.");
    }
    if (expansion.reference) return wrong("Expand with $ref is only supported on lookup type navigation property.");
    expansion.many = true;
    expansion.column = members->column;
    expansion.target = members->table;
    return expansion;
  }

  Outcome<bool> nested_options(Expansion& expansion, std::string_view text, int level) {
    const Table& far = database_.table(expansion.target);
    for (const std::string_view option : split_top_level(text, ';')) {
      const std::size_t equals = std::min(option.find('='), option.size());
      const std::string_view name = option.substr(0, equals);
      const std::string_view value = option.substr(std::min(equals + 1, option.size()));
      expansion.options.emplace_back(name, value);
      if (auto taken = nested_option(expansion, far, name, value, level); !taken) return taken;
    }
    return true;
  }

  Outcome<bool> nested_option(Expansion& expansion, const Table& far, std::string_view name, std::string_view value,
                              int level) {
    if (name == "$select") {
      auto columns = select(far.schema(), value);
      if (!columns) return std::unexpected(columns.error());
      expansion.select = std::move(*columns);
    } else if (name == "$expand") {
      is_nested_ = true;
      auto nested = expand_level(far.schema(), value, level + 1);
      if (!nested) return std::unexpected(nested.error());
      expansion.expand = std::move(*nested);
    } else if (name == "$filter") {
      auto filter = Predicate::compile(database_, far, value, dialect_);
      if (!filter) return std::unexpected(filter.error());
      expansion.filter = std::move(*filter);
    } else if (name == "$orderby" || name == "$top") {
      if (!expansion.many) return wrong(std::string(select_and_filter_only));
      is_ordered_ = true;
      if (name == "$top") {
        expansion.top = parse_count(value);
        if (!expansion.top) return wrong("Invalid value '" + std::string(value) + "' for $top query option found.");
        return true;
      }
      auto orders = order(far.schema(), value);
      if (!orders) return std::unexpected(orders.error());
      expansion.order = std::move(*orders);
    } else {
      return wrong("The query option '" + std::string(name) + "' is not supported within $expand.");
    }
    return true;
  }

  const Database& database_;
  const FilterDialect& dialect_;
  std::size_t expansions_ = 0;  ///< on all levels
  bool is_nested_ = false;      ///< an $expand stands in another
  bool is_ordered_ = false;     ///< an $expand has $orderby or $top
};

bool in_prefix(const std::string& key, std::string_view prefix) {
  return std::string_view(key).starts_with(prefix);
}

/// Calls f(hit) for matching rows in key order until it says false.
template <class F>
void for_matching(const Table& table, const Query& query, std::string_view prefix, const std::string& after, F f) {
  const auto candidates = query.filter ? query.filter->candidates() : std::nullopt;
  if (candidates) {
    for (const Hit& hit : *candidates) {
      if (!after.empty() && *hit.key <= after) continue;
      if (!in_prefix(*hit.key, prefix) || !query.filter->test(hit.record->row)) continue;
      if (!f(hit)) return;
    }
    return;
  }
  auto at = after.empty() ? table.rows().lower_bound(prefix) : table.rows().upper_bound(after);
  for (; at != table.rows().end() && in_prefix(at->first, prefix); ++at) {
    if (query.filter && !query.filter->test(at->second.row)) continue;
    if (!f(Hit{&at->first, &at->second})) return;
  }
}

/// The primary name of the row that a lookup leads to.
std::optional<std::string_view> name_of(const Database& database, const Column& lookup, std::string_view id) {
  for (const LookupTarget& target : lookup.targets) {
    const Table& far = database.table(target.table);
    if (const Hit hit = far.find(id)) return hit.record->row.get(far.schema().primary_name);
  }
  return std::nullopt;
}

}  // namespace

Outcome<Query> parse_query_options(const Database& database, const Table& table, const Options& options,
                                   const FilterDialect& dialect, std::initializer_list<std::string_view> other) {
  Parser parser(database, dialect);
  Query query;
  for (const auto& [name, value] : options) {
    if (name == "$select") {
      auto columns = parser.select(table.schema(), value);
      if (!columns) return std::unexpected(columns.error());
      query.select = std::move(*columns);
    } else if (name == "$filter") {
      auto filter = Predicate::compile(database, table, value, dialect);
      if (!filter) return std::unexpected(filter.error());
      query.filter = std::move(*filter);
    } else if (name == "$orderby") {
      auto order = parser.order(table.schema(), value);
      if (!order) return std::unexpected(order.error());
      query.order = std::move(*order);
    } else if (name == "$expand") {
      auto expand = parser.expand(table.schema(), value);
      if (!expand) return std::unexpected(expand.error());
      query.expand = std::move(*expand);
    } else if (name == "$top" || name == "$skip") {
      const auto number = parse_count(value);
      if (!number) return parser.wrong("Invalid value '" + value + "' for " + name + " query option found.");
      if (name == "$top") query.top = number;
      if (name == "$skip") query.skip = *number;
    } else if (name == "$count") {
      query.count = value == "true";
    } else if (name.starts_with('$') && std::ranges::find(other, name) == other.end()) {
      return parser.wrong("The query parameter " + name + " is not supported.");
    }
  }
  return query;
}

bool comes_before(const TableSchema& schema, const std::vector<Order>& orders, const Hit& a, const Hit& b) {
  for (const Order& order : orders) {
    const Column& column = schema.column(order.column);
    auto x = cell_of(schema, a.record->row, order.column);
    auto y = cell_of(schema, b.record->row, order.column);
    if (order.named_in != nullptr) {
      x = x ? name_of(*order.named_in, column, *x) : x;
      y = y ? name_of(*order.named_in, column, *y) : y;
    }
    std::strong_ordering result = x.has_value() <=> y.has_value();  // nulls come first
    if (x && y) result = compare_cells(order.named_in != nullptr ? Type::string : column.type, *x, *y);
    if (result != 0) return (result < 0) != order.descending;
  }
  return *a.key < *b.key;
}

bool is_key_order(const Table& table, const Query& query) {
  const auto& key = table.schema().primary.columns;
  if (query.order.size() > key.size()) return false;
  for (std::size_t i = 0; i < query.order.size(); ++i) {
    if (query.order[i].column != key[i] || query.order[i].descending) return false;
    // Index keys are texts: numbers and enumerations are in another order there.
    const Type type = table.schema().column(key[i]).type;
    if (is_number(type) || type == Type::enumeration) return false;
  }
  return true;
}

PageOfRows select_rows(const Table& table, const Query& query, const PageStart& start) {
  PageOfRows page;
  std::size_t skip = query.skip + start.offset;
  if (is_key_order(table, query)) {
    for_matching(table, query, start.key_prefix, start.after_key, [&](const Hit& hit) {
      if (skip > 0) {
        --skip;
        return true;
      }
      if (page.hits.size() == start.rows_max) {
        page.has_more = true;
        return false;
      }
      page.hits.push_back(hit);
      return true;
    });
  } else {
    for_matching(table, query, start.key_prefix, {}, [&](const Hit& hit) {
      page.hits.push_back(hit);
      return true;
    });
    std::ranges::sort(page.hits,
                      [&](const Hit& a, const Hit& b) { return comes_before(table.schema(), query.order, a, b); });
    page.hits.erase(page.hits.begin(),
                    page.hits.begin() + static_cast<std::ptrdiff_t>(std::min(skip, page.hits.size())));
    page.has_more = page.hits.size() > start.rows_max;
    if (page.has_more) page.hits.resize(start.rows_max);
  }
  if (query.count) page.count = count_rows(table, query, start.key_prefix, SIZE_MAX);
  return page;
}

std::size_t count_rows(const Table& table, const Query& query, std::string_view key_prefix, std::size_t limit) {
  if (!query.filter && key_prefix.empty()) return std::min(table.rows().size(), limit);
  std::size_t count = 0;
  for_matching(table, query, key_prefix, {}, [&](const Hit&) { return ++count < limit; });
  return std::min(count, limit);
}

}  // namespace dualwrite::sandbox
