#pragma once
// The token service: client credentials for opaque tokens that are bound to one client and one of the two services.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  };
  [[nodiscard]] std::optional<Audience> audience_of(std::string_view resource) const;
  http::Response grant(std::size_t user, Audience audience, const std::string& resource, bool v1);
  [[nodiscard]] http::Response refused(int status, const std::string& error, int code, const std::string& text) const;

  const Clock* clock_;
  std::string tenant_;
  std::chrono::seconds lifetime_;
  std::vector<User> users_;
  std::uint16_t dataverse_port_;
  std::uint16_t finops_port_;
  TextMap<Grant> grants_;
};

}  // namespace dualwrite::sandbox
