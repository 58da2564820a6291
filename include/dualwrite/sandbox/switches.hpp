#pragma once
// The sandbox's switches by name: what real services leave open or do in more than one way, as `NAME=VALUE`.
// docs/SANDBOX.md holds the same table; a test compares them.
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/sandbox/sandbox.hpp"

namespace dualwrite::sandbox {

struct SwitchInfo {
  std::string name;           ///< "finops.stale-etag-status"
  std::string default_value;  ///< as it would be written
  std::string values;         ///< which there are: "true, false", "400 to 599"
  std::string facts;          ///< where the behaviour is discussed: the section of the facts, or "own"
  std::string meaning;
};

/// In the order in which people should read them.
std::vector<SwitchInfo> list_switches();

/// Applies one "NAME=VALUE". Errc::invalid names what is wrong, and as a hint the names or values that would do.
Result<void> set_switch(SandboxSettings& settings, std::string_view assignment);

}  // namespace dualwrite::sandbox
