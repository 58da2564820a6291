#include "dualwrite/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace dualwrite {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

void append_number(std::string& out, long value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

// Reads a text from left to right; each step fails for good once one has failed.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  unsigned number(std::size_t width) {
    unsigned value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const char c = next();
      if (c < '0' || c > '9') ok_ = false;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
  }

  char next() {
    if (rest_.empty()) {
      ok_ = false;
      return '0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  void expect(std::string_view text) {
    if (!rest_.starts_with(text)) {
      ok_ = false;
      return;
    }
    rest_.remove_prefix(text.size());
  }

  template <std::size_t N>
  std::size_t one_of(const std::array<std::string_view, N>& words) {
    for (std::size_t i = 0; i < N; ++i) {
      if (!rest_.starts_with(words[i])) continue;
      rest_.remove_prefix(words[i].size());
      return i;
    }
    ok_ = false;
    return 0;
  }

  // ".123456": cut to milliseconds. Nothing there is 0.
  milliseconds fraction() {
    if (!rest_.starts_with('.')) return milliseconds{0};
    rest_.remove_prefix(1);
    int value = 0;
    std::size_t count = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (count < 3) value = value * 10 + (rest_.front() - '0');
      ++count;
      rest_.remove_prefix(1);
    }
    if (count == 0) ok_ = false;
    for (; count < 3; ++count) value *= 10;
    return milliseconds{value};
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<Instant> make_instant(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                                    unsigned second) {
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)}, std::chrono::month{month},
                                         std::chrono::day{day}};
  // Second 60 is a leap second: it counts as the first of the next minute.
  if (!date.ok() || year < 1 || year > 9999 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Instant{std::chrono::sys_days{date}} + hours{hour} + minutes{minute} + seconds{second};
}

}  // namespace

std::string format_instant(Instant at) {
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  std::string out;
  out.reserve(24);
  append_number(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_number(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_number(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_number(out, time.hours().count(), 2);
  out += ':';
  append_number(out, time.minutes().count(), 2);
  out += ':';
  append_number(out, time.seconds().count(), 2);
  if (time.subseconds().count() != 0) {
    out += '.';
    append_number(out, time.subseconds().count(), 3);
  }
  out += 'Z';
  return out;
}

std::optional<Instant> parse_instant(std::string_view text) {
  Reader reader(text);
  const unsigned year = reader.number(4);
  reader.expect("-");
  const unsigned month = reader.number(2);
  reader.expect("-");
  const unsigned day = reader.number(2);
  if (const char c = reader.next(); c != 'T' && c != 't') return std::nullopt;
  const unsigned hour = reader.number(2);
  reader.expect(":");
  const unsigned minute = reader.number(2);
  reader.expect(":");
  const unsigned second = reader.number(2);
  const milliseconds fraction = reader.fraction();
  const char sign = reader.next();
  minutes offset{0};
  if (sign == '+' || sign == '-') {
    const unsigned offset_hours = reader.number(2);
    reader.expect(":");
    const unsigned offset_minutes = reader.number(2);
    if (offset_hours > 23 || offset_minutes > 59) return std::nullopt;
    offset = hours{offset_hours} + minutes{offset_minutes};
    if (sign == '-') offset = -offset;
  } else if (sign != 'Z' && sign != 'z') {
    return std::nullopt;
  }
  if (!reader.done()) return std::nullopt;
  const auto local = make_instant(year, month, day, hour, minute, second);
  if (!local) return std::nullopt;
  const Instant at = *local + fraction - offset;
  // An offset can lead out of the years that can be written again.
  static const Instant first = *make_instant(1, 1, 1, 0, 0, 0);
  static const Instant last = *make_instant(9999, 12, 31, 23, 59, 59) + milliseconds{999};
  if (at < first || at > last) return std::nullopt;
  return at;
}

std::optional<Instant> parse_http_date(std::string_view text) {
  Reader reader(text);
  // The name of the day is read but not checked against the date: a wrong one is no reason to lose the date.
  reader.one_of(day_names);
  reader.expect(", ");
  const unsigned day = reader.number(2);
  reader.expect(" ");
  const auto month = static_cast<unsigned>(reader.one_of(month_names)) + 1;
  reader.expect(" ");
  const unsigned year = reader.number(4);
  reader.expect(" ");
  const unsigned hour = reader.number(2);
  reader.expect(":");
  const unsigned minute = reader.number(2);
  reader.expect(":");
  const unsigned second = reader.number(2);
  reader.expect(" GMT");
  if (!reader.done()) return std::nullopt;
  return make_instant(year, month, day, hour, minute, second);
}

std::string format_http_date(Instant at) {
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  std::string out{day_names[std::chrono::weekday{day}.c_encoding()]};
  out += ", ";
  append_number(out, static_cast<unsigned>(date.day()), 2);
  out += ' ';
  out += month_names[static_cast<unsigned>(date.month()) - 1];
  out += ' ';
  append_number(out, static_cast<int>(date.year()), 4);
  out += ' ';
  append_number(out, time.hours().count(), 2);
  out += ':';
  append_number(out, time.minutes().count(), 2);
  out += ':';
  append_number(out, time.seconds().count(), 2);
  out += " GMT";
  return out;
}

}  // namespace dualwrite
