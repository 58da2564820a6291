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

void append_member(std::string& out, const Column& column, std::string_view text) {
  out += ",\"";
  out += column.wire;
  out += "\":";
  append_cell(out, column, text);
}

std::string_view empty_of(const Column& column) {
  return column.empty ? std::string_view(*column.empty) : std::string_view();
}

}  // namespace

std::string etag_of(const Record& record) {
  return "W/\"" + base64("'" + std::to_string(record.version) + "," + std::to_string(record.rec_id) + "'") + "\"";
}

void append_row(std::string& out, const TableSchema& schema, const Record& record,
                const std::optional<std::vector<ColumnId>>& select, std::string_view head) {
  out += '{';
  out += head;
  out += "\"@odata.etag\":";
  odata::append_json_string(out, etag_of(record));
  if (select) {
    for (const ColumnId id : *select) {
      append_member(out, schema.column(id), record.row.get(id).value_or(empty_of(schema.column(id))));
    }
  } else {
    std::size_t next = 0;
    record.row.for_each([&](ColumnId id, std::string_view text) {
      for (; next < id; ++next) append_member(out, schema.columns[next], empty_of(schema.columns[next]));
      append_member(out, schema.columns[next++], text);
    });
    for (; next < schema.columns.size(); ++next)
      append_member(out, schema.columns[next], empty_of(schema.columns[next]));
  }
  out += '}';
}

std::string key_predicate(const TableSchema& schema, const Row& row) {
  odata::KeyPredicate key;
  for (const ColumnId id : schema.primary.columns) {
    const Column& column = schema.column(id);
    key.emplace_back(column.name, cell_value(column, row.get(id).value_or(empty_of(column))));
  }
  return odata::format_key_predicate(key);
}

}  // namespace dualwrite::sandbox::finops
