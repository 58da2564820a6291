#include "config/url.hpp"

#include <algorithm>

namespace dualwrite::config {
namespace {

constexpr std::size_t url_bytes_max = 2048;

/// Cuts "http://" or "https://"; empty if neither is there.
std::string_view after_scheme(std::string_view url) noexcept {
  for (const std::string_view scheme : {std::string_view("https://"), std::string_view("http://")}) {
    if (url.starts_with(scheme)) return url.substr(scheme.size());
  }
  return {};
}

bool is_port(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host(std::string_view text) noexcept {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return std::ranges::all_of(text.substr(1, text.size() - 2), [&](char c) { return letter(c) || c == ':'; });
  }
  return !text.empty() && std::ranges::all_of(text, letter);
}

bool is_authority(std::string_view text) noexcept {
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (!has_port) return is_host(text);
  return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

}  // namespace

bool is_origin(std::string_view url) noexcept {
  if (url.size() > url_bytes_max) return false;
  std::string_view rest = after_scheme(url);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  return is_authority(rest);
}

bool is_http_url(std::string_view url) noexcept {
  const std::string_view rest = after_scheme(url);
  const bool printable = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7F' && c != '#'; });
  return url.size() <= url_bytes_max && printable && is_authority(rest.substr(0, rest.find('/')));
}

}  // namespace dualwrite::config
