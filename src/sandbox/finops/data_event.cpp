// Data events (D2): a change of an entity as Dataverse tells it of the virtual table that stands for the entity (D3).
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::finops {
namespace {

constexpr std::string_view contracts = "http://schemas.microsoft.com/xrm/2011/Contracts";
constexpr std::string_view no_guid = "00000000-0000-0000-0000-000000000000";
constexpr std::int64_t first_option = 200000000;
constexpr std::uint32_t first_table_number = 0x4951;

std::string quoted(std::string_view text) {
  std::string json;
  odata::append_json_string(json, text);
  return json;
}

std::string typed(std::string_view type) {
  return "{\"__type\":\"" + std::string(type) + ":" + std::string(contracts) + "\",";
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

/// Nothing for what virtual tables do not carry: empty dates, and types that they do not know.
std::optional<std::string> attribute(const State& state, const Column& column, std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  switch (column.type) {
    case Type::ax_date:
    case Type::datetime: {
      if (text->starts_with("1900-01-01")) return std::nullopt;
      const auto at =
          parse_instant(column.type == Type::ax_date ? std::string(*text) + "T12:00:00Z" : std::string(*text));
      return "\"/Date(" + std::to_string(at ? at->time_since_epoch().count() : 0) + ")/\"";
    }
    case Type::enumeration: {
      const Enumeration& all = state.database.schema.enumerations[static_cast<std::size_t>(column.enumeration)];
      const auto member = std::ranges::find(all.members, *text, &std::pair<std::string, std::int64_t>::first);
      const auto place = member - all.members.begin();
      return typed("OptionSetValue") + "\"Value\":" + std::to_string(first_option + place) + "}";
    }
    case Type::guid:
      return std::nullopt;
    default: {
      std::string json;
      append_cell(json, column, *text);
      return json;
    }
  }
}

std::string attributes(const State& state, const TableSchema& schema, const Row& row) {
  std::string json;
  for (ColumnId id = 0; id < schema.columns.size(); ++id) {
    const Column& column = schema.columns[id];
    const auto value = attribute(state, column, cell_of(schema, row, id));
    if (!value) continue;
    json += (json.empty() ? "" : ",") + std::string("{\"key\":\"mserp_") + ascii_lower(column.name) +
            "\",\"value\":" + *value + "}";
  }
  return json;
}

}  // namespace

std::string virtual_table(const TableSchema& schema) {
  return "mserp_" + ascii_lower(schema.aot_name);
}

std::string virtual_row_id(const TableSchema& schema, std::int64_t rec_id) {
  std::string bytes(16, '\0');
  const std::uint32_t table = first_table_number + schema.id;
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(table >> (8 * (3 - i)) & 255U);
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[8 + i] = static_cast<char>(static_cast<std::uint64_t>(rec_id) >> (8 * i) & 255U);
  }
  return guid_text(bytes);
}

std::string data_event(const State& state, const TableSchema& schema, const Record& record, std::string_view operation,
                       const User& user) {
  const std::string table = virtual_table(schema);
  const std::string id = virtual_row_id(schema, record.rec_id);
  const std::string who = guid_text(user.id);
  std::string target;
  if (operation == "Deleted") {
    target = typed("EntityReference") + "\"Id\":\"" + id + "\",\"KeyAttributes\":[],\"LogicalName\":" + quoted(table) +
             ",\"Name\":null,\"RowVersion\":null}";
  } else {
    target = typed("Entity") + "\"Attributes\":[" + attributes(state, schema, record.row) +
             "],\"EntityState\":null,\"FormattedValues\":[],\"Id\":\"" + id +
             "\",\"KeyAttributes\":[],\"LogicalName\":" + quoted(table) +
             ",\"RelatedEntities\":[],\"RowVersion\":null}";
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(state.clock.now()).time_since_epoch();
  const std::string json =
      "{\"BusinessUnitId\":\"" + std::string(no_guid) + "\",\"CorrelationId\":\"" + guid_text(new_guid()) +
      "\",\"Depth\":1,\"InitiatingUserAgent\":\"\",\"InitiatingUserAzureActiveDirectoryObjectId\":\"" + who +
      "\",\"InitiatingUserId\":\"" + who + "\",\"InputParameters\":[{\"key\":\"Target\",\"value\":" + target +
      "}],\"IsExecutingOffline\":false,\"IsInTransaction\":false,\"IsOfflinePlayback\":false,\"IsolationMode\":1,"
      "\"MessageName\":\"OnExternal" +
      std::string(operation) + "\",\"Mode\":1,\"OperationCreatedOn\":\"/Date(" +
      std::to_string(seconds.count() * 1000) + "+0000)/\",\"OperationId\":\"" + guid_text(new_guid()) +
      "\",\"OrganizationId\":\"" + std::string(no_guid) +
      "\",\"OrganizationName\":\"sandbox\",\"OutputParameters\":[],\"OwningExtension\":{\"Id\":\"" +
      guid_text(new_guid()) +
      "\",\"KeyAttributes\":[],\"LogicalName\":\"sdkmessageprocessingstep\",\"Name\":null,\"RowVersion\":null},"
      "\"ParentContext\":null,\"PostEntityImages\":[],\"PreEntityImages\":[],\"PrimaryEntityId\":\"" +
      std::string(no_guid) + "\",\"PrimaryEntityName\":" + quoted(table) + ",\"RequestId\":\"" + guid_text(new_guid()) +
      "\",\"SecondaryEntityName\":\"none\",\"SharedVariables\":[],\"Stage\":40,"
      "\"UserAzureActiveDirectoryObjectId\":\"" +
      who + "\",\"UserId\":\"" + who + "\"}";
  return with_escaped_slashes(json);
}

}  // namespace dualwrite::sandbox::finops
