#include "sandbox/dataverse/service.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <stdexcept>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "sandbox/batch.hpp"
#include "sandbox/dataverse/collections.hpp"
#include "sandbox/dataverse/impersonation.hpp"
#include "sandbox/dataverse/seed.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/meter.hpp"
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

std::optional<Members> members_of(const Schema& schema, const TableSchema& table, std::string_view name) {
  const auto collection = find_collection(schema, table, name);
  return collection ? std::optional(Members{collection->table, collection->column}) : std::nullopt;
}

/// As long as it lives, the owner counts as one who waits.
class WaitingForLock {
 public:
  WaitingForLock(Locks& locks, Locks::Owner owner, Locks::Owner holder, Signal& signal) : locks_(locks), owner_(owner) {
    locks.waits(owner, holder, signal);
  }
  ~WaitingForLock() { locks_.waits_no_more(owner_); }
  WaitingForLock(const WaitingForLock&) = delete;
  WaitingForLock& operator=(const WaitingForLock&) = delete;

 private:
  Locks& locks_;
  Locks::Owner owner_;
};

}  // namespace

const FilterDialect& dialect() {
  static const FilterDialect it{"Microsoft.Dynamics.CRM", "0x80060888", {}, false, false, members_of};
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

std::int64_t State::visible_version() const {
  std::int64_t visible = version;
  if (!switches.delta_withholds) return visible;
  for (const auto& [owner, first] : open_since) visible = std::min(visible, first - 1);
  return visible;
}

Table& State::table(std::string_view name) {
  return database.table(database.schema.find_name(name)->id);
}

const Table& State::table(std::string_view name) const {
  return database.table(database.schema.find_name(name)->id);
}

Service::Service(Clock& clock, const SandboxSettings& settings, const TokenService& tokens, PostSink sink)
    : sleeper_(clock),
      tokens_(tokens),
      origin_("http://" + settings.address + ":" + std::to_string(settings.dataverse_port)),
      state_(clock, settings, std::move(sink)),
      jobs_(state_),
      steps_(state_, jobs_),
      protection_(state_.clock, state_.switches) {
  seed(state_, tokens.users(), settings.legal_entities);
}

void Service::load(Reader& from) {
  state_.load(from);
  steps_.forget();
  jobs_.forget();
}

void Service::set_origin(std::string origin) {
  origin_ = std::move(origin);
  state_.host = origin_.substr(origin_.find("//") + 2);
}

std::optional<http::Response> Service::refused(const http::Request& request, const User* user,
                                               std::optional<Protection::Ticket>& ticket) {
  if (user == nullptr) return tokens_.unauthorized(request_origin(request.headers, origin_));
  if (root_path_of(request.target).empty()) return http::Response(404);
  if (!user->is_member) {
    return dataverse_error(Refusal(403, "0x80072560", "The user is not a member of the organization."));
  }
  return protection_.admit(user->id, request, ticket);
}

void Service::charge(const Execution& execution, const http::Request& request, std::chrono::milliseconds began,
                     std::optional<Protection::Ticket>& ticket, http::Response& response) {
  Cost& cost = costs_[std::string(Meter::kind_of(request))];
  cost.operations += execution.operations();
  cost.rows_read += execution.rows_read();
  cost.rows_written += execution.rows_written();
  cost.time += state_.clock.elapsed() - began + state_.switches.operation_time * execution.operations();
  if (!ticket) return;
  ticket->operations(execution.operations());
  ticket->mark(response);
}

http::Response Service::handle(const http::Request& request) {
  const User* user = tokens_.check(request.headers, Audience::dataverse);
  std::optional<Protection::Ticket> ticket;
  if (auto refusal = refused(request, user, ticket)) return std::move(*refusal);
  const std::chrono::milliseconds began = state_.clock.elapsed();
  Execution execution(state_, request);
  for (;;) {
    if (auto response = attempt(execution, request, *user)) {
      charge(execution, request, began, ticket, *response);
      return identified(std::move(*response));
    }
    switch (execution.wait().kind) {
      case Wait::Kind::lock:
        execution.waited_for_lock(execution.lock_time_left());
        break;
      case Wait::Kind::commit:
        execution.committed_late();
        break;
      default:
        throw std::logic_error("a synchronous step can be called through serve() only");
    }
  }
}

Task<http::Response> Service::serve(http::Request request) {
  const User* user = tokens_.check(request.headers, Audience::dataverse);
  std::optional<Protection::Ticket> ticket;
  if (auto refusal = refused(request, user, ticket)) co_return std::move(*refusal);
  const std::chrono::milliseconds began = state_.clock.elapsed();
  Execution execution(state_, request);
  for (;;) {
    std::optional<http::Response> response = attempt(execution, request, *user);
    if (response) {
      charge(execution, request, began, ticket, *response);
      co_return identified(std::move(*response));
    }
    const Wait::Kind kind = execution.wait().kind;
    if (kind == Wait::Kind::call) {
      if (!caller_) throw std::logic_error("nobody makes the calls of synchronous steps");
      Post post = std::move(execution.wait().post);
      const CallAnswer answer = co_await caller_(std::move(post));
      execution.answered(answer);
    } else if (kind == Wait::Kind::lock) {
      co_await wait_for_lock(execution);
    } else {
      co_await sleeper_.sleep(execution.wait().delay);
      execution.committed_late();
    }
  }
}

Task<void> Service::wait_for_lock(Execution& execution) {
  // The limit goes by the sandbox's clock, which may be faster than the signal's.
  constexpr std::chrono::milliseconds slice{20};
  const Executor executor = co_await boost::asio::this_coro::executor;
  Signal freed(executor);
  const std::chrono::milliseconds began = state_.clock.elapsed();
  std::chrono::milliseconds waited{0};
  const auto holder = execution.holder();
  if (!holder) co_return;
  const WaitingForLock registered(state_.locks, execution.owner(), *holder, freed);
  while (execution.holder() == holder && waited < execution.lock_time_left()) {
    co_await freed.wait(slice);
    waited = state_.clock.elapsed() - began;
  }
  execution.waited_for_lock(waited);
}

std::optional<http::Response> Service::attempt(Execution& execution, const http::Request& request, const User& user) {
  const ScopedGuidTape guids(execution.guids());
  state_.version.set_tape(&execution.versions());
  struct Untaped {
    State& state;
    ~Untaped() { state.version.set_tape(nullptr); }
  } const untaped{state_};
  try {
    const std::string_view below = std::string_view(request.target).substr(root_path_of(request.target).size());
    return below.starts_with("$batch") ? batch(execution, request, user) : single(execution, request, user);
  } catch (const Suspended&) {
    return std::nullopt;
  }
}

http::Response Service::single(Execution& execution, const http::Request& request, const User& user) {
  execution.begin_unit();
  execution.note_part(request);
  Transaction transaction(execution.gate());
  http::Response response = run(execution, request, user, transaction, nullptr, nullptr);
  if (response.status < 400) {
    if (auto failure = execution.before_commit(transaction)) return std::move(*failure);
    transaction.commit();
  }
  return response;
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

http::Response Service::run(Execution& execution, const http::Request& request, const User& user,
                            Transaction& transaction, const ContentIds* content_ids, std::string* created) {
  if (execution.is_first_attempt()) {
    ++counts_[request.method];
    execution.count_operation();
  }
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
            execution.now(),
            transaction,
            execution,
            content_ids,
            in_batch,
            {},
            acting.on_behalf_by};
  Outcome<http::Response> response = outcome_of(call);
  if (!response) return failed(response.error());
  if (in_batch || format.level != Level::minimal || format.numbers_as_text) {
    if (response->headers.get("Content-Type").starts_with("application/json")) {
      response->headers.set("Content-Type", content_type(format, in_batch));
    }
  }
  if (created != nullptr) *created = std::move(call.created);
  return std::move(*response);
}

http::Response Service::batch(Execution& execution, const http::Request& request, const User& user) {
  BatchRun* run_of_batch = execution.batch();
  if (run_of_batch == nullptr) {
    ++counts_["$batch"];
    BatchRules rules;
    rules.root_path = root_path_of(request.target);
    rules.parts_max = batch_parts_max;
    rules.stops_at_failure = !parse_preferences(request.headers).continue_on_error;
    rules.error = [](const Refusal& refusal) { return dataverse_error(refusal); };
    run_of_batch = &execution.begin_batch(std::move(rules));
  }
  return run_of_batch->go_on(
      [&](const http::Request& part, Transaction& transaction, const ContentIds& content_ids, std::string& created) {
        execution.note_part(part);
        if (auto instead = execution.refused_part(part)) return std::move(*instead);
        return execution.shortened(part, run(execution, part, user, transaction, &content_ids, &created));
      });
}

}  // namespace dualwrite::sandbox::dataverse
