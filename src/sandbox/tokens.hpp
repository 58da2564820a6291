#pragma once
// The token service: client credentials for opaque tokens that are bound to one client and one of the two services.
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/http/message.hpp"
#include "dualwrite/sandbox/sandbox.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/schema.hpp"

namespace dualwrite::sandbox {

enum class Audience : std::uint8_t { dataverse, finops };

/// Who a token speaks for.
struct User {
  std::string id;  ///< 16 bytes
  std::string name;
  std::string client_id;
  Secret secret;
  std::string certificate;  ///< PEM
  bool is_member = true;
  std::optional<Instant> secret_expires_at;
};

/// The users that the settings name, or the default two.
std::vector<User> users_of(const SandboxSettings& settings);

class TokenService {
 public:
  /// `clock` must outlive it.
  TokenService(const Clock& clock, const SandboxSettings& settings);

  /// Audiences are told apart by their port.
  void set_ports(std::uint16_t dataverse, std::uint16_t finops);

  http::Response handle(const http::Request& request);

  /// The user of a valid token for that audience, or nullptr.
  [[nodiscard]] const User* check(const http::Headers& headers, Audience audience) const;
  /// The answer where check() gives none.
  [[nodiscard]] http::Response unauthorized(const std::string& resource) const;

  [[nodiscard]] const std::vector<User>& users() const noexcept { return users_; }
  /// Forgets every token.
  void revoke_all() { grants_.clear(); }
  /// Forgets the one that these headers carry.
  void revoke(const http::Headers& headers);

  void save(Writer& to) const;
  /// Tokens of clients that the settings do not name any more are forgotten. Throws ArchiveError.
  void load(Reader& from);

 private:
  struct Grant {
    std::size_t user = 0;
    Audience audience = Audience::dataverse;
    Instant expires_at{};
    /// Asked for as F&O wants it (C1): in its own tenant, the resource without a slash at its end or upper case.
    bool is_exact = true;
  };
  /// Entra's two endpoints, and AD FS's.
  enum class Dialect : std::uint8_t { v1, v2, adfs };
  struct Problem {
    int status = 400;
    std::string error;
    int code = 0;  ///< AADSTS…
    std::string text;
  };
  static std::unexpected<Problem> problem(int status, std::string error, int code, std::string text) {
    return std::unexpected<Problem>(Problem{status, std::move(error), code, std::move(text)});
  }
  std::expected<http::Response, Problem> answer_to(const http::Request& request, const TextMap<std::string>& form,
                                                   Dialect dialect);
  [[nodiscard]] std::expected<void, Problem> check_secret(const User& user, const std::string& secret) const;
  [[nodiscard]] std::expected<void, Problem> check_certificate(const User& user, const std::string& assertion,
                                                               const std::string& type,
                                                               const http::Request& request) const;
  [[nodiscard]] std::optional<Audience> audience_of(std::string_view resource, Dialect dialect) const;
  http::Response grant(Grant given, const std::string& resource, Dialect dialect);
  [[nodiscard]] http::Response refused(const Problem& problem) const;
  [[nodiscard]] http::Response refused_by_adfs(const Problem& problem) const;

  const Clock* clock_;
  std::string tenant_;
  std::chrono::seconds lifetime_;
  int adfs_refusal_status_;
  std::vector<User> users_;
  std::uint16_t dataverse_port_;
  std::uint16_t finops_port_;
  TextMap<Grant> grants_;
};

}  // namespace dualwrite::sandbox
