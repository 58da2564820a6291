// Actions: those of the data management package service (C10), and how a failing one answers (C6).
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::finops {
namespace {

constexpr std::string_view entity_set = "DataManagementDefinitionGroups";

std::unexpected<Refusal> action_failed(std::string_view action, const std::string& why) {
  return refuse(500, {},
                "Exception occurred while executing action " + std::string(action) +
                    " on Entity DataManagementDefinitionGroup: " + why,
                "System.InvalidOperationException");
}

http::Response text_value(const Call& call, const std::string& value) {
  std::string body = "{";
  if (call.format.metadata != Format::Metadata::none) {
    body += "\"@odata.context\":";
    odata::append_json_string(body, call.root + "$metadata#Edm.String");
    body += ",";
  }
  body += "\"value\":";
  odata::append_json_string(body, value);
  return json_response(200, body + "}");
}

std::string origin_of(const Call& call) {
  return call.root.substr(0, call.root.find('/', call.root.find("://") + 3));
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string cell_as_csv(const TableSchema& schema, const Row& row, ColumnId id) {
  const auto text = cell_of(schema, row, id);
  return text ? csv_cell(cell_value(schema.column(id), *text).text()) : std::string();
}

/// The entity's rows of one company; of a global entity, all.
std::string csv_of(const Table& table, const std::string& company) {
  const TableSchema& schema = table.schema();
  std::string csv;
  for (const Column& column : schema.columns) csv += (csv.empty() ? "" : ",") + ascii_lower(column.name);
  csv += "\r\n";
  for (const auto& [key, record] : table.rows()) {
    if (schema.by_company && record.row.get(schema.primary.columns.front()) != company) continue;
    for (ColumnId id = 0; id < schema.columns.size(); ++id) {
      if (id != 0) csv += ',';
      csv += cell_as_csv(schema, record.row, id);
    }
    csv += "\r\n";
  }
  return csv;
}

std::string package_of(const Table& table, const std::string& project, const std::string& company) {
  const TableSchema& schema = table.schema();
  const std::string file = schema.label + ".csv";
  return zip_of(
      {{"Manifest.xml",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<DataManagementPackageManifest xmlns=\"http://"
        "schemas.microsoft.com/dynamics/2015/01/DataManagement\"><DefinitionGroupName>" +
            project + "</DefinitionGroupName><PackageEntityList><DataManagementPackageEntityData><EntityName>" +
            schema.label + "</EntityName><FileName>" + file +
            "</FileName></DataManagementPackageEntityData></PackageEntityList>"
            "</DataManagementPackageManifest>\n"},
       {"PackageHeader.xml",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<DataManagementPackageHeader xmlns=\"http://"
        "schemas.microsoft.com/dynamics/2015/01/DataManagement\"><Description>" +
            project + "</Description></DataManagementPackageHeader>\n"},
       {file, csv_of(table, company)}});
}

class Action {
 public:
  Action(Call& call, std::string_view name, odata::Entity body) : call_(call), name_(name), body_(std::move(body)) {}

  Outcome<http::Response> run() {
    if (name_ == "GetAzureWriteUrl") return write_url();
    if (name_ == "ImportFromPackage" || name_ == "ImportFromPackageAsync") return import();
    if (name_ == "ExportToPackage") return export_rows();
    if (name_ == "GetExecutionSummaryStatus") return text_value(call_, status());
    if (name_ == "GetExportedPackageUrl") return package_url();
    if (name_ == "GetExecutionErrors") return text_value(call_, execution() ? execution()->error : std::string());
    if (name_ == "GenerateImportTargetErrorKeysFile") return text_value(call_, "False");
    if (name_ == "GetImportStagingErrorFileUrl" || name_ == "GetImportTargetErrorKeysFileUrl") {
      return text_value(call_, std::string());
    }
    return no_resource(call_);
  }

 private:
  [[nodiscard]] std::string text(std::string_view member) const {
    const Value* value = body_.find(member);
    return value != nullptr && value->kind() == Value::Kind::string ? value->text() : std::string();
  }
  [[nodiscard]] const Execution* execution() const { return call_.state.packages.find(text("executionId")); }
  [[nodiscard]] std::string status() const {
    const Execution* found = execution();
    if (found == nullptr) return "Unknown";
    return call_.state.clock.now() < found->ends_at ? "Executing" : found->outcome;
  }

  Outcome<http::Response> write_url() {
    if (text("uniqueFileName").empty()) return action_failed(name_, "The parameter uniqueFileName is missing.");
    const std::string blob = call_.state.packages.new_blob({});
    std::string value = "{\"BlobId\":\"{" + blob + "}\",\"BlobUrl\":";
    odata::append_json_string(value, origin_of(call_) + call_.state.packages.path_of(blob));
    return text_value(call_, value + "}");
  }

  /// The id that was given, or a fresh one.
  Outcome<http::Response> started(Execution begun) {
    std::string id = text("executionId");
    if (id.empty()) id = text("definitionGroupId") + "-" + guid_text(new_guid());
    begun.ends_at = call_.state.clock.now() + call_.state.switches.package_duration;
    call_.state.packages.put_execution(id, std::move(begun));
    return text_value(call_, id);
  }

  Outcome<http::Response> import() {
    if (text("definitionGroupId").empty()) return action_failed(name_, "The parameter definitionGroupId is missing.");
    if (!call_.state.packages.blob_at(text("packageUrl"))) {
      return action_failed(name_, "The package '" + text("packageUrl") + "' cannot be read.");
    }
    Execution failed;
    failed.outcome = "Failed";
    failed.error = "The sandbox takes packages and does not import them.";
    return started(std::move(failed));
  }

  Outcome<http::Response> export_rows() {
    const std::string project = text("definitionGroupId");
    const auto& tables = call_.state.database.schema.tables;
    const auto schema = std::ranges::find_if(
        tables, [&](const TableSchema& table) { return table.set == project || table.aot_name == project; });
    if (schema == tables.end()) return action_failed(name_, "The data project '" + project + "' does not exist.");
    const std::string company = ascii_lower(text("legalEntityId"));
    if (schema->by_company &&
        std::ranges::find(call_.state.legal_entities, company) == call_.state.legal_entities.end()) {
      return action_failed(name_, "The legal entity '" + company + "' does not exist.");
    }
    Execution begun;
    begun.outcome = "Succeeded";
    begun.blob = call_.state.packages.new_blob(package_of(call_.state.database.table(schema->id), project, company));
    return started(std::move(begun));
  }

  Outcome<http::Response> package_url() {
    const bool is_there = status() == "Succeeded" && !execution()->blob.empty();
    const std::string path = is_there ? call_.state.packages.path_of(execution()->blob) : std::string();
    return text_value(call_, path.empty() ? path : origin_of(call_) + path);
  }

  Call& call_;
  std::string name_;
  odata::Entity body_;
};

}  // namespace

bool is_action(const Target& target) {
  return target.segments.size() == 2 && target.segments[1].name.starts_with(std::string(type_namespace) + ".");
}

Outcome<http::Response> run_action(Call& call) {
  if (call.request.method != "POST") {
    return refuse(405, {}, "The requested resource does not support http method '" + call.request.method + "'.");
  }
  const std::string name = call.target.segments[1].name.substr(type_namespace.size() + 1);
  if (call.target.segments[0].name != entity_set) return no_resource(call);
  auto body = odata::parse_entity(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) return bad_request(body.error().message());
  return Action(call, name, std::move(*body)).run();
}

}  // namespace dualwrite::sandbox::finops
