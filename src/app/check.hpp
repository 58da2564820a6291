#pragma once
// The verb `check`: what is wrong with the configuration, the maps and the services, before anything is started.
#include <string>

#include "app/console.hpp"

namespace dualwrite::app {

struct CheckOptions {
  std::string config_file;
  bool json = false;
};

/// Reads only, here and there; makes no state file. Returns the exit status.
int run_check(const Console& console, const CheckOptions& options);

}  // namespace dualwrite::app
