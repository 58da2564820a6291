#include "endpoint/odata_set.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view digest_prefix = "row:";
constexpr std::string_view never = "1900-01-01";  // F&O's blank date

bool is_number_type(std::string_view type) {
  constexpr std::string_view types[] = {"Edm.Byte",  "Edm.SByte",   "Edm.Int16",  "Edm.Int32",
                                        "Edm.Int64", "Edm.Decimal", "Edm.Double", "Edm.Single"};
  return std::ranges::find(types, type) != std::end(types);
}

bool is_string_type(std::string_view type) {
  return type == "Edm.String";
}

Value adapted_value(const odata::csdl::Property& property, const Value& value) {
  if (value.kind() == Value::Kind::number && is_string_type(property.type)) return Value::string(value.text());
  if (value.kind() != Value::Kind::string || is_string_type(property.type)) return value;
  const std::string& text = value.text();
  if (text.empty()) return Value::null();
  if (property.type == "Edm.Boolean") return Value::boolean(equal_ignoring_case(text, "yes") || text == "true");
  if (is_number_type(property.type)) {
    const std::string number = canonical_number(text);
    return number.empty() ? value : Value::number(number);
  }
  const bool time = property.type == "Edm.Date" || property.type == "Edm.DateTimeOffset";
  if (time && text.starts_with(never)) return Value::null();
  if (property.type == "Edm.Date" && text.size() > never.size()) return Value::string(text.substr(0, never.size()));
  return value;
}

/// One condition of record_filter().
std::string equal_to(const std::string& name, const std::string& literal, bool text, bool folds) {
  if (!text) return name + " eq " + literal;
  const std::string lower = ascii_lower(literal);
  if (folds) return "tolower(" + name + ") eq " + lower;
  std::string upper = literal;
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  if (upper == lower) return name + " eq " + lower;
  return "(" + name + " eq " + lower + " or " + name + " eq " + upper + ")";
}

}  // namespace

const std::string& set_name(const maps::TableMap& map, Side side) {
  return side == Side::finops ? map.finops_entity : map.dataverse_set;
}

const std::string& column_name(const maps::Column& column, Side side) {
  return side == Side::finops ? column.finops : column.dataverse;
}

bool ODataSet::is_key(std::string_view property) const noexcept {
  return std::ranges::find(type_.key, property) != type_.key.end();
}

bool ODataSet::is_text(std::string_view property) const noexcept {
  const odata::csdl::Property* found = type_.find(property);
  return found == nullptr || is_string_type(found->type);
}

std::string ODataSet::literal(std::string_view property, const Value& value) const {
  if (value.is_null() || value.is_absent()) return "null";
  if (is_text(property)) return odata::quote(value.text());
  const odata::csdl::Property* found = type_.find(property);
  const Value fitting = adapted_value(*found, value);
  if (fitting.is_null()) return "null";
  if (found->type.starts_with("Edm.")) return fitting.text();
  return found->type + odata::quote(fitting.text());
}

Result<std::string> ODataSet::predicate(const odata::Entity& row) const {
  std::string out;
  for (const std::string& name : type_.key) {
    const Value* value = row.find(name);
    if (value == nullptr || value->is_null()) {
      return fail(Errc::invalid, "a row of " + name_ + " came without its key " + name,
                  "is $metadata of the service true to what it serves?");
    }
    if (!out.empty()) out += ",";
    // A lone key is written without its name: the short form is the one that every service knows.
    if (type_.key.size() > 1) out += name + "=";
    out += literal(name, *value);
  }
  return out;
}

Result<std::string> ODataSet::record_filter(const maps::TableMap& map, Side side, const RecordKey& record,
                                            bool folds) const {
  const std::vector<std::string> parts = maps::key_parts(record);
  const std::vector<std::size_t> columns = map.key_columns();
  std::string filter;
  for (std::size_t index = 0; index < columns.size() && index < parts.size(); ++index) {
    const maps::Column& column = map.columns[columns[index]];
    const bool number = column.type == maps::Type::integer || column.type == maps::Type::decimal;
    const Value canonical = number ? Value::number(parts[index]) : Value::string(parts[index]);
    auto wire = maps::to_wire(column, side, canonical);
    if (!wire) return std::unexpected(std::move(wire).error());
    const std::string& name = column_name(column, side);
    if (!filter.empty()) filter += " and ";
    filter += equal_to(name, literal(name, *wire), is_text(name), folds);
  }
  return filter;
}

Result<std::string> ODataSet::behind(const odata::Entity& row) const {
  std::string filter;
  std::string equal;  // on all parts of the key before
  for (const std::string& name : type_.key) {
    const Value* value = row.find(name);
    if (value == nullptr || value->is_null()) return predicate(row);
    const std::string text = literal(name, *value);
    const std::string here = name + " gt " + text;
    if (!filter.empty()) filter += " or ";
    filter += equal.empty() ? here : "(" + equal + " and " + here + ")";
    equal += (equal.empty() ? "" : " and ") + name + " eq " + text;
  }
  return filter;
}

Result<odata::Entity> ODataSet::adapted(std::string_view body, std::string_view chosen_key) const {
  auto entity = odata::parse_entity(body);
  if (!entity) return entity;
  for (auto& [name, value] : entity->members) {
    if (const odata::csdl::Property* property = type_.find(name)) value = adapted_value(*property, value);
  }
  if (!chosen_key.empty() && type_.key.size() == 1 && entity->find(type_.key.front()) == nullptr) {
    std::string_view bare = chosen_key;
    if (bare.size() > 1 && bare.front() == '\'' && bare.back() == '\'') bare = bare.substr(1, bare.size() - 2);
    entity->members.emplace(entity->members.begin(), type_.key.front(), Value::string(std::string(bare)));
  }
  return entity;
}

std::string row_digest(const odata::Entity& row, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    odata::append_json_string(text, name);
    const Value* value = row.find(name);
    if (value != nullptr) odata::append_json(text, *value);
    text += ';';
  }
  return std::string(digest_prefix) + name_uuid(text);
}

bool is_digest(std::string_view token) noexcept {
  return token.starts_with(digest_prefix);
}

std::string stale(std::string_view etag) {
  std::string out(etag);
  const auto last = std::find_if(out.rbegin(), out.rend(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (last == out.rend()) return out;
  const bool digit = *last >= '0' && *last <= '9';
  const char first = digit ? '0' : (*last >= 'a' ? 'a' : 'A');
  const char second = static_cast<char>(first + 1);
  *last = *last == first ? second : first;
  return out;
}

std::vector<std::string> names_read(const maps::TableMap& map, Side side, const ODataSet& set) {
  std::vector<std::string> names = set.key();
  const auto add = [&names](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const std::string& name : map.names_to_read(side)) add(name);
  add(side == Side::finops ? map.finops_stamp : map.dataverse_stamp);
  return names;
}

}  // namespace dualwrite::endpoint
