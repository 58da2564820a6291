#pragma once
// The verb `serve`: the daemon.
#include <string>

#include "app/console.hpp"

namespace dualwrite::app {

struct ServeOptions {
  std::string config_file;
  bool announce = false;  ///< one JSON line on stdout when ready: {"admin": URL, "ingest": URL}
};

/// Runs until SIGTERM or SIGINT. Returns the exit status; why it cannot start is said on the console's err.
int run_serve(const Console& console, const ServeOptions& options);

}  // namespace dualwrite::app
