#pragma once
// The Dataverse Web API as a function from request to response.
#include <cstdint>
#include <map>
#include <string>

#include "sandbox/dataverse/state.hpp"
#include "sandbox/dataverse/steps.hpp"

namespace dualwrite::sandbox::dataverse {

class Service {
 public:
  /// `clock` and `tokens` must outlive it.
  Service(const Clock& clock, const SandboxSettings& settings, const TokenService& tokens, PostSink sink);

  /// Checks the token, runs the request as one transaction (a $batch: one for each part or change set) and answers.
  http::Response handle(const http::Request& request);

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

 private:
  http::Response run(const http::Request& request, const User& user, Transaction& transaction,
                     const ContentIds* content_ids, std::string* created);
  http::Response batch(const http::Request& request, const User& user);
  /// With the request's own id, which support asks for (A3).
  http::Response identified(http::Response response);

  const TokenService& tokens_;
  std::string origin_;
  State state_;
  Steps steps_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace dualwrite::sandbox::dataverse
