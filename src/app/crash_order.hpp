#pragma once
// How a test tells the daemon where to die: DUALWRITE_CRASH_AT=decided:3 ends the process, as SIGKILL does, when it
// passes that point of sync/crash_point.hpp for the third time.
#include <cstdint>
#include <optional>
#include <string>

#include "dualwrite/base/error.hpp"
#include "dualwrite/http/message.hpp"
#include "dualwrite/sync/crash_point.hpp"

namespace dualwrite::app {

inline constexpr const char* crash_variable = "DUALWRITE_CRASH_AT";

struct CrashOrder {
  sync::CrashPoint point = sync::CrashPoint::marked;
  std::uint32_t passes = 1;  ///< the last of these ends the process
};

/// Reads "POINT:PASSES" or "POINT". Errc::invalid names the points there are.
Result<CrashOrder> parse_crash_order(const std::string& text);

/// What the environment orders; nothing if the variable is not set or empty.
Result<std::optional<CrashOrder>> crash_order_of_environment();

/// Carries the order out.
sync::Passing carry_out(CrashOrder order);

/// Hears of requests that were sent, and passes the point `sent` for those that write rows. Empty if `passing` is.
std::function<void(const http::Request&)> writes_sent(sync::Passing passing);

}  // namespace dualwrite::app
