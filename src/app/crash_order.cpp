#include "app/crash_order.hpp"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>

namespace dualwrite::app {

Result<CrashOrder> parse_crash_order(const std::string& text) {
  const std::size_t colon = text.find(':');
  const auto point = sync::parse_crash_point(text.substr(0, colon));
  CrashOrder order;
  bool fine = point.has_value();
  if (fine) order.point = *point;
  if (fine && colon != std::string::npos) {
    const char* const begin = text.data() + colon + 1;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(begin, end, order.passes);
    fine = read.ec == std::errc{} && read.ptr == end && order.passes > 0;
  }
  if (fine) return order;
  std::string known;
  for (const sync::CrashPoint each : sync::crash_points)
    known += (known.empty() ? "" : ", ") + std::string(to_string(each));
  return fail(Errc::invalid, std::string(crash_variable) + "=" + text + " is not POINT:PASSES",
              "unset it: it is for tests only. The points are " + known);
}

Result<std::optional<CrashOrder>> crash_order_of_environment() {
  const char* const text = std::getenv(crash_variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  auto order = parse_crash_order(text);
  if (!order) return std::unexpected(std::move(order).error());
  return *order;
}

sync::Passing carry_out(CrashOrder order) {
  const auto left = std::make_shared<std::uint32_t>(order.passes);
  return [order, left](sync::CrashPoint point) {
    if (point == order.point && --*left == 0) std::raise(SIGKILL);
  };
}

namespace {

bool writes_rows(const http::Request& request) {
  if (request.method == "GET") return false;
  if (!request.target.ends_with("$batch")) return true;
  for (const char* method : {"\nPATCH ", "\nPOST ", "\nDELETE "}) {
    if (request.body.find(method) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::function<void(const http::Request&)> writes_sent(sync::Passing passing) {
  if (!passing) return {};
  return [passing = std::move(passing)](const http::Request& request) {
    if (writes_rows(request)) passing(sync::CrashPoint::sent);
  };
}

}  // namespace dualwrite::app
