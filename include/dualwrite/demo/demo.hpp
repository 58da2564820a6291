#pragma once
// `dualwrite demo`: sandbox, daemon and sample data in one command, with a checker that trusts none of the daemon's
// own code. It proves that the main job works, or says which edit was lost.
#include <cstdint>
#include <string>

namespace dualwrite::demo {

struct DemoOptions {
  bool once = false;       ///< end after the run instead of staying up until SIGINT
  bool json = false;       ///< the last line of stdout is one JSON object; everything for people goes to stderr
  std::string data_dir;    ///< customers.csv, vendors.csv, currencies.csv; empty: small built-in data
  std::uint64_t seed = 1;  ///< of the built-in data and of the edits
  std::string binary;      ///< the dualwrite executable that serves as sandbox and daemon; empty: this very one
  std::string config_dir;  ///< the directory that holds maps/; empty: looked for near the executable, then installed
  std::string log_level = "info";  ///< of the daemon
  bool delta_only = false;         ///< register no webhooks and no posted changes: scans and deltas alone must do
};

/// Runs the demo to its end and returns the exit status: 0 only if both sides agree, every acknowledged edit is
/// accounted for, a conflict happened, a dead letter was replayed and none is left open; 1 for findings; 2 for options
/// that cannot work; 3 when a child could not be started or reached. Starts two child processes and always ends them.
/// Handles SIGINT and SIGTERM while it runs. Call from the main thread.
int run_demo(const DemoOptions& options);

}  // namespace dualwrite::demo
