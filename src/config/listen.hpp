#pragma once
// "127.0.0.1:8700" or "[::1]:8700".
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dualwrite::config {

struct ListenAddress {
  std::string address;  ///< an IP address without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};

/// Nothing unless it is an IP address and a port, IPv6 in brackets. Names are not resolved.
std::optional<ListenAddress> parse_listen(std::string_view text);

}  // namespace dualwrite::config
