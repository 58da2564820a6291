#include "odata/literal.hpp"

namespace dualwrite::odata {
namespace {

// Number of digits at the start.
std::size_t digits(std::string_view text) noexcept {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

}  // namespace

bool is_json_number(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t integer = digits(text);
  if (integer == 0 || (integer > 1 && text.front() == '0')) return false;
  text.remove_prefix(integer);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t fraction = digits(text);
    if (fraction == 0) return false;
    text.remove_prefix(fraction);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    const std::size_t exponent = digits(text);
    if (exponent == 0) return false;
    text.remove_prefix(exponent);
  }
  return text.empty();
}

Value unquoted_literal(std::string_view text) {
  if (text == "null") return Value::null();
  if (text == "true") return Value::boolean(true);
  if (text == "false") return Value::boolean(false);
  if (is_json_number(text)) return Value::number(std::string(text));
  return Value::string(std::string(text));
}

std::optional<std::string> take_quoted(std::string_view text, std::size_t& at) {
  std::string out;
  std::size_t from = at + 1;
  while (true) {
    const std::size_t quote = text.find('\'', from);
    if (quote == std::string_view::npos) return std::nullopt;
    out += text.substr(from, quote - from);
    if (quote + 1 >= text.size() || text[quote + 1] != '\'') {
      at = quote + 1;
      return out;
    }
    out += '\'';
    from = quote + 2;
  }
}

}  // namespace dualwrite::odata
