#pragma once
// The verb `sandbox`: the two emulated services and the token service.
#include <cstdint>
#include <string>
#include <vector>

#include "app/console.hpp"

namespace dualwrite::app {

struct SandboxOptions {
  std::uint16_t dataverse_port = 8701;  ///< 0: any free one
  std::uint16_t finops_port = 8702;
  std::uint16_t token_port = 8703;
  bool control = false;            ///< serve /_sandbox/ too
  std::string data_file;           ///< loaded at the start if it is there, saved at the end; empty: nothing is kept
  std::string dataverse_metadata;  ///< a file of CSDL; empty: the built-in tables
  std::string finops_metadata;
  std::string client_certificate;     ///< PEM file: its key may sign assertions of the client "dualwrite"; empty: none
  std::int64_t time_scale = 1;        ///< how many times faster its clock runs
  std::string snapshot_dir;           ///< where snapshots are kept; empty: in memory
  std::vector<std::string> switches;  ///< NAME=VALUE each
  bool list_switches = false;         ///< show them and end
};

/// Prints one JSON line with the three URLs to stdout when it answers; runs until SIGTERM or SIGINT. Returns the exit
/// status.
int run_sandbox(const Console& console, const SandboxOptions& options);

}  // namespace dualwrite::app
