#pragma once
// How far an initial sync is, in one line. Pure.
#include <chrono>
#include <cstdint>
#include <string>

namespace dualwrite::app {

struct SyncProgress {
  std::int64_t read = 0;     ///< rows read on both sides
  bool read_to_end = false;  ///< both sides: from now on the total is known
  std::int64_t settled = 0;
  std::int64_t pending = 0;  ///< records that still wait
  std::int64_t failed = 0;
};

/// "[#####.....] 50 %, 12,000 of 24,000 records, 1,850/s, 0:06 left"; without a bar while the total is not known. The
/// rate is that since `settled_before`, `elapsed` ago; none when no time has gone by.
std::string progress_line(const SyncProgress& now, std::int64_t settled_before, std::chrono::milliseconds elapsed);

}  // namespace dualwrite::app
