#include "sandbox/finops/service.hpp"

#include "sandbox/batch.hpp"
#include "sandbox/fault_apply.hpp"
#include "sandbox/guid.hpp"
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

std::unexpected<Refusal> no_such_method(const std::string& method) {
  return refuse(405, {}, "The requested resource does not support http method '" + method + "'.",
                "System.Web.Http.HttpResponseException");
}

Outcome<http::Response> route(Call& call) {
  const auto& segments = call.target.segments;
  const std::string& method = call.request.method;
  if (segments.empty()) return json_response(200, service_document(call.state, call.root));
  if (segments[0].name == "$metadata") return text_response(200, "application/xml", metadata(call.state));
  const TableSchema* schema = call.state.database.schema.find_set(segments[0].name);
  if (schema == nullptr) return no_resource(call);
  Table& table = call.state.database.table(schema->id);
  if (segments.size() == 2 && segments[1].name == "$count" && !segments[0].key && method == "GET") {
    return count(call, table);
  }
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
  static const FilterDialect it{std::string(type_namespace), {}, "Microsoft.OData.ODataException", true};
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
  return refuse(404, {}, "No HTTP resource was found that matches the request URI '" + call.root + "'.",
                "System.Web.Http.HttpResponseException");
}

State::State(const Clock& c, const SandboxSettings& settings, PostSink s)
    : database(settings.finops_schema ? settings.finops_schema : finops_schema(), false),
      clock(c),
      switches(settings.finops),
      page_size(settings.finops_page_size),
      default_company(settings.default_company),
      legal_entities(settings.legal_entities),
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
  database.load(from);
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
  const User* user = tokens_.check(request.headers, Audience::finops);
  if (user == nullptr) return tokens_.unauthorized(request_origin(request.headers, origin_));
  if (is_metadata(request.target)) return public_entities(state_, request);
  const std::string_view root_path = root_path_of(request.target);
  if (root_path.empty()) return http::Response(404);
  if (std::string_view(request.target).substr(root_path.size()).starts_with("$batch")) return batch(request, *user);
  Transaction transaction;
  http::Response response = run(request, *user, transaction, nullptr);
  if (response.status < 400) transaction.commit();
  return response;
}

http::Response Service::run(const http::Request& request, const User& user, Transaction& transaction,
                            std::string* created) {
  ++counts_[request.method];
  const std::string_view root_path = root_path_of(request.target);
  if (root_path.empty()) return finops_error(Refusal(404, {}, "No HTTP resource was found: " + request.target));
  auto target = parse_target(std::string_view(request.target).substr(root_path.size()));
  if (!target) return finops_error(target.error());
  std::string root = request_origin(request.headers, origin_) + std::string(root_path);
  if (!root.ends_with('/')) root += '/';
  const std::string* cross_company = target->option("cross-company");
  const bool is_cross_company = cross_company != nullptr && *cross_company == "true";
  Call call{state_, request,         std::move(*target), parse_preferences(request.headers),
            user,   std::move(root), transaction,        is_cross_company,
            {}};
  auto response = route(call);
  if (!response) return finops_error(response.error());
  if (created != nullptr) *created = std::move(call.created);
  response->headers.add("ms-dyn-aid", guid_text(new_guid()));
  return std::move(*response);
}

http::Response Service::batch(const http::Request& request, const User& user) {
  ++counts_["$batch"];
  BatchRules rules;
  rules.root_path = root_path_of(request.target);
  rules.parts_max = batch_parts_max;
  rules.names_failed_part = true;
  rules.error = &finops_error;
  const BatchFaults faults(state_.faults, Side::finops, request);
  return run_batch(
      request, rules,
      [&](const http::Request& part, Transaction& transaction, const TextMap<std::string>&, std::string& created) {
        return faults.run(part, [&] { return run(part, user, transaction, &created); });
      });
}

}  // namespace dualwrite::sandbox::finops
