#pragma once
// A secret stands in the configuration only by reference.
#include <string>

#include "dualwrite/base/secret.hpp"
#include "dualwrite/maps/object_reader.hpp"

namespace dualwrite::config {

/// Reads {"env": NAME}, {"file": PATH} or {"credential": NAME} and gets the secret from there. A relative PATH is taken
/// from `directory`; a credential is a file in $CREDENTIALS_DIRECTORY, as systemd provides it. One line end at the end
/// of a file is cut. Empty after a mistake; no message holds the secret.
Secret read_secret(const maps::JsonNode& node, const std::string& path, const std::string& directory,
                   maps::MistakeList& mistakes);

}  // namespace dualwrite::config
