#include "sandbox/control.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/control_finops.hpp"
#include "sandbox/control_state.hpp"
#include "sandbox/dataverse/rights.hpp"
#include "sandbox/dataverse/service.hpp"
#include "sandbox/fault_rule.hpp"
#include "sandbox/finops/rename.hpp"
#include "sandbox/finops/service.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::string_view prefix = "/_sandbox/";
constexpr std::string_view inject = "inject";
constexpr std::size_t subscribers_max = 32;

std::string counts_json(const std::map<std::string, std::int64_t>& counts) {
  std::string json = "{";
  for (const auto& [kind, count] : counts) {
    if (json.size() > 1) json += ',';
    odata::append_json_string(json, kind);
    json += ":" + std::to_string(count);
  }
  return json + "}";
}

std::string dispatcher_json(const Dispatcher* dispatcher) {
  if (dispatcher == nullptr) return "{}";
  const DispatcherCounts& counts = dispatcher->counts();
  return "{\"queued\":" + std::to_string(counts.queued) + ",\"delivered\":" + std::to_string(counts.delivered) +
         ",\"failed\":" + std::to_string(counts.failed) + ",\"dropped\":" + std::to_string(counts.dropped) +
         ",\"waiting\":" + std::to_string(dispatcher->waiting()) + ",\"held\":" + std::to_string(dispatcher->held()) +
         ",\"sending\":" + std::to_string(dispatcher->sending()) + "}";
}

std::string rows_json(const Database& database) {
  std::map<std::string, std::int64_t> rows;
  for (const Table& table : database.tables) {
    rows.emplace(table.schema().set, static_cast<std::int64_t>(table.rows().size()));
  }
  return counts_json(rows);
}

std::string costs_json(const Costs& costs) {
  std::string json = "{";
  for (const auto& [kind, cost] : costs) {
    json += (json.size() > 1 ? ",\"" : "\"") + kind + "\":{\"operations\":" + std::to_string(cost.operations) +
            ",\"rowsRead\":" + std::to_string(cost.rows_read) +
            ",\"rowsWritten\":" + std::to_string(cost.rows_written) +
            ",\"timeMs\":" + std::to_string(cost.time.count()) + "}";
  }
  return json + "}";
}

std::string transactions_json(const dataverse::State& state) {
  return "{\"open\":" + std::to_string(state.open_since.size()) +
         ",\"waitingForRows\":" + std::to_string(state.locks.waiting()) +
         ",\"locks\":" + std::to_string(state.locks.held()) + "}";
}

http::Response stats(const Controlled& on) {
  return plain(200, "{\"requests\":{\"dataverse\":" + counts_json(on.dataverse->counts()) +
                        ",\"finops\":" + counts_json(on.finops->counts()) +
                        "},\"rows\":{\"dataverse\":" + rows_json(on.dataverse->state().database) + ",\"finops\":" +
                        rows_json(on.finops->state().database) + "},\"webhooks\":" + dispatcher_json(on.webhooks) +
                        ",\"notices\":" + dispatcher_json(on.notices) + ",\"wire\":" + meters_json(on) +
                        ",\"cost\":{\"dataverse\":" + costs_json(on.dataverse->costs()) +
                        ",\"finops\":" + costs_json(on.finops->costs()) +
                        "},\"transactions\":" + transactions_json(on.dataverse->state()) + "}");
}

http::Response subscribe(const Controlled& on, const http::Request& request) {
  const auto entity = odata::parse_entity(request.body);
  if (!entity) return problem(400, entity.error().message());
  finops::Subscriber subscriber;
  constexpr std::string_view nested = "headers/";
  for (const auto& [name, value] : entity->members) {
    if (value.kind() != Value::Kind::string) continue;
    if (name == "url") subscriber.url = value.text();
    if (name.starts_with(nested)) subscriber.headers.add(name.substr(nested.size()), value.text());
  }
  http::Url url;
  if (!http::parse_url(subscriber.url, url)) return problem(400, "'url' must be an absolute http or https URL.");
  auto& subscribers = on.finops->state().subscribers;
  // The same URL again replaces its headers, so that a client may subscribe on every start.
  std::erase_if(subscribers, [&](const finops::Subscriber& old) { return old.url == subscriber.url; });
  if (subscribers.size() >= subscribers_max) return problem(409, "There are as many subscribers as there may be.");
  subscribers.push_back(std::move(subscriber));
  return http::Response(204);
}

http::Response add_rule(Faults& faults, const http::Request& request) {
  auto rule = parse_fault_rule(request.body);
  if (!rule) return problem(400, rule.error());
  const auto id = faults.add(std::move(*rule));
  if (!id) return problem(409, "There are as many rules as there may be: DELETE /_sandbox/inject removes them.");
  return plain(201, "{\"id\":" + std::to_string(*id) + "}");
}

http::Response rules(Faults& faults, std::string_view path, const http::Request& request) {
  if (path == inject) {
    if (request.method == "POST") return add_rule(faults, request);
    if (request.method == "GET") return plain(200, fault_rules_json(faults));
    if (request.method != "DELETE") return http::Response(405);
    faults.clear();
    return http::Response(204);
  }
  if (request.method != "DELETE") return http::Response(405);
  const auto id = parse_count(path.substr(inject.size() + 1));
  return http::Response(id && faults.remove(*id) ? 204 : 404);
}

http::Response restart(const Controlled& on, const http::Request& request) {
  const auto down = parse_restart(request.body);
  if (!down) return problem(400, down.error());
  if (!on.restart(*down)) return problem(409, "A restart is under way.");
  http::Response response(202);
  // So that this connection is closed behind the answer, and not reset with the others.
  response.headers.add("Connection", "close");
  return response;
}

/// {"client":…,"company":…,"allowed":false}: takes a client's right on a company, or gives it back.
http::Response set_right(const Controlled& on, const http::Request& request) {
  const auto entity = odata::parse_entity(request.body);
  if (!entity) return problem(400, entity.error().message());
  const Value* client = entity->find("client");
  const Value* company = entity->find("company");
  const Value* allowed = entity->find("allowed");
  if (client == nullptr || company == nullptr || allowed == nullptr || allowed->kind() != Value::Kind::boolean) {
    return problem(400, "'client', 'company' and 'allowed' (true or false) must be given.");
  }
  const auto& users = on.tokens->users();
  if (std::ranges::find(users, client->text(), &User::client_id) == users.end()) {
    return problem(404, "There is no such client.");
  }
  const std::string name = ascii_lower(company->text());
  finops::State& state = on.finops->state();
  if (std::ranges::find(state.legal_entities, name) == state.legal_entities.end()) {
    return problem(404, "There is no such company.");
  }
  if (allowed->is_true()) {
    state.hidden_companies[client->text()].erase(name);
  } else {
    state.hidden_companies[client->text()].insert(name);
  }
  return http::Response(204);
}

/// {"client":…,"table":…,"right":"Write","allowed":false}: takes a client's right on a table, or gives it back.
http::Response set_table_right(const Controlled& on, const http::Request& request) {
  const auto entity = odata::parse_entity(request.body);
  if (!entity) return problem(400, entity.error().message());
  const Value* client = entity->find("client");
  const Value* table = entity->find("table");
  const Value* right = entity->find("right");
  const Value* allowed = entity->find("allowed");
  const bool is_whole = client != nullptr && table != nullptr && right != nullptr && allowed != nullptr;
  if (!is_whole || allowed->kind() != Value::Kind::boolean || !dataverse::is_right(right->text())) {
    return problem(400,
                   "'client', 'table', 'right' (Create, Read, Write or Delete) and 'allowed' (true or false) must be "
                   "given.");
  }
  const auto& users = on.tokens->users();
  if (std::ranges::find(users, client->text(), &User::client_id) == users.end()) {
    return problem(404, "There is no such client.");
  }
  dataverse::State& state = on.dataverse->state();
  if (state.database.schema.find_name(table->text()) == nullptr) return problem(404, "There is no such table.");
  dataverse::set_right(state, client->text(), table->text(), right->text(), allowed->is_true());
  return http::Response(204);
}

http::Response rename(const Controlled& on, const http::Request& request) {
  auto order = odata::parse_entity(request.body);
  if (!order) return problem(400, order.error().message());
  const Value* entity = order->find("entity");
  const Value* column = order->find("column");
  const Value* from = order->find("from");
  const Value* to = order->find("to");
  if (entity == nullptr || column == nullptr || from == nullptr || to == nullptr) {
    return problem(400, "'entity', 'column', 'from' and 'to' must be given.");
  }
  const bool done = finops::rename(on.finops->state(), entity->text(), column->text(), from->text(), to->text());
  return done ? http::Response(204) : problem(404, "There is no such row, or the new key is taken.");
}

}  // namespace

http::Response control(const Controlled& on, const http::Request& request) {
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, target.find('?')).substr(std::min(prefix.size(), target.size()));
  const std::string& method = request.method;
  if (path == "stats" && method == "GET") return stats(on);
  if (path == "finops/notify" && method == "POST") return subscribe(on, request);
  if (path == "finops/notify" && method == "DELETE") {
    on.finops->state().subscribers.clear();
    return http::Response(204);
  }
  if (path == "finops/rights" && method == "POST") return set_right(on, request);
  if (path == "finops/rename" && method == "POST") return rename(on, request);
  if (path.starts_with("finops/")) {
    if (auto answer = control_finops(on, path, request)) return std::move(*answer);
  }
  if (path == "dataverse/rights" && method == "POST") return set_table_right(on, request);
  if (path == "dataverse/expire-delta-tokens" && method == "POST") {
    on.dataverse->expire_delta_tokens();
    return http::Response(204);
  }
  if (path == "tokens/revoke" && method == "POST") {
    on.tokens->revoke_all();
    return http::Response(204);
  }
  if (on.faults != nullptr && (path == inject || path.starts_with(std::string(inject) + "/"))) {
    return rules(*on.faults, path, request);
  }
  if (auto answer = control_state(on, path, request)) return std::move(*answer);
  if (on.restart && path == "restart" && method == "POST") return restart(on, request);
  return http::Response(404);
}

}  // namespace dualwrite::sandbox
