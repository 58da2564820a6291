#include "sandbox/dataverse/render.hpp"

#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/expand.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::string label_of(const Column& column, std::string_view value) {
  const auto option = std::ranges::find_if(
      column.options, [&](const Option& candidate) { return std::to_string(candidate.value) == value; });
  return option == column.options.end() ? std::string() : option->label;
}

/// As an English user sees it; empty if there is nothing to say.
std::string formatted(const Column& column, std::string_view text) {
  if (column.type == Type::choice) return label_of(column, text);
  if (column.type == Type::boolean) return text == "1" ? "Yes" : "No";
  if (column.source_type != "MultiSelectPicklist") return {};
  std::string labels;
  for (const std::string_view value : split_top_level(text, ',')) {
    labels += (labels.empty() ? "" : "; ") + label_of(column, value);
  }
  return labels;
}

void append_annotations(std::string& out, const Rendering& how, const Column& column, std::string_view text) {
  if (how.format.formatted_values) {
    if (const std::string label = formatted(column, text); !label.empty()) {
      append_name(out, column.wire + "@OData.Community.Display.V1.FormattedValue");
      odata::append_json_string(out, label);
    }
  }
  if (column.type != Type::lookup) return;
  for (const LookupTarget& target : column.targets) {
    const Table& far = how.state->database.table(target.table);
    const Hit hit = far.find(text);
    if (!hit && column.targets.size() > 1) continue;
    if (how.format.lookup_names) {
      append_name(out, column.wire + "@Microsoft.Dynamics.CRM.lookuplogicalname");
      odata::append_json_string(out, far.schema().name);
    }
    if (how.format.navigations) {
      append_name(out, column.wire + "@Microsoft.Dynamics.CRM.associatednavigationproperty");
      odata::append_json_string(out, target.navigation);
    }
    if (!how.format.formatted_values) return;
    if (const auto name = hit ? hit.record->row.get(far.schema().primary_name) : std::nullopt) {
      append_name(out, column.wire + "@OData.Community.Display.V1.FormattedValue");
      odata::append_json_string(out, *name);
    }
    return;
  }
}

/// The type of what JSON cannot tell from a string or a number.
void append_type(std::string& out, const Column& column) {
  const bool is_plain = column.type == Type::string || column.type == Type::boolean || column.type == Type::integer ||
                        column.type == Type::choice || column.type == Type::real;
  if (is_plain) return;
  append_name(out, column.wire + "@odata.type");
  odata::append_json_string(out, "#" + edm_name(column).substr(4));
}

}  // namespace

void append_name(std::string& out, std::string_view name) {
  out += ",\"";
  out += name;
  out += "\":";
}

void append_column(std::string& out, const Rendering& how, const Column& column, std::optional<std::string_view> text,
                   std::int64_t version) {
  if (column.write_only) return;
  const Format& format = how.format;
  if (text && (format.formatted_values || format.lookup_names || format.navigations)) {
    append_annotations(out, how, column, *text);
  }
  if (format.level == Level::full) append_type(out, column);
  append_name(out, column.wire);
  const bool is_quoted = format.numbers_as_text && (column.type == Type::bigint || column.type == Type::decimal);
  if (column.name == "versionnumber") {
    out += is_quoted ? '"' + std::to_string(version) + '"' : std::to_string(version);
  } else if (text) {
    if (is_quoted) out += '"';
    append_cell(out, column, *text);
    if (is_quoted) out += '"';
  } else {
    out += "null";
  }
}

std::string etag_of(const Record& record) {
  return "W/\"" + std::to_string(record.version) + "\"";
}

Rendering rendering_of(const Call& call, const Table& table, const Query& query) {
  Rendering how{&call.state, &table, query.select, query.expand, call.format, call.root, &call.execution.rows_read()};
  if (!query.expand.empty()) how.expanding = expanding_of(call, query);
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

void append_control(std::string& out, const Rendering& how, const Record& record) {
  if (how.format.level == Level::none) return;
  const TableSchema& schema = how.table->schema();
  if (how.format.level == Level::full) {
    const auto key = record.row.get(schema.primary.columns.front());
    const std::string resource = schema.set + "(" + guid_text(*key) + ")";
    out += "\"@odata.type\":\"#Microsoft.Dynamics.CRM." + schema.name + "\",\"@odata.id\":\"" + how.root + resource +
           "\",\"@odata.editLink\":\"" + resource + "\",";
  }
  if (!how.has_etag) return;
  out += R"("@odata.etag":"W/\")";
  out += std::to_string(record.version);
  out += "\\\"\"";
}

void append_row(std::string& out, const Rendering& how, const Record& record, std::string_view head) {
  if (how.rows_read != nullptr) ++*how.rows_read;
  const TableSchema& schema = how.table->schema();
  out += '{';
  out += head;
  const std::size_t begin = out.size();
  append_control(out, how, record);
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
  append_expansions(out, how, record);
  // Without control information the first member has a comma in front.
  if (out.size() > begin && out[begin] == ',') out.erase(begin, 1);
  out += '}';
}

std::string context_member(const Call& call, const Rendering& how, std::string_view suffix) {
  if (how.format.level == Level::none) return {};
  return "\"@odata.context\":\"" + call.root + "$metadata#" + context_set(how) + std::string(suffix) + "\",";
}

void add_applied(const Call& call, http::Response& response, std::string_view first) {
  std::string applied(first);
  const auto add = [&](const std::string& preference) { applied += (applied.empty() ? "" : ",") + preference; };
  if (call.preferences.page_size) add("odata.maxpagesize=" + std::to_string(*call.preferences.page_size));
  if (call.preferences.annotations) add("odata.include-annotations=\"" + call.format.annotation_pattern + "\"");
  if (!applied.empty()) response.headers.add("Preference-Applied", applied);
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
    if (expansion.reference) {
      columns += (columns.empty() ? "" : ",") + expansion.navigation + "," + expansion.navigation + "/$ref()";
      continue;
    }
    Rendering nested;
    nested.table = &how.state->database.table(expansion.target);
    nested.state = how.state;
    nested.select = expansion.select;
    nested.expand = expansion.expand;
    const std::string inner = context_set(nested).substr(nested.table->schema().set.size());
    columns += (columns.empty() ? "" : ",") + expansion.navigation + (inner.empty() ? "()" : inner);
  }
  return text + "(" + columns + ")";
}

}  // namespace dualwrite::sandbox::dataverse
