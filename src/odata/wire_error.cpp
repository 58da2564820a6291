#include <array>
#include <cstddef>
#include <initializer_list>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::odata {
namespace {

constexpr std::size_t excerpt_bytes_max = 200;
constexpr std::array<std::string_view, 3> infolog_prefixes{"Info:", "Warning:", "Error:"};

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n;";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The length of the prefix at the start; 0 if there is none.
std::size_t infolog_prefix(std::string_view text) noexcept {
  for (const std::string_view prefix : infolog_prefixes) {
    if (text.starts_with(prefix)) return prefix.size();
  }
  return 0;
}

// "validateWrite failed on data source 'X (X)'" only says where; what is wrong stands in the line before.
bool is_only_a_place(std::string_view line) noexcept {
  return line.starts_with("validate") && line.find("failed on data source") != std::string_view::npos;
}

// The last telling line behind "Infolog:"; lines are joined by "; " and begin with a prefix. Empty if there is none.
std::string_view last_infolog_line(std::string_view message) noexcept {
  constexpr std::string_view marker = "Infolog:";
  const std::size_t start = message.find(marker);
  if (start == std::string_view::npos) return {};
  std::string_view rest = trim(message.substr(start + marker.size()));
  std::string_view last;
  std::string_view telling;
  while (!rest.empty()) {
    std::size_t end = rest.find(';');
    // A semicolon ends a line only if another line begins behind it: texts have semicolons of their own.
    while (end != std::string_view::npos && infolog_prefix(trim(rest.substr(end))) == 0) end = rest.find(';', end + 1);
    std::string_view line = trim(rest.substr(0, end));
    line = trim(line.substr(infolog_prefix(line)));
    if (!line.empty()) last = line;
    if (!line.empty() && !is_only_a_place(line)) telling = line;
    rest = end == std::string_view::npos ? std::string_view{} : trim(rest.substr(end));
  }
  return telling.empty() ? last : telling;
}

// The first bytes of anything as one printable line of UTF-8.
std::string excerpt(std::string_view body) {
  std::string_view head = body.substr(0, excerpt_bytes_max);
  if (head.size() < body.size()) {
    // Not in the middle of a character.
    for (int i = 0; i < 3 && !head.empty() && (static_cast<unsigned char>(body[head.size()]) & 0xC0U) == 0x80U; ++i) {
      head.remove_suffix(1);
    }
  }
  std::string out;
  const bool text = is_utf8(head);
  for (const char c : head) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : (byte >= 0x80 && !text ? '?' : c);
  }
  return out;
}

}  // namespace

std::string WireError::text() const {
  if (const std::string_view line = last_infolog_line(inner_message); !line.empty()) return std::string(line);
  return inner_message.empty() ? message : inner_message;
}

WireError parse_error(std::string_view body) {
  WireError error;
  const auto entity = parse_entity(body);
  if (!entity) {
    error.message = excerpt(body);
    return error;
  }
  const auto first_text = [&entity](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      const Value* value = entity->find(name);
      if (value != nullptr && !value->text().empty()) return value->text();
    }
    return std::string{};
  };
  // Token services and older web stacks have shapes of their own.
  error.code = first_text({"error/code", "error"});
  error.message = first_text({"error/message", "error/message/value", "error_description", "Message", "message"});
  error.inner_message = first_text({"error/innererror/message"});
  error.inner_type = first_text({"error/innererror/type"});
  if (error.message.empty() && error.inner_message.empty()) error.message = excerpt(body);
  return error;
}

}  // namespace dualwrite::odata
