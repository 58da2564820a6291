// F&O rows as JSON.
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) : 0U;
    };
    const unsigned three = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    text.push_back(digits[three >> 18U & 63U]);
    text.push_back(digits[three >> 12U & 63U]);
    text.push_back(i + 1 < bytes.size() ? digits[three >> 6U & 63U] : '=');
    text.push_back(i + 2 < bytes.size() ? digits[three & 63U] : '=');
  }
  return text;
}

/// The type that full metadata names for a property; nothing where JSON tells it already.
std::string type_name(const State& state, const Column& column) {
  switch (column.type) {
    case Type::string:
    case Type::boolean:
    case Type::real:
      return {};
    case Type::enumeration:
      return "#" + std::string(type_namespace) + "." +
             state.database.schema.enumerations[static_cast<std::size_t>(column.enumeration)].name;
    default:
      return "#" + edm_name(column).substr(4);
  }
}

void append_member(std::string& out, const Call& call, const Column& column, std::optional<std::string_view> text) {
  if (out.back() != '{') out += ',';
  if (call.format.metadata == Format::Metadata::full) {
    const std::string type = type_name(call.state, column);
    if (!type.empty()) out += "\"" + column.wire + "@odata.type\":\"" + type + "\",";
  }
  out += '"';
  out += column.wire;
  out += "\":";
  if (!text) {
    out += "null";
    return;
  }
  const bool is_quoted = call.format.numbers_as_text && (column.type == Type::bigint || column.type == Type::decimal);
  if (is_quoted) out += '"';
  append_cell(out, column, *text);
  if (is_quoted) out += '"';
}

std::optional<std::string_view> empty_of(const Column& column) {
  return column.empty ? std::optional<std::string_view>(*column.empty) : std::nullopt;
}

std::string key_url(const Call& call, const TableSchema& schema, const Row& row) {
  return schema.set + "(" + odata::percent_encode_key(key_predicate(call.state, schema, row)) + ")";
}

void append_control(std::string& out, const Call& call, const TableSchema& schema, const Record& record) {
  const bool is_full = call.format.metadata == Format::Metadata::full;
  if (is_full) {
    out += "\"@odata.type\":\"#" + std::string(type_namespace) + "." + schema.name + "\",\"@odata.id\":";
    odata::append_json_string(out, call.root + key_url(call, schema, record.row));
    out += ',';
  }
  out += "\"@odata.etag\":";
  odata::append_json_string(out, etag_of(schema, record));
  if (!is_full) return;
  out += ",\"@odata.editLink\":";
  odata::append_json_string(out, key_url(call, schema, record.row));
  for (const Relation& relation : schema.relations) {
    const std::string link = call.root + key_url(call, schema, record.row) + "/" + relation.name;
    out += ",\"" + relation.name + "@odata.associationLink\":";
    odata::append_json_string(out, link + "/$ref");
    out += ",\"" + relation.name + "@odata.navigationLink\":";
    odata::append_json_string(out, link);
  }
}

void append_expanded(std::string& out, const Call& call, const TableSchema& schema, const Expanded& expanded,
                     const Row& row) {
  const Relation& relation = *expanded.relation;
  const std::vector<const Record*> rows = related_rows(call, schema, relation, row);
  const Shape shape{&call.state.database.schema.tables[relation.target], &expanded.select, nullptr};
  if (out.back() != '{') out += ',';
  out += "\"" + relation.name + "\":";
  if (!relation.many) {
    if (rows.empty()) out += "null";
    if (!rows.empty()) append_row(out, call, shape, *rows.front());
    return;
  }
  out += '[';
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i != 0) out += ',';
    append_row(out, call, shape, *rows[i]);
  }
  out += ']';
}

}  // namespace

std::string etag_of(const TableSchema& schema, const Record& record) {
  // The first pair is the root table's and changes with every write; the others stand for the rows joined to it, whose
  // own writes the sandbox does not tell apart.
  std::string pairs = "'" + std::to_string(record.version) + "," + std::to_string(record.rec_id);
  for (int source = 1; source < schema.data_sources; ++source) {
    pairs += ";1," + std::to_string(record.rec_id + source * std::int64_t{1000000});
  }
  return "W/\"" + base64(pairs + "'") + "\"";
}

std::string context_member(const Call& call, const std::string& fragment) {
  if (call.format.metadata == Format::Metadata::none) return {};
  std::string member = "\"@odata.context\":";
  odata::append_json_string(member, call.root + "$metadata#" + fragment);
  return member + ",";
}

void append_row(std::string& out, const Call& call, const Shape& shape, const Record& record, std::string_view head) {
  const TableSchema& schema = *shape.schema;
  out += '{';
  if (call.format.metadata != Format::Metadata::none) {
    out += head;
    append_control(out, call, schema, record);
  }
  if (shape.select != nullptr && *shape.select) {
    for (const ColumnId id : **shape.select) {
      const auto text = record.row.get(id);
      append_member(out, call, schema.column(id), text ? text : empty_of(schema.column(id)));
    }
  } else {
    std::size_t next = 0;
    record.row.for_each([&](ColumnId id, std::string_view text) {
      for (; next < id; ++next) append_member(out, call, schema.columns[next], empty_of(schema.columns[next]));
      append_member(out, call, schema.columns[next++], text);
    });
    for (; next < schema.columns.size(); ++next)
      append_member(out, call, schema.columns[next], empty_of(schema.columns[next]));
  }
  if (shape.expand != nullptr) {
    for (const Expanded& expanded : *shape.expand) append_expanded(out, call, schema, expanded, record.row);
  }
  out += '}';
}

std::string key_predicate(const State& state, const TableSchema& schema, const Row& row) {
  std::string predicate;
  for (const ColumnId id : schema.primary.columns) {
    const Column& column = schema.column(id);
    const std::string_view text = row.get(id).value_or(empty_of(column).value_or(""));
    predicate += (predicate.empty() ? "" : ",") + column.name + "=";
    if (column.type == Type::string) {
      predicate += odata::quote(text);
    } else if (column.type == Type::enumeration) {
      predicate += std::string(type_namespace) + "." +
                   state.database.schema.enumerations[static_cast<std::size_t>(column.enumeration)].name +
                   odata::quote(text);
    } else {
      predicate += cell_value(column, text).text();  // a GUID, a date, a number: as it is
    }
  }
  return predicate;
}

}  // namespace dualwrite::sandbox::finops
