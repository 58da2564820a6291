#pragma once
// Where a verb writes, and what it may know of its surroundings.
#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include "dualwrite/base/time.hpp"

namespace dualwrite::app {

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool is_terminal = false;  ///< err is a terminal: progress may be drawn there
  std::function<Instant()> now;
  std::chrono::milliseconds poll_interval{1000};  ///< between two looks at an initial sync

  Console(std::ostream& o, std::ostream& e, bool terminal, std::function<Instant()> n)
      : out(o), err(e), is_terminal(terminal), now(std::move(n)) {}
};

/// "error: …" and "hint: …" on the console's err. The hint may be empty.
void complain(const Console& console, std::string_view message, std::string_view hint);

}  // namespace dualwrite::app
