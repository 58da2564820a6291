#include "admin/access.hpp"

#include <array>

#include "admin/problem.hpp"
#include "dualwrite/base/text.hpp"

namespace dualwrite::admin {
namespace {

/// "localhost:8700" -> "localhost", "[::1]:8700" -> "[::1]".
std::string_view without_port(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_loopback(std::string_view host) noexcept {
  constexpr std::array<std::string_view, 3> names{"localhost", "127.0.0.1", "[::1]"};
  for (const std::string_view name : names) {
    if (equal_ignoring_case(host, name)) return true;
  }
  return false;
}

std::string_view given_key(const http::Request& request) noexcept {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view authorization = request.headers.get("Authorization");
  if (authorization.size() > scheme.size() && equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
    return authorization.substr(scheme.size());
  }
  return request.headers.get("x-dualwrite-key");
}

/// A browser names the page's origin on every request that could change something. Ours is the host that was asked.
bool is_foreign_origin(const http::Request& request) noexcept {
  std::string_view origin = request.headers.get("Origin");
  if (origin.empty()) return false;
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return true;
  origin.remove_prefix(scheme_end + 3);
  return !equal_ignoring_case(origin, request.headers.get("Host"));
}

}  // namespace

std::optional<http::Response> refuse_access(const http::Request& request, const Secret& key) {
  if (is_foreign_origin(request)) {
    return problem(403, "foreign_origin", "the request was sent by a web page from elsewhere",
                   "use the command line, or a page that this daemon serves");
  }
  if (key.empty()) {
    const std::string_view host = request.headers.get("Host");
    if (host.empty() || is_loopback(without_port(host))) return std::nullopt;
    return problem(403, "foreign_host", "without a key the daemon answers only to localhost, 127.0.0.1 and [::1]",
                   "set admin.key in the configuration and send the key with each request");
  }
  const std::string_view given = given_key(request);
  if (!given.empty() && same_secret(std::string(given), key.reveal())) return std::nullopt;
  http::Response refusal =
      problem(401, "unauthorized", given.empty() ? "the request carries no key" : "the key is not the daemon's",
              "send it as \"Authorization: Bearer KEY\" or \"x-dualwrite-key: KEY\"; the command line takes --key-file "
              "or DUALWRITE_KEY");
  refusal.headers.set("WWW-Authenticate", "Bearer realm=\"dualwrite\"");
  return refusal;
}

}  // namespace dualwrite::admin
