#pragma once
// The command line: verbs, their options, and what they print.
#include <string>
#include <vector>

#include "app/console.hpp"

namespace dualwrite::app {

/// Runs one command line, without the program's name. Returns the exit status.
int run_cli(const std::vector<std::string>& arguments, const Console& console);

/// The help text of each verb by its full name, "maps list"; of the whole program by "".
std::vector<std::pair<std::string, std::string>> all_help();

}  // namespace dualwrite::app
