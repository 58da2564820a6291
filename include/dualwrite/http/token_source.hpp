#pragma once
// What a request proves itself with: bearer tokens by OAuth 2.0 client credentials (RFC 6749, 4.4), as Entra ID and
// AD FS serve them, by a secret or by a certificate (RFC 7523); a fixed token; a name and password (RFC 7617).
#include <memory>
#include <optional>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/http/client_certificate.hpp"
#include "dualwrite/http/transport.hpp"

namespace dualwrite::http {

class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// A token that is valid for a while yet. Concurrent callers share one request. Fails with Errc::unauthorized when
  /// the token service refused us (its error code and description are in the message, never the secret).
  virtual Task<Result<std::string>> token() = 0;
  /// The service answered 401 with this token: drop it, if it is still the one that is cached.
  virtual void refused(const std::string& token) = 0;
  /// What the header Authorization says with that token; empty: there is no such header.
  [[nodiscard]] virtual std::string authorization(const std::string& token) const { return "Bearer " + token; }
};

struct ClientCredentials {
  std::string token_url;  ///< e.g. https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token
  std::string client_id;
  Secret client_secret;
  std::optional<ClientCertificate> certificate;  ///< instead of the secret
  std::string scope;     ///< v2: https://org.crm.dynamics.com/.default; empty where `resource` is used
  std::string resource;  ///< v1 and AD FS
};

/// The same token with every request; nobody renews it.
std::unique_ptr<TokenSource> make_fixed_bearer(const Secret& token);
/// HTTP Basic.
std::unique_ptr<TokenSource> make_basic(const std::string& user, const Secret& password);
/// For services that ask for nothing.
std::unique_ptr<TokenSource> make_no_token();

/// Throws std::invalid_argument where the token URL or the certificate cannot be used.
/// Renews five minutes (or half the lifetime, if that is less) before expiry. `clock` must outlive it.
std::unique_ptr<TokenSource> make_token_source(Executor executor, Clock& clock, ClientCredentials credentials,
                                               std::unique_ptr<Transport> transport);

}  // namespace dualwrite::http
