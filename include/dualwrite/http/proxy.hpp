#pragma once
// Which proxy stands between us and a service, by the environment variables that other programs go by. Pure.
#include <string>
#include <string_view>

namespace dualwrite::http {

/// What the environment says; empty where a variable is not set. The lower-case name counts before the upper-case one.
struct ProxyEnvironment {
  std::string https_proxy;
  std::string no_proxy;
};
/// Reads HTTPS_PROXY and NO_PROXY. At start, before there are threads.
ProxyEnvironment proxy_environment();

/// The proxy for an origin, "http://[user:password@]host:port"; empty: none. Only https goes through one, by CONNECT;
/// this machine itself never does. NO_PROXY lists hosts, and domains with all that is below them; "*" is everything.
std::string proxy_for(const std::string& origin, const ProxyEnvironment& environment);

}  // namespace dualwrite::http
