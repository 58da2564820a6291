#pragma once
#include <string>

namespace dualwrite::app {

/// The version of this build, e.g. "0.1.0".
std::string version_text();

}  // namespace dualwrite::app
