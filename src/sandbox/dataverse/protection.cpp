#include "sandbox/dataverse/protection.hpp"

#include <algorithm>

#include "sandbox/guid.hpp"
#include "sandbox/reply.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

using std::chrono::milliseconds;
// How finely the window slides.
constexpr int pieces_max = 300;
constexpr std::string_view requests_code = "0x80072322";
constexpr std::string_view time_code = "0x80072321";
constexpr std::string_view concurrent_code = "0x80072326";
constexpr std::string_view affinity = "ARRAffinity=";

/// 1200000 as "1,200,000".
std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

/// Milliseconds as seconds with two decimals: "1,199.93".
std::string seconds_text(milliseconds time) {
  const std::int64_t hundredths = std::max<std::int64_t>(time.count(), 0) / 10;
  const std::string fraction = std::to_string(hundredths % 100);
  return with_commas(hundredths / 100) + "." + (fraction.size() < 2 ? "0" : "") + fraction;
}

std::string server_name(std::size_t server) {
  std::string name = guid_text(seed_guid("server/" + std::to_string(server)));
  std::erase(name, '-');
  return name;
}

}  // namespace

Protection::Ticket::Ticket(Protection& protection, Window& window, std::size_t server)
    : protection_(protection), window_(window), server_(server), began_(protection.clock_.elapsed()) {
  ++window_.concurrent;
}

Protection::Ticket::~Ticket() {
  --window_.concurrent;
  protection_.add(window_, 0, time());
}

milliseconds Protection::Ticket::time() const {
  return protection_.clock_.elapsed() - began_ + protection_.switches_.operation_time * operations_;
}

void Protection::Ticket::mark(http::Response& response) const {
  const DataverseSwitches& switches = protection_.switches_;
  const std::int64_t left = std::max<std::int64_t>(switches.protection_requests - window_.requests, 0);
  response.headers.add("x-ms-ratelimit-burst-remaining-xrm-requests", std::to_string(left));
  response.headers.add("x-ms-ratelimit-time-remaining-xrm-requests",
                       seconds_text(milliseconds(switches.protection_time) - window_.time - time()));
  response.headers.add("x-ms-dop-hint", std::to_string(switches.dop_hint));
  if (switches.web_servers > 1) {
    response.headers.add("Set-Cookie", std::string(affinity) + server_name(server_) + "; Path=/; HttpOnly; Secure");
  }
}

std::optional<http::Response> Protection::admit(const std::string& user_id, const http::Request& request,
                                                std::optional<Ticket>& into) {
  if (!switches_.service_protection) return std::nullopt;
  const std::size_t server = server_of(request);
  Window& window = windows_[{user_id, server}];
  slide(window);
  if (clock_.elapsed() < window.blocked_until) {
    // Who goes on sending waits longer.
    window.blocked_until = std::min(window.blocked_until + std::chrono::seconds(1),
                                    clock_.elapsed() + milliseconds(switches_.protection_window));
    return too_many(window.block_code, window.blocked_until - clock_.elapsed());
  }
  if (window.requests >= switches_.protection_requests) return refuse_for(window, std::string(requests_code));
  if (window.time >= switches_.protection_time) return refuse_for(window, std::string(time_code));
  if (window.concurrent >= switches_.protection_concurrent) {
    return too_many(std::string(concurrent_code), std::chrono::seconds(1));
  }
  add(window, 1, milliseconds(0));
  into.emplace(*this, window, server);
  return std::nullopt;
}

void Protection::slide(Window& window) const {
  const milliseconds gone = clock_.elapsed() - milliseconds(switches_.protection_window);
  while (!window.pieces.empty() && window.pieces.front().since <= gone) {
    window.requests -= window.pieces.front().requests;
    window.time -= window.pieces.front().time;
    window.pieces.pop_front();
  }
}

void Protection::add(Window& window, std::int64_t requests, milliseconds time) const {
  const milliseconds width = std::max(milliseconds(switches_.protection_window) / pieces_max, milliseconds(1));
  const milliseconds now = clock_.elapsed();
  if (window.pieces.empty() || now - window.pieces.back().since >= width) {
    window.pieces.emplace_back();
    window.pieces.back().since = now;
  }
  window.pieces.back().requests += requests;
  window.pieces.back().time += time;
  window.requests += requests;
  window.time += time;
}

milliseconds Protection::until_free(const Window& window, bool by_time) const {
  std::int64_t requests = window.requests;
  milliseconds time = window.time;
  for (const Window::Piece& piece : window.pieces) {
    requests -= piece.requests;
    time -= piece.time;
    const bool is_free = by_time ? time < switches_.protection_time : requests < switches_.protection_requests;
    if (is_free) return piece.since + milliseconds(switches_.protection_window) - clock_.elapsed();
  }
  return milliseconds(switches_.protection_window);
}

http::Response Protection::refuse_for(Window& window, const std::string& code) const {
  const milliseconds wait = until_free(window, code == time_code);
  window.blocked_until = clock_.elapsed() + wait;
  window.block_code = code;
  return too_many(code, wait);
}

http::Response Protection::too_many(const std::string& code, milliseconds wait) const {
  const std::string window = std::to_string(switches_.protection_window.count());
  std::string message;
  if (code == requests_code) {
    message = "Number of requests exceeded the limit of " + std::to_string(switches_.protection_requests) +
              " over time window of " + window + " seconds.";
  } else if (code == time_code) {
    message = "Combined execution time of incoming requests exceeded limit of " +
              with_commas(milliseconds(switches_.protection_time).count()) + " milliseconds over time window of " +
              window +
              " seconds. Decrease number of concurrent requests or reduce the duration of requests and try again "
              "later.";
  } else {
    message =
        "Number of concurrent requests exceeded the limit of " + std::to_string(switches_.protection_concurrent) + ".";
  }
  http::Response response = dataverse_error(Refusal(429, code, message));
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  response.headers.add("Retry-After", std::to_string(std::max<std::int64_t>(seconds.count(), 1)));
  return response;
}

std::size_t Protection::server_of(const http::Request& request) {
  const auto servers = static_cast<std::size_t>(switches_.web_servers);
  if (servers <= 1) return 0;
  const std::string_view cookie = request.headers.get("Cookie");
  const std::size_t at = cookie.find(affinity);
  if (at != std::string_view::npos) {
    for (std::size_t server = 0; server < servers; ++server) {
      if (cookie.substr(at + affinity.size()).starts_with(server_name(server))) return server;
    }
  }
  return next_server_++ % servers;
}

}  // namespace dualwrite::sandbox::dataverse
