// The JSON that a webhook receives, as DataContractJsonSerializer writes it (B3).
#include <algorithm>

#include "dualwrite/base/time.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/steps.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view contracts = "http://schemas.microsoft.com/xrm/2011/Contracts";
constexpr std::string_view no_guid = "00000000-0000-0000-0000-000000000000";

std::string quoted(std::string_view text) {
  std::string json;
  odata::append_json_string(json, text);
  return json;
}

std::string typed(std::string_view type) {
  return "{\"__type\":\"" + std::string(type) + ":" + std::string(contracts) + "\",";
}

std::string reference(std::string_view id, std::string_view table) {
  return typed("EntityReference") + "\"Id\":\"" + guid_text(id) +
         "\",\"KeyAttributes\":[],\"LogicalName\":" + quoted(table) + ",\"Name\":null,\"RowVersion\":null}";
}

std::string date(std::string_view text) {
  const auto at = parse_instant(text.size() == 10 ? std::string(text) + "T00:00:00Z" : std::string(text));
  return "\"/Date(" + std::to_string(at ? at->time_since_epoch().count() : 0) + ")/\"";
}

std::string table_of(const State& state, const Column& column, std::string_view id) {
  for (const LookupTarget& target : column.targets) {
    const Table& table = state.database.table(target.table);
    if (column.targets.size() == 1 || table.find(id)) return table.schema().name;
  }
  return column.targets.empty() ? std::string() : state.database.schema.tables[column.targets.front().table].name;
}

std::string attribute_value(const State& state, const Column& column, std::string_view text) {
  if (column.type == Type::lookup) return reference(text, table_of(state, column, text));
  if (column.type == Type::choice) return typed("OptionSetValue") + "\"Value\":" + std::string(text) + "}";
  if (column.type == Type::date || column.type == Type::datetime) return date(text);
  std::string json;
  append_cell(json, column, text);
  if (column.source_type == "Money") return typed("Money") + "\"Value\":" + json + "}";
  return json;
}

class Attributes {
 public:
  explicit Attributes(const State& state) : state_(state) {}
  void add(const Column& column, std::optional<std::string_view> text) {
    if (column.write_only) return;
    json_ += json_.empty() ? "" : ",";
    json_ +=
        "{\"key\":\"" + column.name + "\",\"value\":" + (text ? attribute_value(state_, column, *text) : "null") + "}";
    if (!text || column.type != Type::choice) return;
    const auto option = std::ranges::find_if(
        column.options, [&](const Option& candidate) { return std::to_string(candidate.value) == *text; });
    if (option == column.options.end()) return;
    labels_ += labels_.empty() ? "" : ",";
    labels_ += "{\"key\":\"" + column.name + "\",\"value\":" + quoted(option->label) + "}";
  }
  /// The members of an entity, without its opening bracket and type.
  [[nodiscard]] std::string entity(std::string_view id, std::string_view table, std::string_view row_version) const {
    return "\"Attributes\":[" + json_ + "],\"EntityState\":null,\"FormattedValues\":[" + labels_ + "],\"Id\":\"" +
           guid_text(id) + "\",\"KeyAttributes\":[],\"LogicalName\":" + quoted(table) +
           ",\"RelatedEntities\":[],\"RowVersion\":" + (row_version.empty() ? "null" : quoted(row_version)) + "}";
  }

 private:
  const State& state_;
  std::string json_;
  std::string labels_;
};

/// Set by the platform in the main operation: steps before it do not see these.
bool is_platform_column(std::string_view name, Message message) {
  static constexpr std::string_view stamps[]{"createdon",  "createdby",         "modifiedon",
                                             "modifiedby", "createdonbehalfby", "modifiedonbehalfby"};
  static constexpr std::string_view defaults[]{"ownerid", "statecode", "statuscode"};
  if (std::ranges::find(stamps, name) != std::end(stamps)) return true;
  return message == Message::create && std::ranges::find(defaults, name) != std::end(defaults);
}

std::string target_parameter(const State& state, const Event& event, int stage) {
  const TableSchema& schema = state.database.schema.tables[event.table];
  if (event.message == Message::remove) return reference(event.key, schema.name);
  Attributes attributes(state);
  if (event.message == Message::create && stage == 40) {
    event.after.for_each([&](ColumnId id, std::string_view text) { attributes.add(schema.column(id), text); });
    return typed("Entity") + attributes.entity(event.key, schema.name, {});
  }
  const ColumnId primary = schema.primary.columns.front();
  for (const Assignment& cell : event.changed.all()) {
    const Column& column = schema.column(cell.column);
    if (cell.column == primary || (stage < 40 && is_platform_column(column.name, event.message))) continue;
    attributes.add(column, cell.text ? std::optional<std::string_view>(*cell.text) : std::nullopt);
  }
  attributes.add(schema.column(primary), event.key);
  const auto behalf = schema.find_name("modifiedonbehalfby");
  if (behalf && stage == 40 && !event.changed.has(*behalf)) attributes.add(schema.column(*behalf), std::nullopt);
  const bool has_version = event.message == Message::update && stage == 40 && state.switches.webhook_row_version;
  return typed("Entity") +
         attributes.entity(event.key, schema.name, has_version ? std::to_string(event.version) : std::string());
}

std::string images(const State& state, const Event& event, const Step& step, bool pre) {
  const TableSchema& schema = state.database.schema.tables[event.table];
  const Row& row = pre ? event.before : event.after;
  std::string json;
  for (const Image& image : step.images) {
    const bool exists = pre ? event.message != Message::create : event.message != Message::remove;
    if (!(pre ? image.pre : image.post) || !exists) continue;
    Attributes attributes(state);
    const ColumnId primary = schema.primary.columns.front();
    row.for_each([&](ColumnId id, std::string_view text) {
      const bool is_wanted =
          image.columns.empty() || id == primary || std::ranges::find(image.columns, id) != image.columns.end();
      if (is_wanted) attributes.add(schema.column(id), text);
    });
    json += (json.empty() ? "" : ",");
    json += "{\"key\":" + quoted(image.alias) + ",\"value\":{" + attributes.entity(event.key, schema.name, {}) + "}";
  }
  return json;
}

/// What an asynchronous step finds among the post images: the row's name and id.
std::string asynchronous_step_name(const State& state, const Event& event) {
  if (event.message == Message::remove) return {};
  const TableSchema& schema = state.database.schema.tables[event.table];
  Attributes attributes(state);
  if (const auto name = event.after.get(schema.primary_name)) attributes.add(schema.column(schema.primary_name), name);
  attributes.add(schema.column(schema.primary.columns.front()), event.key);
  return "{\"key\":\"AsynchronousStepPrimaryName\",\"value\":{" + attributes.entity(event.key, schema.name, {}) + "}";
}

struct Parts {
  std::string inputs;
  std::string parent = "null";
  std::string post_images;
  std::string pre_images;
  std::string variables;
  std::string owner;
  std::string operation;
  std::string user;
  int stage = 40;
  bool is_sync = false;
};

std::string operation_time(const State& state, bool is_sync) {
  const auto now = state.clock.now().time_since_epoch();
  if (is_sync) {
    const auto exact = std::chrono::floor<std::chrono::milliseconds>(now);
    return "\"/Date(" + std::to_string(exact.count()) + ")/\"";
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return "\"/Date(" + std::to_string(seconds.count() * 1000) + "+0000)/\"";
}

std::string context(const State& state, const Event& event, const Parts& parts) {
  const TableSchema& schema = state.database.schema.tables[event.table];
  const std::string initiator = guid_text(event.initiating_user_id.empty() ? event.user_id : event.initiating_user_id);
  const std::string outputs = event.message == Message::create && parts.stage == 40
                                  ? "{\"key\":\"id\",\"value\":\"" + guid_text(event.key) + "\"}"
                                  : std::string();
  // Pre-validation runs before the transaction begins, and what is asynchronous after its end (B4).
  const bool is_in_transaction = parts.is_sync && parts.stage != 10;
  return "{\"BusinessUnitId\":\"" + guid_text(state.business_unit_id) + "\",\"CorrelationId\":\"" + event.correlation +
         "\",\"Depth\":1,\"InitiatingUserAgent\":\"\",\"InitiatingUserAzureActiveDirectoryObjectId\":\"" +
         std::string(no_guid) + "\",\"InitiatingUserId\":\"" + initiator + "\",\"InputParameters\":[" + parts.inputs +
         "],\"IsExecutingOffline\":false,\"IsInTransaction\":" + (is_in_transaction ? "true" : "false") +
         ",\"IsOfflinePlayback\":false,\"IsolationMode\":1,\"MessageName\":\"" + std::string(to_string(event.message)) +
         "\",\"Mode\":" + (parts.is_sync ? "0" : "1") +
         ",\"OperationCreatedOn\":" + operation_time(state, parts.is_sync) + ",\"OperationId\":\"" + parts.operation +
         "\",\"OrganizationId\":\"" + guid_text(state.organization_id) +
         "\",\"OrganizationName\":\"sandbox\",\"OutputParameters\":[" + outputs +
         "],\"OwningExtension\":" + parts.owner + ",\"ParentContext\":" + parts.parent + ",\"PostEntityImages\":[" +
         parts.post_images + "],\"PreEntityImages\":[" + parts.pre_images + "],\"PrimaryEntityId\":\"" +
         guid_text(event.key) + "\",\"PrimaryEntityName\":" + quoted(schema.name) + ",\"RequestId\":\"" +
         event.request + "\",\"SecondaryEntityName\":\"none\",\"SharedVariables\":[" + parts.variables +
         "],\"Stage\":" + std::to_string(parts.stage) + ",\"UserAzureActiveDirectoryObjectId\":\"" +
         std::string(no_guid) + "\",\"UserId\":\"" + parts.user + "\"}";
}

/// The serializer escapes every slash; outside strings JSON has none.
std::string with_escaped_slashes(const std::string& json) {
  std::string escaped;
  escaped.reserve(json.size() + 64);
  for (const char c : json) {
    if (c == '/') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

}  // namespace

std::string remote_context(const State& state, const Event& event, const Step& step, bool trimmed) {
  Parts parts;
  parts.stage = step.stage;
  parts.is_sync = step.is_sync;
  // A job of the asynchronous service is an operation of its own.
  parts.operation = step.is_sync ? event.request : guid_text(new_guid());
  parts.user = guid_text(step.user_id.empty() ? event.user_id : step.user_id);
  parts.variables = "{\"key\":\"IsAutoTransact\",\"value\":true},{\"key\":\"AcceptLang\",\"value\":\"en-US\"}";
  if (!event.tag.empty()) parts.variables += ",{\"key\":\"tag\",\"value\":" + quoted(event.tag) + "}";
  parts.owner = "{\"Id\":\"" + guid_text(step.id) +
                "\",\"KeyAttributes\":[],\"LogicalName\":\"sdkmessageprocessingstep\",\"Name\":" +
                (step.is_sync ? quoted(step.name) : "null") + ",\"RowVersion\":null}";
  if (!trimmed) {
    Parts parent = parts;
    parent.stage = 30;
    parent.owner =
        "{\"Id\":\"6acabb1b-ea3e-db11-86a7-000a3a5473e8\",\"KeyAttributes\":[],\"LogicalName\":"
        "\"sdkmessageprocessingstep\",\"Name\":\"ObjectModel Implementation\",\"RowVersion\":null}";
    parent.user = guid_text(event.user_id);
    parts.parent = context(state, event, parent);
    parts.inputs = "{\"key\":\"Target\",\"value\":" + target_parameter(state, event, step.stage) + "}";
    if (event.message != Message::remove) {
      parts.inputs += ",{\"key\":\"SuppressDuplicateDetection\",\"value\":false}";
    }
    parts.pre_images = images(state, event, step, true);
    parts.post_images = step.stage == 40 ? images(state, event, step, false) : std::string();
    const std::string name = step.is_sync ? std::string() : asynchronous_step_name(state, event);
    if (!name.empty()) parts.post_images += (parts.post_images.empty() ? "" : ",") + name;
  }
  std::string json = context(state, event, parts);
  // The synchronous pipeline uses another serializer.
  return step.is_sync ? json : with_escaped_slashes(json);
}

}  // namespace dualwrite::sandbox::dataverse
