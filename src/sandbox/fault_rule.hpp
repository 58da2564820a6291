#pragma once
// Fault rules as JSON.
#include <expected>
#include <string>
#include <string_view>

#include "sandbox/faults.hpp"

namespace dualwrite::sandbox {

/// The longest that a rule or a restart may wait.
inline constexpr std::int64_t delay_ms_max = 600'000;

/// A whole rule, or what is wrong with the text: the member, and the nearest word that would do.
std::expected<FaultRule, std::string> parse_fault_rule(std::string_view body);

/// {"rules":[…]}
std::string fault_rules_json(const Faults& faults);

/// {"downMs": N}, or nothing at all for the default.
std::expected<std::chrono::milliseconds, std::string> parse_restart(std::string_view body);

struct ClockChange {
  Side side = Side::dataverse;
  bool is_step = false;  ///< `by` is added to what there is
  std::chrono::milliseconds by{0};
};
/// {"side": …, "offsetMs": N} or {"side": …, "stepMs": N}.
std::expected<ClockChange, std::string> parse_clock_change(std::string_view body);

}  // namespace dualwrite::sandbox
