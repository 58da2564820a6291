// Wall clocks of time zones. The rules come with ICU, in UTC where no zone is named.
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include <memory>
#include <stdexcept>

#include "dualwrite/base/time.hpp"
#include "maps/transform/steps.hpp"

namespace dualwrite::maps {
namespace {

struct CloseCalendar {
  void operator()(UCalendar* calendar) const noexcept { ucal_close(calendar); }
};
using Calendar = std::unique_ptr<UCalendar, CloseCalendar>;

std::u16string widen(const std::string& ascii) {
  return {ascii.begin(), ascii.end()};
}

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU's calendar: ") + u_errorName(status));
}

Calendar open_calendar(const std::string& zone) {
  UErrorCode status = U_ZERO_ERROR;
  const std::u16string name = widen(zone);
  Calendar calendar(ucal_open(name.data(), static_cast<int32_t>(name.size()), "en", UCAL_GREGORIAN, &status));
  check(status);
  // A time that comes twice is the earlier one; one that is skipped is moved on, which to_instant() notices.
  ucal_setAttribute(calendar.get(), UCAL_REPEATED_WALL_TIME, UCAL_WALLTIME_FIRST);
  ucal_setAttribute(calendar.get(), UCAL_SKIPPED_WALL_TIME, UCAL_WALLTIME_LAST);
  return calendar;
}

/// Milliseconds by which the zone's wall clock is ahead of UTC at that instant.
std::chrono::milliseconds offset_at(UCalendar* calendar, Instant at) {
  UErrorCode status = U_ZERO_ERROR;
  ucal_setMillis(calendar, static_cast<UDate>(at.time_since_epoch().count()), &status);
  const std::int32_t offset =
      ucal_get(calendar, UCAL_ZONE_OFFSET, &status) + ucal_get(calendar, UCAL_DST_OFFSET, &status);
  check(status);
  return std::chrono::milliseconds(offset);
}

/// The instant at which that wall clock shows `wall`; nothing if it never does.
std::optional<Instant> to_instant(UCalendar* calendar, Instant wall) {
  // Offsets are less than a day, so one of these two instants bears the offset that holds at `wall`; the larger offset
  // gives the earlier instant.
  const auto before = offset_at(calendar, wall - std::chrono::hours(24));
  const auto after = offset_at(calendar, wall + std::chrono::hours(24));
  std::optional<Instant> found;
  for (const auto offset : {before, after}) {
    const Instant candidate = wall - offset;
    if (offset_at(calendar, candidate) == offset && (!found || candidate < *found)) found = candidate;
  }
  return found;
}

Result<Value> convert(const Value& value, const std::string& from, const std::string& to) {
  if (value.is_null() || value.is_absent()) return value;
  const auto wall = value.kind() == Value::Kind::string ? parse_instant(value.text()) : std::nullopt;
  if (!wall) return fail(Errc::invalid, "time-zone: " + to_string(value) + " is no date-time");
  const Calendar source = open_calendar(from);
  const auto instant = to_instant(source.get(), *wall);
  if (!instant) {
    return fail(Errc::invalid, "time-zone: " + value.text() + " does not exist in " + from + ": the clock skips it");
  }
  const Calendar target = open_calendar(to);
  return Value::string(format_instant(*instant + offset_at(target.get(), *instant)));
}

}  // namespace

bool is_time_zone(const std::string& zone) {
  for (const char c : zone) {
    if (static_cast<unsigned char>(c) >= 0x80U) return false;
  }
  UErrorCode status = U_ZERO_ERROR;
  const std::u16string name = widen(zone);
  char16_t canonical[128];
  UBool is_system = 0;
  ucal_getCanonicalTimeZoneID(name.data(), static_cast<int32_t>(name.size()), canonical, 128, &is_system, &status);
  return U_SUCCESS(status) && is_system != 0;
}

Step time_zone_step(std::string from, std::string to) {
  Step made;
  made.op = "time-zone";
  made.apply = [from, to](const Value& value) { return convert(value, from, to); };
  made.invert = [from, to](const Value& value) { return convert(value, to, from); };
  return made;
}

}  // namespace dualwrite::maps
