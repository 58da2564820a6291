#include "maps/read_filter.hpp"

#include <algorithm>
#include <functional>

#include "dualwrite/base/text.hpp"
#include "maps/map_keys.hpp"
#include "maps/query_expression.hpp"

namespace dualwrite::maps {
namespace {

using odata::Expr;

/// Calls `visit` for every node. The parser bounds the depth.
void walk(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  visit(expr);
  for (const odata::ExprPtr& operand : expr.operands) walk(*operand, visit);
}

const std::string& name_on(const Column& column, Side side) {
  return side == Side::finops ? column.finops : column.dataverse;
}

/// A name that the map itself shows to be wrong: in another spelling, or of the other side. Other names are for the
/// service to know.
std::string nearest_name(const TableMap& map, Side side, const std::string& name) {
  for (const Column& column : map.columns) {
    if (name_on(column, side) == name) return {};
  }
  for (const Column& column : map.columns) {
    const bool misspelt = equal_ignoring_case(name_on(column, side), name);
    if (misspelt || name_on(column, other(side)) == name) return name_on(column, side);
  }
  return {};
}

class FilterReader {
 public:
  FilterReader(ObjectReader& reader, const TableMap& map, Side side, std::string_view key)
      : reader_(reader), map_(map), side_(side), key_(key) {}

  RowFilter read() {
    RowFilter filter;
    if (reader_.find(key_) == nullptr) return filter;
    std::string text = reader_.text(key_);
    if (text.empty()) return filter;
    if (side_ == Side::finops && is_query_expression(text)) {
      auto translated = to_filter(text);
      if (!translated) {
        reader_.wrong(key_, "is not a query expression: " + translated.error().message(), translated.error().hint());
        return filter;
      }
      text = std::move(*translated);
    }
    auto parsed = odata::parse_filter(text);
    if (!parsed) {
      reader_.wrong(key_, "is not a $filter: " + parsed.error().message(), parsed.error().hint());
      return filter;
    }
    walk(**parsed, [&](const Expr& expr) { take(expr, filter); });
    if (filter.columns.empty()) {
      reader_.wrong(key_, "names no column", "leave it out to take in every row");
    } else if (const auto tried = evaluate(**parsed, [](std::string_view) { return Value::null(); }); !tried) {
      reader_.wrong(key_, "is not a condition: " + tried.error().message(), tried.error().hint());
    }
    filter.text = std::move(text);
    filter.condition = std::move(*parsed);
    return filter;
  }

 private:
  void take(const Expr& expr, RowFilter& filter) {
    if (expr.kind == Expr::Kind::path) take_column(expr.name, filter);
    if (expr.kind == Expr::Kind::call) check_function(expr.name);
    const bool wildcard = side_ == Side::finops && expr.kind == Expr::Kind::literal && expr.is_string_literal &&
                          expr.value.text().find('*') != std::string::npos;
    if (wildcard) {
      reader_.wrong(key_, "holds '*', which F&O takes for any text", "use contains, startswith or endswith");
    }
  }

  void take_column(const std::string& name, RowFilter& filter) {
    if (std::ranges::find(filter.columns, name) != filter.columns.end()) return;
    const std::string nearest = nearest_name(map_, side_, name);
    if (!nearest.empty()) {
      reader_.wrong(key_, "\"" + name + "\" is no name on " + std::string(key_), "did you mean \"" + nearest + "\"?");
    } else if (const std::size_t slash = name.find('/'); slash != std::string::npos) {
      const std::string navigation = name.substr(0, slash);
      const bool known = side_ == Side::dataverse && std::ranges::any_of(map_.columns, [&](const Column& column) {
                           return column.lookup && column.lookup->navigation == navigation;
                         });
      if (!known) {
        reader_.wrong(key_, "\"" + name + "\" goes to another table",
                      side_ == Side::finops ? "use a property of the entity itself"
                                            : "only lookups that a column of the map goes through can be used");
      }
    }
    filter.columns.push_back(name);
  }

  void check_function(const std::string& name) {
    constexpr std::string_view known[] = {"contains", "startswith", "endswith"};
    if (std::ranges::find(known, name) != std::end(known)) return;
    reader_.wrong(key_, "the function " + name + " is not supported", "contains, startswith and endswith are");
  }

  ObjectReader& reader_;
  const TableMap& map_;
  Side side_;
  std::string_view key_;
};

}  // namespace

void read_filter(const JsonNode& node, TableMap& map, MistakeList& mistakes) {
  ObjectReader reader(node, "/filter", keys::filter, mistakes);
  for (const Side side : both_sides) map.filter[side] = FilterReader(reader, map, side, to_string(side)).read();
}

void read_conditions(const JsonNode& root, TableMap& map, MistakeList& mistakes) {
  const JsonNode* columns = root.find("columns");
  for (std::size_t index = 0; index < map.columns.size() && columns != nullptr; ++index) {
    const JsonNode& node = columns->children[index];
    if (node.find("when") == nullptr) continue;
    MistakeList told(mistakes.file());  // the column's own mistakes have been reported
    ObjectReader reader(node, "/columns/" + std::to_string(index), keys::column, told);
    Column& column = map.columns[index];
    if (column.key) {
      reader.wrong("when", "is not for key columns", "use the map's \"filter\" to choose the rows");
    } else if (column.direction == Direction::both) {
      reader.wrong("when", "is for columns with a direction", "a condition cannot say what comes back");
    } else {
      const Side from = column.direction == Direction::to_dataverse ? Side::finops : Side::dataverse;
      column.when = FilterReader(reader, map, from, "when").read();
    }
    for (Mistake& mistake : told.all()) {
      if (mistake.path.ends_with("/when")) mistakes.all().push_back(std::move(mistake));
    }
  }
}

}  // namespace dualwrite::maps
