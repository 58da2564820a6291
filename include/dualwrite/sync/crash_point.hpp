#pragma once
// The moments at which the end of the process is hardest to survive, named so that tests can end it at each of them.
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace dualwrite::sync {

enum class CrashPoint : std::uint8_t {
  marked,      ///< marks are durable, and memory does not know of them yet
  decided,     ///< the plan is durable, nothing was sent
  sent,        ///< a write is on its way to the service
  effect,      ///< the writes have taken effect, their replies were not looked at
  settling,    ///< everything is ready to be settled, nothing of it durable
  checkpoint,  ///< a page was read; neither its marks nor its checkpoint are durable
};

inline constexpr std::array<CrashPoint, 6> crash_points = {CrashPoint::marked,   CrashPoint::decided,
                                                           CrashPoint::sent,     CrashPoint::effect,
                                                           CrashPoint::settling, CrashPoint::checkpoint};

std::string_view to_string(CrashPoint point) noexcept;
std::optional<CrashPoint> parse_crash_point(std::string_view name) noexcept;

/// Called whenever the engine passes a point, on its executor. Empty in production.
using Passing = std::function<void(CrashPoint)>;

}  // namespace dualwrite::sync
