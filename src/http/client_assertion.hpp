#pragma once
// The signed statement by which an application proves itself to a token service instead of by a secret (RFC 7523, in
// the form that Entra ID and AD FS take).
#include <chrono>
#include <memory>
#include <string>

#include "dualwrite/base/error.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/http/token_source.hpp"

namespace dualwrite::http {

class AssertionSigner {
 public:
  /// Throws std::invalid_argument if certificate and key cannot be read, do not belong together, or are not RSA.
  explicit AssertionSigner(const ClientCertificate& certificate);
  ~AssertionSigner();
  AssertionSigner(AssertionSigner&&) noexcept;
  AssertionSigner& operator=(AssertionSigner&&) noexcept;

  /// Good for ten minutes from `now`, for one token request.
  [[nodiscard]] Result<std::string> sign(const std::string& audience, const std::string& client_id, Instant now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Base64 without line ends: for URLs and without padding, or as RFC 7617 wants it.
std::string base64url(std::string_view bytes);
std::string base64(std::string_view bytes);

}  // namespace dualwrite::http
