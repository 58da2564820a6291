// Which handler a request is for.
#include "dualwrite/base/text.hpp"
#include "sandbox/dataverse/collections.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/multiple.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::unexpected<Refusal> no_such_segment(const std::string& name) {
  return refuse(404, "0x80060888", "Resource not found for the segment '" + name + "'.");
}

std::unexpected<Refusal> no_such_set(const State& state, const std::string& name) {
  Refusal refusal = no_such_segment(name).error();
  if (state.switches.unknown_set_is_http_error) refusal.code = "0x8006088a";
  return std::unexpected(std::move(refusal));
}

std::unexpected<Refusal> no_such_method(const std::string& method) {
  return refuse(405, "0x80060888", "The requested resource does not support http method '" + method + "'.");
}

http::Response who_am_i(const Call& call) {
  return json_response(200, "{\"@odata.context\":\"" + call.root +
                                "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse\",\"BusinessUnitId\":\"" +
                                guid_text(call.state.business_unit_id) + "\",\"UserId\":\"" + guid_text(call.user.id) +
                                "\",\"OrganizationId\":\"" + guid_text(call.state.organization_id) + "\"}");
}

Outcome<http::Response> on_set(Call& call, Table& table) {
  const auto& segments = call.target.segments;
  if (segments.size() == 2 && is_multiple(segments[1].name)) return multiple(call, table);
  const std::string& method = call.request.method;
  if (segments.size() == 1) {
    if (method == "POST") return create(call, table);
    if (method != "GET") return no_such_method(method);
    if (const std::string* token = call.target.option("$deltatoken")) return delta(call, table, *token);
    if (const std::string* skip = call.target.option("$skiptoken")) {
      const bool is_delta = skip->find("until:") != std::string::npos;
      if (is_delta) return delta(call, table, {});
      if (skip->find("istracking=\"True\"") != std::string::npos) return tracked_list(call, table);
    }
    return call.preferences.track_changes ? tracked_list(call, table) : list(call, table);
  }
  if (segments.size() == 2 && segments[1].name == "$count" && method == "GET") {
    if (const std::string* token = call.target.option("$deltatoken")) return delta(call, table, *token);
    return count(call, table);
  }
  return no_such_segment(segments[1].name);
}

/// Where readers wait for writers, as the switch says.
void wait_if_locked(Call& call, const Table& table) {
  if (!call.state.switches.readers_wait || call.state.locks.empty()) return;
  const auto address = resolve_key(call.state, table, *call.target.segments[0].key);
  if (address && !address->key.empty()) call.execution.before_read(table, address->key);
}

Outcome<http::Response> on_row(Call& call, Table& table) {
  const auto& segments = call.target.segments;
  const std::string& method = call.request.method;
  if (auto possible = check_key_text(call.state, *segments[0].key); !possible) {
    return std::unexpected(possible.error());
  }
  if (segments.size() == 1) {
    if (method == "GET") {
      wait_if_locked(call, table);
      return retrieve(call, table);
    }
    if (method == "PATCH" || method == "PUT") return upsert(call, table);
    if (method == "DELETE") return remove(call, table);
    return no_such_method(method);
  }
  if (segments.size() <= 3) {
    const auto collection = find_collection(call.state.database.schema, table.schema(), segments[1].name);
    if (collection) return on_collection(call, table, *collection);
  }
  if (segments.size() > 3 || (segments.size() == 3 && segments[2].name != "$ref")) {
    return no_such_segment(segments.back().name);
  }
  if (method == "GET") return retrieve_property(call, table);
  if (method == "PUT") return put_property(call, table);
  if (method == "DELETE") return delete_property(call, table);
  return no_such_method(method);
}

/// `?annotations=true`, or all annotations preferred (A1).
bool wants_annotations(const Call& call) {
  const std::string* option = call.target.option("annotations");
  return (option != nullptr && *option == "true") || call.format.annotation_pattern == "*";
}

/// RetrieveTotalRecordCount(EntityNames=['account','contact'])
Outcome<http::Response> total_record_count(const Call& call) {
  const Segment& segment = call.target.segments[0];
  std::string given = segment.key.value_or("");
  if (given.starts_with("EntityNames=")) given.erase(0, 12);
  if (given.starts_with('@')) {
    const std::string* alias = call.target.option(given);
    given = alias != nullptr ? *alias : std::string();
  }
  if (!given.starts_with('[') || !given.ends_with(']')) {
    return refuse(400, "0x80060888", "RetrieveTotalRecordCount takes the parameter EntityNames, a list of names.");
  }
  std::string keys;
  std::string counts;
  std::size_t number = 0;
  for (std::string_view name : split_top_level(std::string_view(given).substr(1, given.size() - 2), ',')) {
    if (name.size() > 2) name = name.substr(1, name.size() - 2);
    const TableSchema* schema = call.state.database.schema.find_name(name);
    if (schema == nullptr) {
      return refuse(400, "0x80041102", "The entity with a name = '" + std::string(name) + "' was not found.");
    }
    keys += (keys.empty() ? "\"" : ",\"") + schema->name + "\"";
    counts += (counts.empty() ? "" : ",") + std::to_string(call.state.database.table(schema->id).rows().size());
    ++number;
  }
  return json_response(200, "{\"@odata.context\":\"" + call.root +
                                "$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse\","
                                "\"EntityRecordCountCollection\":{\"Count\":" +
                                std::to_string(number) + ",\"IsReadOnly\":false,\"Keys\":[" + keys + "],\"Values\":[" +
                                counts + "]}}");
}

Outcome<http::Response> route(Call& call) {
  const auto& segments = call.target.segments;
  if (segments.empty()) return json_response(200, service_document(call.state, call.root));
  const std::string& first = segments[0].name;
  if (first == "$metadata") return text_response(200, "application/xml", metadata(call.state, wants_annotations(call)));
  if (first == "WhoAmI") return who_am_i(call);
  if (first == "EntityDefinitions") return definitions(call);
  if (first == "GlobalOptionSetDefinitions") return global_choices(call);
  if (first == "RetrieveMetadataChanges") return metadata_changes(call);
  if (first == "RetrieveTotalRecordCount") return total_record_count(call);
  if (first == "$batch") return refuse(400, "0x80060888", "A batch request must not hold another batch request.");
  const TableSchema* schema = call.state.database.schema.find_set(first);
  if (schema == nullptr) return no_such_set(call.state, first);
  Table& table = call.state.database.table(schema->id);
  return segments[0].key ? on_row(call, table) : on_set(call, table);
}

}  // namespace

Outcome<http::Response> outcome_of(Call& call) {
  try {
    return route(call);
  } catch (const Failed& failed) {
    return std::unexpected(failed.refusal);
  }
}

}  // namespace dualwrite::sandbox::dataverse
