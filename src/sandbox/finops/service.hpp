#pragma once
// F&O's OData service as a function from request to response.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {

class Service {
 public:
  /// `clock` and `tokens` must outlive it.
  Service(const Clock& clock, const SandboxSettings& settings, const TokenService& tokens, PostSink sink);

  /// Checks the token, runs the request as one transaction (a $batch: one for each part or change set) and answers.
  http::Response handle(const http::Request& request);

  void save(Writer& to) const { state_.save(to); }
  /// Takes the place of everything. Throws ArchiveError.
  void load(Reader& from) { state_.load(from); }

  void set_origin(std::string origin) { origin_ = std::move(origin); }
  [[nodiscard]] State& state() noexcept { return state_; }
  /// Requests by method, batch parts included.
  [[nodiscard]] const std::map<std::string, std::int64_t>& counts() const noexcept { return counts_; }

 private:
  http::Response run(const http::Request& request, const User& user, Transaction& transaction, std::string* created);
  std::optional<http::Response> throttled(const User& user);
  http::Response batch(const http::Request& request, const User& user);

  const TokenService& tokens_;
  std::string origin_;
  State state_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace dualwrite::sandbox::finops
