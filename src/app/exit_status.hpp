#pragma once
// What the process returns. docs/CLI.md promises these numbers.

namespace dualwrite::app {

inline constexpr int exit_fine = 0;
inline constexpr int exit_findings = 1;      ///< it worked, and something needs a person
inline constexpr int exit_usage = 2;         ///< the command line, the configuration or the key is wrong
inline constexpr int exit_unreachable = 3;   ///< nobody answered, or not as a daemon or service does
inline constexpr int exit_cannot_start = 4;  ///< what it needs of this machine is missing: state file, disk, ports

}  // namespace dualwrite::app
