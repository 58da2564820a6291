#pragma once
// What an application proves itself with to a token service instead of a secret (RFC 7523).
#include <cstdint>
#include <string>

#include "dualwrite/base/secret.hpp"

namespace dualwrite::http {

enum class AssertionAlgorithm : std::uint8_t {
  ps256,  ///< what Entra ID recommends; the certificate is named by its SHA-256
  rs256,  ///< older, and what AD FS knows; by its SHA-1
};

/// Both as PEM text.
struct ClientCertificate {
  std::string certificate;
  Secret private_key;
  AssertionAlgorithm algorithm = AssertionAlgorithm::ps256;
};

}  // namespace dualwrite::http
