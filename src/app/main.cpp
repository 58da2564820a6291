#include <unistd.h>

#include <exception>
#include <iostream>

#include "app/cli.hpp"
#include "app/exit_status.hpp"
#include "dualwrite/async/clock.hpp"

int main(int argc, char** argv) {
  using namespace dualwrite;
  const SystemClock clock;
  const app::Console console(std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1, [&clock] { return clock.now(); });
  try {
    return app::run_cli(std::vector<std::string>(argv + 1, argv + argc), console);
  } catch (const std::exception& error) {
    app::complain(console, error.what(), "");
    return app::exit_findings;
  }
}
