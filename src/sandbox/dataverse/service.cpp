#include "sandbox/dataverse/service.hpp"

#include <algorithm>
#include <cstdio>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "sandbox/batch.hpp"
#include "sandbox/dataverse/impersonation.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/multiple.hpp"
#include "sandbox/dataverse/seed.hpp"
#include "sandbox/fault_apply.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/splitmix.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view versions[]{"/api/data/v9.2/", "/api/data/v9.1/", "/api/data/v9.0/"};
constexpr std::size_t batch_parts_max = 1000;
constexpr std::size_t url_bytes_max = 32768;
constexpr std::size_t batch_url_bytes_max = 65536;

/// The root that the target is below, and nothing if it is below none.
std::string_view root_path_of(std::string_view target) {
  for (const std::string_view root : versions) {
    if (target.starts_with(root)) return root;
    const std::string_view bare = root.substr(0, root.size() - 1);
    if (target == bare || target.starts_with(std::string(bare) + "?")) return bare;
  }
  return {};
}

std::unexpected<Refusal> no_such_segment(const std::string& name) {
  return refuse(404, "0x80060888", "Resource not found for the segment '" + name + "'.");
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

Outcome<http::Response> on_row(Call& call, Table& table) {
  const auto& segments = call.target.segments;
  const std::string& method = call.request.method;
  if (auto possible = check_key_text(call.state, *segments[0].key); !possible) {
    return std::unexpected(possible.error());
  }
  if (segments.size() == 1) {
    if (method == "GET") return retrieve(call, table);
    if (method == "PATCH" || method == "PUT") return upsert(call, table);
    if (method == "DELETE") return remove(call, table);
    return no_such_method(method);
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

/// What is wrong with a request whatever it asks for: the length of its address, a body that is no JSON (A3).
Outcome<bool> check_request(const http::Request& request, bool in_batch) {
  const std::size_t longest = in_batch ? batch_url_bytes_max : url_bytes_max;
  if (request.method == "GET" && request.target.size() > longest) {
    return refuse(414, "0x80060888", "The length of the URL exceeds " + std::to_string(longest) + " characters.");
  }
  const std::string_view type = request.headers.get("Content-Type");
  if (!request.body.empty() && !type.empty() && ascii_lower(type).find("json") == std::string::npos) {
    return refuse(415, "0x80060888",
                  "A supported MIME type could not be found that matches the content type '" + std::string(type) +
                      "' of the request. Only application/json is supported.");
  }
  return true;
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
  if (first == "RetrieveTotalRecordCount") return total_record_count(call);
  if (first == "$batch") return refuse(400, "0x80060888", "A batch request must not hold another batch request.");
  const TableSchema* schema = call.state.database.schema.find_set(first);
  if (schema == nullptr) return no_such_segment(first);
  Table& table = call.state.database.table(schema->id);
  return segments[0].key ? on_row(call, table) : on_set(call, table);
}

}  // namespace

const FilterDialect& dialect() {
  static const FilterDialect it{"Microsoft.Dynamics.CRM", "0x80060888", {}, false};
  return it;
}

State::State(const Clock& c, const SandboxSettings& settings, PostSink s)
    : database(settings.dataverse_schema ? settings.dataverse_schema : dataverse_schema(), true),
      clock(c),
      switches(settings.dataverse),
      page_size(settings.dataverse_page_size),
      organization_id(seed_guid("organization")),
      business_unit_id(seed_guid("businessunit")),
      host(settings.address),
      sink(std::move(s)) {}

void State::save(Writer& to) const {
  to.text("dataverse");
  to.number(version);
  std::int64_t forgotten = expired_before;
  for (const Table& table : database.tables) forgotten = std::max(forgotten, table.forgotten());
  to.number(forgotten);
  database.save(to);
}

void State::load(Reader& from) {
  from.expect("dataverse");
  version = from.number();
  expired_before = from.number();
  database.load(from);
}

Table& State::table(std::string_view name) {
  return database.table(database.schema.find_name(name)->id);
}

const Table& State::table(std::string_view name) const {
  return database.table(database.schema.find_name(name)->id);
}

Service::Service(const Clock& clock, const SandboxSettings& settings, const TokenService& tokens, PostSink sink)
    : tokens_(tokens),
      origin_("http://" + settings.address + ":" + std::to_string(settings.dataverse_port)),
      state_(clock, settings, std::move(sink)),
      steps_(state_) {
  seed(state_, tokens.users(), settings.legal_entities);
}

void Service::load(Reader& from) {
  state_.load(from);
  steps_.forget();
}

void Service::set_origin(std::string origin) {
  origin_ = std::move(origin);
  state_.host = origin_.substr(origin_.find("//") + 2);
}

http::Response Service::handle(const http::Request& request) {
  const User* user = tokens_.check(request.headers, Audience::dataverse);
  if (user == nullptr) return tokens_.unauthorized(request_origin(request.headers, origin_));
  const std::string_view root_path = root_path_of(request.target);
  if (root_path.empty()) return http::Response(404);
  if (std::string_view(request.target).substr(root_path.size()).starts_with("$batch")) {
    return identified(batch(request, *user));
  }
  Transaction transaction;
  http::Response response = run(request, *user, transaction, nullptr, nullptr);
  if (response.status < 400) transaction.commit();
  return identified(std::move(response));
}

http::Response Service::identified(http::Response response) {
  // Not new_guid(): what rows are called must not depend on how many requests went before.
  std::uint64_t seed = ++state_.requests;
  char id[37];
  const std::uint64_t high = splitmix(seed);
  const std::uint64_t low = splitmix(seed);
  std::snprintf(id, sizeof id, "%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(high >> 32U),
                static_cast<unsigned>(high >> 16U) & 0xFFFFU, static_cast<unsigned>(high) & 0xFFFU,
                static_cast<unsigned>(low >> 52U), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFU));
  if (!response.headers.has("REQ_ID")) response.headers.add("REQ_ID", id);
  response.headers.add("x-ms-service-request-id", std::string(response.headers.get("REQ_ID")));
  return response;
}

http::Response Service::run(const http::Request& request, const User& user, Transaction& transaction,
                            const ContentIds* content_ids, std::string* created) {
  ++counts_[request.method];
  const std::string_view root_path = root_path_of(request.target);
  if (root_path.empty()) return dataverse_error(Refusal(404, "0x80060888", "Resource not found: " + request.target));
  const Preferences preferences = parse_preferences(request.headers);
  const Format format = format_of(request.headers, preferences);
  const auto failed = [&](const Refusal& refusal) { return dataverse_error(refusal, format.error_details); };
  const bool in_batch = created != nullptr;
  if (auto possible = check_request(request, in_batch); !possible) return failed(possible.error());
  auto target = parse_target(std::string_view(request.target).substr(root_path.size()));
  if (!target) return failed(target.error());
  std::string root = request_origin(request.headers, origin_) + std::string(root_path);
  if (!root.ends_with('/')) root += '/';
  const auto who = acting_user(state_, user, request.headers);
  if (!who) return failed(who.error());
  const Acting& acting = *who;
  Call call{state_,
            steps_,
            request,
            std::move(*target),
            preferences,
            format,
            acting.user,
            std::move(root),
            format_instant(std::chrono::floor<std::chrono::seconds>(state_.clock.now())),
            transaction,
            content_ids,
            in_batch,
            {},
            acting.on_behalf_by};
  auto response = route(call);
  if (!response) return failed(response.error());
  if (in_batch || format.level != Level::minimal || format.numbers_as_text) {
    if (response->headers.get("Content-Type").starts_with("application/json")) {
      response->headers.set("Content-Type", content_type(format, in_batch));
    }
  }
  if (created != nullptr) *created = std::move(call.created);
  return std::move(*response);
}

http::Response Service::batch(const http::Request& request, const User& user) {
  ++counts_["$batch"];
  BatchRules rules;
  rules.root_path = root_path_of(request.target);
  rules.parts_max = batch_parts_max;
  rules.stops_at_failure = !parse_preferences(request.headers).continue_on_error;
  rules.error = [](const Refusal& refusal) { return dataverse_error(refusal); };
  const BatchFaults faults(state_.faults, Side::dataverse, request);
  return run_batch(
      request, rules,
      [&](const http::Request& part, Transaction& transaction, const ContentIds& content_ids, std::string& created) {
        return faults.run(part, [&] { return run(part, user, transaction, &content_ids, &created); });
      });
}

}  // namespace dualwrite::sandbox::dataverse
