#pragma once
// The applications that get tokens where SandboxSettings::clients names none, and certificates for them.
#include <string>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/sandbox/sandbox.hpp"

namespace dualwrite::sandbox {

/// "dualwrite" with the secret "sandbox-secret", and "editor" with "editor-secret".
std::vector<Client> default_clients();

/// The PEM text of that file, for Client::certificate. Errc::storage if it cannot be read; Errc::invalid if it holds no
/// certificate with an RSA key, which is what RS256 and PS256 need.
Result<std::string> read_client_certificate(const std::string& path);

}  // namespace dualwrite::sandbox
