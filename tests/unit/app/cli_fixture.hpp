#pragma once
// The command line against a real server with a filled fake Control.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "app/cli.hpp"
#include "app/exit_status.hpp"
#include "support/api_server.hpp"

namespace dualwrite::test {

struct CliResult {
  int status = 0;
  std::string out;
  std::string err;
};

/// Runs a command line as it is, at 2026-01-02T03:04:05Z.
inline CliResult run_line(const std::vector<std::string>& arguments, bool terminal = false) {
  std::ostringstream out;
  std::ostringstream err;
  app::Console console(out, err, terminal, [] { return at("2026-01-02T03:04:05Z"); });
  console.poll_interval = std::chrono::milliseconds(0);
  CliResult result;
  result.status = app::run_cli(arguments, console);
  result.out = out.str();
  result.err = err.str();
  return result;
}

class CliTest : public testing::Test {
 protected:
  CliTest() { fill(control); }

  /// A client verb against the server.
  CliResult run(std::vector<std::string> arguments, bool terminal = false) {
    arguments.insert(arguments.end(), {"--url", server.url()});
    return run_line(arguments, terminal);
  }

  FakeControl control;
  ApiServer server{control};
};

}  // namespace dualwrite::test
