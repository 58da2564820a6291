#pragma once
// The Dataverse Web API as a function from request to response.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "dualwrite/async/task.hpp"
#include "sandbox/cost.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/jobs.hpp"
#include "sandbox/dataverse/protection.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/dataverse/steps.hpp"

namespace dualwrite::sandbox::dataverse {

class Service {
 public:
  /// `clock` and `tokens` must outlive it.
  Service(Clock& clock, const SandboxSettings& settings, const TokenService& tokens, PostSink sink);

  /// Checks the token, runs the request as one transaction (a $batch: one for each part or change set) and answers. A
  /// request that would have to wait for a row fails. Throws std::logic_error where a synchronous step is to be called.
  http::Response handle(const http::Request& request);
  /// The same, and waits where it has to. A transaction whose coroutine is cancelled is rolled back.
  Task<http::Response> serve(http::Request request);
  /// How synchronous steps call their webhooks.
  using Caller = std::function<Task<CallAnswer>(Post)>;
  void set_caller(Caller caller) { caller_ = std::move(caller); }

  /// From now on every asynchronous step that fires leaves a job in asyncoperations, which call_ended() ends. Without
  /// somebody who calls that, jobs would wait for ever: by default none is made.
  void keep_jobs() { jobs_.enable(); }
  /// What became of a call that went to the sink.
  void call_ended(const Post& post, PostEnd end, const CallAnswer& answer) { jobs_.ended(post, end, answer); }

  void save(Writer& to) const { state_.save(to); }
  /// Takes the place of everything, seeded rows too. Throws ArchiveError.
  void load(Reader& from);

  /// What links start with where a request has no Host header: "http://127.0.0.1:8701".
  void set_origin(std::string origin);
  /// From now on every delta token given out before is answered ExpiredVersionStamp.
  void expire_delta_tokens() { state_.expired_before = ++state_.version; }
  [[nodiscard]] State& state() noexcept { return state_; }
  /// Requests by method, batch parts included.
  [[nodiscard]] const std::map<std::string, std::int64_t>& counts() const noexcept { return counts_; }
  /// Of the requests that were let in.
  [[nodiscard]] const Costs& costs() const noexcept { return costs_; }

 private:
  /// The answer to what needs no execution; nothing if there is nothing in the way.
  std::optional<http::Response> refused(const http::Request& request, const User* user,
                                        std::optional<Protection::Ticket>& ticket);
  /// Nothing: it has to wait.
  std::optional<http::Response> attempt(Execution& execution, const http::Request& request, const User& user);
  http::Response single(Execution& execution, const http::Request& request, const User& user);
  http::Response batch(Execution& execution, const http::Request& request, const User& user);
  http::Response run(Execution& execution, const http::Request& request, const User& user, Transaction& transaction,
                     const ContentIds* content_ids, std::string* created);
  void charge(const Execution& execution, const http::Request& request, std::chrono::milliseconds began,
              std::optional<Protection::Ticket>& ticket, http::Response& response);
  Task<void> wait_for_lock(Execution& execution);
  /// With the request's own id, which support asks for (A3).
  http::Response identified(http::Response response);

  Clock& sleeper_;
  const TokenService& tokens_;
  std::string origin_;
  State state_;
  Jobs jobs_;
  Steps steps_;
  Protection protection_;
  Caller caller_;
  std::map<std::string, std::int64_t> counts_;
  Costs costs_;
};

}  // namespace dualwrite::sandbox::dataverse
