#include "dualwrite/http/proxy.hpp"

#include <cstdlib>

#include "dualwrite/base/text.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::http {
namespace {

std::string variable(const char* lower, const char* upper) {
  for (const char* name : {lower, upper}) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read at start, before there are threads
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_this_machine(std::string_view host) {
  return equal_ignoring_case(host, "localhost") || host == "::1" || host.starts_with("127.");
}

/// "corp.example" and ".corp.example" stand for that domain and everything below it; ":port" may follow.
bool covers(std::string_view entry, const Url& url) {
  if (entry == "*") return true;
  const std::size_t colon = entry.rfind(':');
  const bool has_port = colon != std::string_view::npos && entry.find(':') == colon;
  if (has_port && entry.substr(colon + 1) != url.port) return false;
  if (has_port) entry = entry.substr(0, colon);
  if (entry.starts_with("*")) entry.remove_prefix(1);
  if (entry.starts_with(".")) entry.remove_prefix(1);
  if (entry.empty()) return false;
  const std::string_view host = url.host;
  if (equal_ignoring_case(host, entry)) return true;
  if (host.size() <= entry.size()) return false;
  const std::size_t start = host.size() - entry.size();
  return host[start - 1] == '.' && equal_ignoring_case(host.substr(start), entry);
}

}  // namespace

ProxyEnvironment proxy_environment() {
  ProxyEnvironment out;
  out.https_proxy = variable("https_proxy", "HTTPS_PROXY");
  out.no_proxy = variable("no_proxy", "NO_PROXY");
  return out;
}

std::string proxy_for(const std::string& origin, const ProxyEnvironment& environment) {
  Url url;
  if (environment.https_proxy.empty() || !parse_url(origin, url) || url.scheme != "https") return {};
  if (is_this_machine(url.host)) return {};
  std::string_view rest = environment.no_proxy;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (covers(trimmed(rest.substr(0, comma)), url)) return {};
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  const bool has_scheme = environment.https_proxy.find("://") != std::string::npos;
  return has_scheme ? environment.https_proxy : "http://" + environment.https_proxy;
}

}  // namespace dualwrite::http
