#include "sandbox/control_finops.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/control_state.hpp"
#include "sandbox/finops/service.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::string_view endpoints_path = "finops/endpoints";
constexpr std::chrono::milliseconds test_event_limit{60000};

std::string text_of(const odata::Entity& body, std::string_view member) {
  const Value* value = body.find(member);
  return value != nullptr && value->kind() == Value::Kind::string ? value->text() : std::string();
}

void append_member(std::string& json, std::string_view name, std::string_view text) {
  if (json.back() != '{') json += ',';
  odata::append_json_string(json, name);
  json += ':';
  odata::append_json_string(json, text);
}

std::string endpoints_json(const finops::BusinessEvents& events) {
  std::string json;
  for (const finops::EventEndpoint& endpoint : events.endpoints()) {
    std::string item = "{";
    append_member(item, "name", endpoint.name);
    append_member(item, "url", endpoint.url);
    json += (json.empty() ? "" : ",") + item + "}";
  }
  return "{\"endpoints\":[" + json + "]}";
}

std::string activations_json(const finops::BusinessEvents& events) {
  std::string json;
  for (const finops::Activation& activation : events.activations()) {
    std::string item = "{";
    append_member(item, activation.is_data_event ? "dataEvent" : "event", activation.event);
    append_member(item, "legalEntity", activation.legal_entity);
    append_member(item, "endpoint", activation.endpoint);
    json += (json.empty() ? "" : ",") + item + "}";
  }
  return "{\"activations\":[" + json + "]}";
}

std::string errors_json(const finops::BusinessEvents& events) {
  std::string json;
  for (const Post& post : events.errors()) {
    std::string item = "{";
    append_member(item, "url", post.url);
    append_member(item, "subject", post.subject);
    append_member(item, "body", post.body);
    json += (json.empty() ? "" : ",") + item + "}";
  }
  return "{\"errors\":[" + json + "]}";
}

/// {"event":…} or {"dataEvent":"CustomersV3/Created"}, with "endpoint" and maybe "legalEntity".
http::Response activations(finops::State& state, const http::Request& request) {
  if (request.method == "GET") return plain(200, activations_json(state.events));
  if (request.method != "POST" && request.method != "DELETE") return http::Response(405);
  const auto body = odata::parse_entity(request.body);
  if (!body) return problem(400, body.error().message());
  finops::Activation activation;
  activation.is_data_event = body->find("dataEvent") != nullptr;
  activation.event = text_of(*body, activation.is_data_event ? "dataEvent" : "event");
  activation.endpoint = text_of(*body, "endpoint");
  activation.legal_entity = ascii_lower(text_of(*body, "legalEntity"));
  if (request.method == "DELETE") return http::Response(state.events.deactivate(activation) ? 204 : 404);
  if (activation.is_data_event) {
    const std::size_t slash = std::min(activation.event.find('/'), activation.event.size());
    const std::string operation = activation.event.substr(std::min(slash + 1, activation.event.size()));
    const bool is_operation = operation == "Created" || operation == "Updated" || operation == "Deleted";
    if (!is_operation || state.database.schema.find_set(activation.event.substr(0, slash)) == nullptr) {
      return problem(400, "'dataEvent' must be an entity set, a slash, and Created, Updated or Deleted.");
    }
  } else if (activation.event != finops::change_event) {
    return problem(400, "The only business event here is " + std::string(finops::change_event) + ".");
  }
  if (const auto wrong = state.events.activate(std::move(activation))) return problem(400, *wrong);
  return http::Response(204);
}

http::Response resend(finops::State& state) {
  std::deque<Post> errors = state.events.take_errors();
  const std::size_t count = errors.size();
  for (Post& post : errors) state.sink(std::move(post));
  return plain(202, "{\"resent\":" + std::to_string(count) + "}");
}

/// The client that a body names, or an answer that says why not.
std::optional<http::Response> check_client(const Controlled& on, const odata::Entity& body) {
  const auto& users = on.tokens->users();
  if (std::ranges::find(users, text_of(body, "client"), &User::client_id) != users.end()) return std::nullopt;
  return problem(404, "There is no such client.");
}

/// {"client":…, "mapped":…, "company":…, "priority":…}: what is given is changed.
http::Response set_app(const Controlled& on, const http::Request& request) {
  const auto body = odata::parse_entity(request.body);
  if (!body) return problem(400, body.error().message());
  if (auto wrong = check_client(on, *body)) return std::move(*wrong);
  finops::State& state = on.finops->state();
  finops::App app;
  const std::string client = text_of(*body, "client");
  if (const auto old = state.apps.find(client); old != state.apps.end()) app = old->second;
  if (const Value* mapped = body->find("mapped")) app.is_mapped = mapped->is_true();
  if (body->find("company") != nullptr) {
    app.company = ascii_lower(text_of(*body, "company"));
    const bool is_known =
        app.company.empty() || std::ranges::find(state.legal_entities, app.company) != state.legal_entities.end();
    if (!is_known) return problem(404, "There is no such company.");
  }
  if (body->find("priority") != nullptr) {
    const auto priority = finops::parse_priority(text_of(*body, "priority"));
    if (!priority) return problem(400, "'priority' must be Low, Medium or High.");
    app.priority = *priority;
  }
  state.apps.insert_or_assign(client, std::move(app));
  return http::Response(204);
}

/// {"client":…, "entity":…, "allowed":…}: takes a client's right on an entity set, or gives it back.
http::Response set_entity_right(const Controlled& on, const http::Request& request) {
  const auto body = odata::parse_entity(request.body);
  if (!body) return problem(400, body.error().message());
  if (auto wrong = check_client(on, *body)) return std::move(*wrong);
  const std::string set = text_of(*body, "entity");
  const Value* allowed = body->find("allowed");
  if (on.finops->state().database.schema.find_set(set) == nullptr) return problem(404, "There is no such entity set.");
  if (allowed == nullptr || allowed->kind() != Value::Kind::boolean) return problem(400, "'allowed' must be given.");
  auto& closed = on.finops->state().apps[text_of(*body, "client")].closed_sets;
  if (allowed->is_true()) closed.erase(set);
  if (!allowed->is_true()) closed.insert(set);
  return http::Response(204);
}

/// {"count":N}: so many updates and deletes lose against another process.
http::Response set_conflicts(finops::State& state, const http::Request& request) {
  const auto body = odata::parse_entity(request.body);
  if (!body) return problem(400, body.error().message());
  const Value* count = body->find("count");
  const auto number = count == nullptr ? std::nullopt : parse_count(count->text());
  if (!number) return problem(400, "'count' must be a number.");
  state.update_conflicts_left = static_cast<std::int64_t>(*number);
  return http::Response(204);
}

}  // namespace

std::optional<http::Response> control_finops(const Controlled& on, std::string_view path,
                                             const http::Request& request) {
  finops::State& state = on.finops->state();
  const bool is_post = request.method == "POST";
  if (path == endpoints_path && request.method == "GET") return plain(200, endpoints_json(state.events));
  if (path.starts_with(std::string(endpoints_path) + "/") && request.method == "DELETE") {
    return http::Response(state.events.remove_endpoint(path.substr(endpoints_path.size() + 1)) ? 204 : 404);
  }
  if (path == "finops/activations") return activations(state, request);
  if (path == "finops/event-errors" && request.method == "GET") return plain(200, errors_json(state.events));
  if (path == "finops/event-errors/resend" && is_post) return resend(state);
  if (path == "finops/apps" && is_post) return set_app(on, request);
  if (path == "finops/entity-rights" && is_post) return set_entity_right(on, request);
  if (path == "finops/update-conflicts" && is_post) return set_conflicts(state, request);
  return std::nullopt;
}

bool saves_event_endpoint(const http::Request& request) {
  return request.method == "POST" && request.target == "/_sandbox/" + std::string(endpoints_path);
}

Task<http::Response> save_event_endpoint(Executor executor, finops::Service& service, http::Request request) {
  const auto body = odata::parse_entity(request.body);
  if (!body) co_return problem(400, body.error().message());
  finops::EventEndpoint endpoint;
  endpoint.name = text_of(*body, "name");
  endpoint.url = text_of(*body, "url");
  constexpr std::string_view nested = "headers/";
  for (const auto& [name, value] : body->members) {
    if (name.starts_with(nested)) endpoint.headers.add(name.substr(nested.size()), value.text());
  }
  http::Url url;
  if (endpoint.name.empty() || !http::parse_url(endpoint.url, url)) {
    co_return problem(400, "'name' must be given, and 'url' must be an absolute http or https URL.");
  }
  http::Request test("POST", url.path, endpoint.headers, finops::test_event(service.state()));
  test.headers.set("Content-Type", "application/json; charset=utf-8");
  const auto client = http::make_client(executor, http::origin_of(url));
  const auto answer = co_await client->send(std::move(test), test_event_limit);
  if (!answer || answer->status < 200 || answer->status > 299) {
    const std::string why = answer ? "it answered " + std::to_string(answer->status) : answer.error().message();
    co_return problem(400, "The endpoint cannot be saved: the test event was not taken, " + why + ".");
  }
  if (!service.state().events.save_endpoint(std::move(endpoint))) {
    co_return problem(409, "There are as many endpoints as there may be.");
  }
  co_return http::Response(201);
}

}  // namespace dualwrite::sandbox
