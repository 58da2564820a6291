#include "dualwrite/http/message.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "dualwrite/base/text.hpp"

namespace dualwrite::http {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_visible_ascii(char c) noexcept {
  return c > ' ' && c < '\x7F';
}

// Letters, digits and what registered names, IPv4 and IPv6 literals are made of. A user part ('@') is refused: nobody
// should put credentials into an address.
bool is_host_char(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

bool is_ipv6_char(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

std::string_view own_port(std::string_view scheme) noexcept {
  return scheme == "https" ? "443" : "80";
}

// Takes "host", "host:port" or "[v6]:port" apart.
bool parse_authority(std::string_view text, Url& into) {
  std::string_view host;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!std::ranges::all_of(host, is_ipv6_char) || host.find(':') == std::string_view::npos) return false;
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    host = text.substr(0, end);
    text.remove_prefix(end);
    if (!std::ranges::all_of(host, is_host_char)) return false;
  }
  if (host.empty() || host.size() > 255) return false;
  into.host = ascii_lower(host);
  if (text.empty() || text == ":") {
    into.port = own_port(into.scheme);
    return true;
  }
  if (!text.starts_with(':')) return false;
  text.remove_prefix(1);
  if (text.size() > 5 || !std::ranges::all_of(text, is_digit)) return false;
  int number = 0;
  for (const char c : text) number = number * 10 + (c - '0');
  if (number < 1 || number > 65535) return false;
  into.port = std::to_string(number);
  return true;
}

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array phrases{
    Phrase{100, "Continue"},
    Phrase{101, "Switching Protocols"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{203, "Non-Authoritative Information"},
    Phrase{204, "No Content"},
    Phrase{205, "Reset Content"},
    Phrase{206, "Partial Content"},
    Phrase{207, "Multi-Status"},
    Phrase{300, "Multiple Choices"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{402, "Payment Required"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{407, "Proxy Authentication Required"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{423, "Locked"},
    Phrase{424, "Failed Dependency"},
    Phrase{425, "Too Early"},
    Phrase{426, "Upgrade Required"},
    Phrase{428, "Precondition Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{451, "Unavailable For Legal Reasons"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
    Phrase{511, "Network Authentication Required"},
};

}  // namespace

std::string_view Headers::get(std::string_view name) const noexcept {
  for (const auto& field : fields_) {
    if (field.first.size() == name.size() && equal_ignoring_case(field.first, name)) return field.second;
  }
  return {};
}

bool Headers::has(std::string_view name) const noexcept {
  return std::ranges::any_of(fields_, [name](const auto& field) { return equal_ignoring_case(field.first, name); });
}

void Headers::set(std::string_view name, std::string value) {
  const auto same = [name](const auto& field) { return equal_ignoring_case(field.first, name); };
  const auto first = std::ranges::find_if(fields_, same);
  if (first == fields_.end()) {
    fields_.emplace_back(std::string(name), std::move(value));
    return;
  }
  first->second = std::move(value);
  fields_.erase(std::remove_if(first + 1, fields_.end(), same), fields_.end());
}

bool parse_url(std::string_view text, Url& into) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || !std::ranges::all_of(text, is_visible_ascii)) return false;
  Url url;
  url.scheme = ascii_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return false;
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));  // a fragment never goes onto the wire
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  if (!parse_authority(text.substr(0, end), url)) return false;
  url.path = text.substr(end);
  if (!url.path.starts_with('/')) url.path.insert(0, 1, '/');
  into = std::move(url);
  return true;
}

std::string origin_of(const Url& url) {
  std::string out = url.scheme + "://";
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  out += is_ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != own_port(url.scheme)) out += ":" + url.port;
  return out;
}

std::string_view reason_phrase(int status) noexcept {
  const auto found = std::ranges::lower_bound(phrases, status, {}, &Phrase::status);
  return found != phrases.end() && found->status == status ? found->text : std::string_view();
}

}  // namespace dualwrite::http
