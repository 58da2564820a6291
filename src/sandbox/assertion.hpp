#pragma once
// Client assertions: the JWT with which an application proves that it has a certificate's key (A2).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/time.hpp"

namespace dualwrite::sandbox {

enum class AssertionFault : std::uint8_t { none, malformed, subject, key, signature, audience, time };

/// What is wrong with the assertion of that client, if anything. RS256 and PS256, the certificate named by x5t (SHA-1)
/// or x5t#S256. `audience` is the token URL that was asked.
AssertionFault check_assertion(std::string_view assertion, const std::string& certificate_pem,
                               std::string_view client_id, std::string_view audience, Instant now);

/// The client that the assertion names, before anything is checked. Empty if it cannot be read.
std::string client_of_assertion(std::string_view assertion);

}  // namespace dualwrite::sandbox
