#pragma once
// The verb `serve`: the daemon.
#include <string>

namespace dualwrite::app {

struct ServeOptions {
  std::string config_file;
  bool announce = false;  ///< one JSON line on stdout when ready: {"admin": URL, "ingest": URL}
};

/// Runs until SIGTERM or SIGINT. Returns the exit status.
int run_serve(const ServeOptions& options);

}  // namespace dualwrite::app
