#pragma once
// The spans of time that query functions name: Today, LastXDays, OnOrAfter. In UTC, weeks from Sunday.
#include <optional>
#include <string_view>

#include "dualwrite/base/time.hpp"

namespace dualwrite::sandbox::dataverse {

struct Period {
  std::optional<Instant> from;
  std::optional<Instant> until;
  bool includes_until = false;
};

/// Nothing if there is no such function or the value is none of its kind (a date, a number of at most 9 digits).
std::optional<Period> period_of(std::string_view function, std::string_view value, Instant now);

}  // namespace dualwrite::sandbox::dataverse
