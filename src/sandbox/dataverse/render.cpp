#include "sandbox/dataverse/render.hpp"

#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

void append_name(std::string& out, std::string_view name) {
  out += ",\"";
  out += name;
  out += "\":";
}

void append_annotations(std::string& out, const Rendering& how, const Column& column, std::string_view text) {
  if (column.type == Type::choice) {
    const auto option = std::ranges::find_if(
        column.options, [&](const Option& candidate) { return std::to_string(candidate.value) == text; });
    if (option == column.options.end()) return;
    append_name(out, column.wire + "@OData.Community.Display.V1.FormattedValue");
    odata::append_json_string(out, option->label);
  }
  if (column.type != Type::lookup) return;
  for (const LookupTarget& target : column.targets) {
    const Table& far = how.state->database.table(target.table);
    const Hit hit = far.find(text);
    if (!hit && column.targets.size() > 1) continue;
    append_name(out, column.wire + "@Microsoft.Dynamics.CRM.lookuplogicalname");
    odata::append_json_string(out, far.schema().name);
    append_name(out, column.wire + "@Microsoft.Dynamics.CRM.associatednavigationproperty");
    odata::append_json_string(out, target.navigation);
    if (const auto name = hit ? hit.record->row.get(far.schema().primary_name) : std::nullopt) {
      append_name(out, column.wire + "@OData.Community.Display.V1.FormattedValue");
      odata::append_json_string(out, *name);
    }
    return;
  }
}

void append_column(std::string& out, const Rendering& how, const Column& column, std::optional<std::string_view> text,
                   std::int64_t version) {
  if (column.write_only) return;
  if (text && how.annotations) append_annotations(out, how, column, *text);
  append_name(out, column.wire);
  if (column.name == "versionnumber") {
    out += std::to_string(version);
  } else if (text) {
    append_cell(out, column, *text);
  } else {
    out += "null";
  }
}

}  // namespace

std::string etag_of(const Record& record) {
  return "W/\"" + std::to_string(record.version) + "\"";
}

Rendering rendering_of(const Call& call, const Table& table, const Query& query) {
  Rendering how{&call.state, &table, query.select, query.expand, call.preferences.annotations};
  if (!how.select) return how;
  // Money without its currency says little; the service adds the currency's lookup by itself.
  const TableSchema& schema = table.schema();
  const bool has_money =
      std::ranges::any_of(*how.select, [&](ColumnId id) { return schema.column(id).source_type == "Money"; });
  const auto currency = schema.find_name("transactioncurrencyid");
  if (has_money && currency && std::ranges::find(*how.select, *currency) == how.select->end()) {
    how.select->push_back(*currency);
  }
  return how;
}

void append_row(std::string& out, const Rendering& how, const Record& record, std::string_view head) {
  const TableSchema& schema = how.table->schema();
  out += '{';
  out += head;
  out += R"("@odata.etag":"W/\")";
  out += std::to_string(record.version);
  out += "\\\"\"";
  if (how.select) {
    for (const ColumnId id : *how.select)
      append_column(out, how, schema.column(id), record.row.get(id), record.version);
    const ColumnId primary = schema.primary.columns.front();
    if (std::ranges::find(*how.select, primary) == how.select->end()) {
      append_column(out, how, schema.column(primary), record.row.get(primary), record.version);
    }
  } else {
    std::size_t next = 0;
    record.row.for_each([&](ColumnId id, std::string_view text) {
      for (; next < id; ++next) append_column(out, how, schema.columns[next], std::nullopt, record.version);
      append_column(out, how, schema.columns[next++], text, record.version);
    });
    for (; next < schema.columns.size(); ++next) {
      append_column(out, how, schema.columns[next], std::nullopt, record.version);
    }
  }
  for (const Expansion& expansion : how.expand) {
    append_name(out, expansion.navigation);
    const auto id = record.row.get(expansion.column);
    const Table& far = how.state->database.table(expansion.target);
    const Hit hit = id ? far.find(*id) : Hit{};
    if (hit) {
      append_row(out, Rendering{how.state, &far, expansion.select, {}, how.annotations}, *hit.record);
    } else {
      out += "null";
    }
  }
  out += '}';
}

std::string context_set(const Rendering& how) {
  const TableSchema& schema = how.table->schema();
  std::string text = schema.set;
  if (!how.select && how.expand.empty()) return text;
  std::string columns;
  if (how.select) {
    for (const ColumnId id : *how.select) columns += (columns.empty() ? "" : ",") + schema.column(id).wire;
  }
  for (const Expansion& expansion : how.expand) {
    columns += (columns.empty() ? "" : ",") + expansion.navigation + "()";
  }
  return text + "(" + columns + ")";
}

}  // namespace dualwrite::sandbox::dataverse
