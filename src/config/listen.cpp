#include "config/listen.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace dualwrite::config {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return port;
}

constexpr std::uint32_t ipv4_loopback_net = 127;

std::optional<bool> loopback_v4(const std::string& address) {
  in_addr parsed{};
  if (inet_pton(AF_INET, address.c_str(), &parsed) != 1) return std::nullopt;
  return ntohl(parsed.s_addr) >> 24U == ipv4_loopback_net;
}

std::optional<bool> loopback_v6(const std::string& address) {
  in6_addr parsed{};
  if (inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) return parsed.s6_addr[12] == ipv4_loopback_net;
  return IN6_IS_ADDR_LOOPBACK(&parsed) != 0;
}

}  // namespace

std::optional<ListenAddress> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  ListenAddress out;
  out.address = host;
  const auto loopback = bracketed ? loopback_v6(out.address) : loopback_v4(out.address);
  if (!port || !loopback) return std::nullopt;
  out.port = *port;
  out.loopback = *loopback;
  return out;
}

}  // namespace dualwrite::config
