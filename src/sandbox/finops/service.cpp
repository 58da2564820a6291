#include "sandbox/finops/service.hpp"

#include "sandbox/batch.hpp"
#include "sandbox/fault_apply.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/meter.hpp"
#include "sandbox/splitmix.hpp"

namespace dualwrite::sandbox::finops {
namespace {

constexpr std::string_view roots[]{"/data/", "/namespaces/AXSF/data/"};
constexpr std::size_t batch_parts_max = 5000;

std::string_view root_path_of(std::string_view target) {
  for (const std::string_view root : roots) {
    if (target.starts_with(root)) return root;
    const std::string_view bare = root.substr(0, root.size() - 1);
    if (target == bare || target.starts_with(std::string(bare) + "?")) return bare;
  }
  return {};
}

/// On-premises environments are not throttled (C8).
bool is_on_premises(std::string_view root_path) {
  return root_path.starts_with("/namespaces/");
}

std::unexpected<Refusal> no_such_method(const std::string& method) {
  return refuse(405, {}, "The requested resource does not support http method '" + method + "'.",
                "System.Web.Http.HttpResponseException");
}

Outcome<http::Response> route(Call& call) {
  const auto& segments = call.target.segments;
  const std::string& method = call.request.method;
  if (segments.empty()) return json_response(200, service_document(call.state, call.root));
  if (segments[0].name == "$metadata") return text_response(200, "application/xml", metadata(call.state));
  if (is_action(call.target)) return run_action(call);
  const TableSchema* schema = call.state.database.schema.find_set(segments[0].name);
  if (schema == nullptr) return no_resource(call);
  if (const auto app = call.state.apps.find(call.user.client_id);
      app != call.state.apps.end() && app->second.closed_sets.contains(schema->set)) {
    return refuse(403, {}, "Access denied to entity '" + schema->name + "': no security role of the user opens it.",
                  "System.UnauthorizedAccessException");
  }
  Table& table = call.state.database.table(schema->id);
  if (segments.size() == 2 && segments[1].name == "$count" && !segments[0].key && method == "GET") {
    return count(call, table);
  }
  if (segments.size() == 2 && segments[0].key && method == "GET") return navigate(call, table);
  if (segments.size() != 1) return no_resource(call);
  if (!segments[0].key) {
    if (method == "GET") return list(call, table);
    if (method == "POST") return create(call, table);
    if (method == "PATCH") return bad_request("More than one resource was found for selection criteria.");
    return no_such_method(method);
  }
  if (method == "GET") return retrieve(call, table);
  if (method == "PATCH" || method == "PUT") return update(call, table);
  if (method == "DELETE") return remove(call, table);
  return no_such_method(method);
}

}  // namespace

const FilterDialect& dialect() {
  static const FilterDialect it{std::string(type_namespace), {}, "Microsoft.OData.ODataException", true, true};
  return it;
}

std::unexpected<Refusal> write_failed(const State& state, const TableSchema& schema, const std::string& infolog) {
  return refuse(state.switches.write_failure_status, {},
                "Write failed for table row of type '" + schema.aot_name + "'. Infolog: " + infolog,
                std::string(write_exception));
}

std::unexpected<Refusal> bad_request(std::string message) {
  return refuse(400, {}, std::move(message), "Microsoft.OData.ODataException");
}

std::unexpected<Refusal> no_resource(const Call& call) {
  const std::string_view target = call.request.target;
  const std::size_t below = root_path_of(target).size();
  return refuse(404, {},
                "No HTTP resource was found that matches the request URI '" + call.root +
                    std::string(target.substr(std::min(below, target.size()))) + "'.");
}

http::Response error_response(const State& state, const Refusal& refusal) {
  if (refusal.status != 404) return finops_error(refusal, state.switches.stack_traces);
  return state.switches.not_found_has_body ? finops_plain_error(refusal) : http::Response(404);
}

State::State(const Clock& c, const SandboxSettings& settings, PostSink s)
    : database(settings.finops_schema ? settings.finops_schema : finops_schema(), false),
      clock(c),
      switches(settings.finops),
      page_size(settings.finops_page_size),
      default_company(settings.default_company),
      legal_entities(settings.legal_entities),
      throttle(settings.finops.throttle_capacity, settings.finops.throttle_window),
      sink(std::move(s)) {}

void State::save(Writer& to) const {
  to.text("finops");
  to.number(next_rec_id);
  to.number(static_cast<std::int64_t>(rec_version_seed));
  to.number(next_number);
  to.number(control_number);
  to.number(static_cast<std::int64_t>(subscribers.size()));
  for (const Subscriber& subscriber : subscribers) {
    to.text(subscriber.url);
    to.headers(subscriber.headers);
  }
  to.number(static_cast<std::int64_t>(apps.size()));
  for (const auto& [client, app] : apps) {
    to.text(client);
    to.number(app.is_mapped ? 1 : 0);
    to.text(app.company);
    to.number(static_cast<std::int64_t>(app.priority));
    to.number(static_cast<std::int64_t>(app.closed_sets.size()));
    for (const std::string& set : app.closed_sets) to.text(set);
  }
  events.save(to);
  packages.save(to);
  database.save(to);
}

void State::load(Reader& from) {
  from.expect("finops");
  next_rec_id = from.number();
  rec_version_seed = static_cast<std::uint64_t>(from.number());
  next_number = from.number();
  control_number = from.number();
  subscribers.clear();
  for (std::size_t left = from.count(); left > 0; --left) {
    Subscriber subscriber;
    subscriber.url = std::string(from.text());
    subscriber.headers = from.headers();
    subscribers.push_back(std::move(subscriber));
  }
  apps.clear();
  for (std::size_t left = from.count(); left > 0; --left) {
    App& app = apps[std::string(from.text())];
    app.is_mapped = from.number() != 0;
    app.company = from.text();
    app.priority = static_cast<Priority>(from.number());
    for (std::size_t sets = from.count(); sets > 0; --sets) app.closed_sets.emplace(from.text());
  }
  events.load(from);
  packages.load(from);
  database.load(from);
}

const std::string& State::company_of(const User& user) const {
  const auto app = apps.find(user.client_id);
  return app == apps.end() || app->second.company.empty() ? default_company : app->second.company;
}

std::int64_t State::new_rec_version() {
  // Seeded, so that two runs of a test see the same numbers.
  return static_cast<std::int64_t>(splitmix(rec_version_seed) & 0x7FFFFFFFU) + 2;
}

Service::Service(const Clock& clock, const SandboxSettings& settings, const TokenService& tokens, PostSink sink)
    : tokens_(tokens),
      origin_("http://" + settings.address + ":" + std::to_string(settings.finops_port)),
      state_(clock, settings, std::move(sink)) {}

http::Response Service::handle(const http::Request& request) {
  if (is_blob(request.target)) return state_.packages.handle(request);
  const User* user = tokens_.check(request.headers, Audience::finops);
  if (user == nullptr) return tokens_.unauthorized(request_origin(request.headers, origin_));
  if (const auto app = state_.apps.find(user->client_id); app != state_.apps.end() && !app->second.is_mapped) {
    return finops_plain_error(Refusal(state_.switches.unmapped_app_status, {},
                                      "The application '" + user->client_id + "' is mapped to no user."));
  }
  if (is_metadata(request.target)) {
    return light_metadata(state_, request, request_origin(request.headers, origin_));
  }
  if (root_path_of(request.target).empty()) return http::Response(404);
  const std::int64_t read_before = state_.rows_read;
  http::Response response = answer(request, *user);
  costs_[std::string(Meter::kind_of(request))].rows_read += state_.rows_read - read_before;
  return response;
}

http::Response Service::answer(const http::Request& request, const User& user) {
  const std::string_view root_path = root_path_of(request.target);
  if (std::string_view(request.target).substr(root_path.size()).starts_with("$batch")) return batch(request, user);
  Transaction transaction;
  http::Response response = run(request, user, transaction, nullptr);
  if (response.status < 400) transaction.commit();
  return response;
}

http::Response Service::run(const http::Request& request, const User& user, Transaction& transaction,
                            std::string* created) {
  ++counts_[request.method];
  Cost& cost = costs_[created != nullptr ? "batch" : std::string(Meter::kind_of(request))];
  ++cost.operations;
  const std::string_view root_path = root_path_of(request.target);
  if (root_path.empty()) {
    return error_response(
        state_, Refusal(404, {}, "No HTTP resource was found that matches the request URI '" + request.target + "'."));
  }
  auto target = parse_target(std::string_view(request.target).substr(root_path.size()));
  if (!target) return finops_error(target.error());
  if (!is_on_premises(root_path) && !is_action(*target)) {
    if (auto refused = throttled(user)) return std::move(*refused);
  }
  std::string root = request_origin(request.headers, origin_) + std::string(root_path);
  if (!root.ends_with('/')) root += '/';
  const std::string* cross_company = target->option("cross-company");
  const bool is_cross_company = cross_company != nullptr && *cross_company == "true";
  Call call{state_,
            request,
            std::move(*target),
            parse_preferences(request.headers),
            user,
            std::move(root),
            transaction,
            is_cross_company,
            {},
            accepted_format(request.headers)};
  const std::size_t written_before = transaction.writes().size();
  auto response = route(call);
  if (const std::size_t written = transaction.writes().size() - written_before; written != 0) {
    transaction.after_commit([&cost, written] { cost.rows_written += static_cast<std::int64_t>(written); });
  }
  if (!response) return error_response(state_, response.error());
  if (created != nullptr) *created = std::move(call.created);
  if (response->headers.get("Content-Type").starts_with("application/json")) {
    response->headers.set("Content-Type", content_type(call.format));
  }
  response->headers.add("ms-dyn-aid", guid_text(new_guid()));
  response->headers.add("server-timing", "dynaoshandler;dur=1");
  return std::move(*response);
}

/// The answer to an operation for which the server has no room.
std::optional<http::Response> Service::throttled(const User& user) {
  const auto app = state_.apps.find(user.client_id);
  const Priority priority = app == state_.apps.end() ? Priority::medium : app->second.priority;
  const auto wait = state_.throttle.admit(state_.clock.now(), priority);
  if (!wait) return std::nullopt;
  http::Response response = finops_plain_error(Refusal(
      429, {},
      "This request could not be processed at this time due to system experiencing high resource utilization."));
  if (state_.switches.throttle_retry_after) response.headers.add("Retry-After", std::to_string(wait->count()));
  return response;
}

http::Response Service::batch(const http::Request& request, const User& user) {
  ++counts_["$batch"];
  BatchRules rules;
  rules.root_path = root_path_of(request.target);
  rules.parts_max = batch_parts_max;
  rules.names_failed_part = true;
  rules.needs_content_ids = true;
  rules.stops_at_failure = !state_.switches.batch_goes_on && !parse_preferences(request.headers).continue_on_error;
  rules.if_match_in_change_sets = state_.switches.change_set_if_match;
  rules.outer_status_is_failure = false;
  rules.error = &finops_error;
  const BatchFaults faults(state_.faults, Side::finops, request);
  return run_batch(
      request, rules,
      [&](const http::Request& part, Transaction& transaction, const TextMap<std::string>&, std::string& created) {
        return faults.run(part, [&] { return run(part, user, transaction, &created); });
      });
}

}  // namespace dualwrite::sandbox::finops
