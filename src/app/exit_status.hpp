#pragma once
// What the process returns. docs/CLI.md promises these numbers.

namespace dualwrite::app {

inline constexpr int exit_fine = 0;
inline constexpr int exit_findings = 1;     ///< it worked, and something needs a person
inline constexpr int exit_usage = 2;        ///< the command line, the configuration or the key is wrong
inline constexpr int exit_unreachable = 3;  ///< nobody answered, or not as a daemon does

}  // namespace dualwrite::app
