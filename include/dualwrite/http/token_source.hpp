#pragma once
// Bearer tokens by OAuth 2.0 client credentials (RFC 6749, 4.4), as Entra ID and AD FS serve them.
#include <memory>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/secret.hpp"
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
};

struct ClientCredentials {
  std::string token_url;  ///< e.g. https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token
  std::string client_id;
  Secret client_secret;
  std::string scope;     ///< v2: https://org.crm.dynamics.com/.default; empty where `resource` is used
  std::string resource;  ///< v1 and AD FS
};

/// Renews five minutes (or half the lifetime, if that is less) before expiry. `clock` must outlive it.
std::unique_ptr<TokenSource> make_token_source(Executor executor, Clock& clock, ClientCredentials credentials,
                                               std::unique_ptr<Transport> transport);

}  // namespace dualwrite::http
