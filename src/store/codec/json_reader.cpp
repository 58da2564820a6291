#include "store/codec/json_reader.hpp"

#include <charconv>
#include <utility>

namespace dualwrite::store {
namespace {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Byte count of the JSON number at the start of `text`; 0 if there is none.
std::size_t number_length(std::string_view text) noexcept {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (i < text.size() && text[i] == '0') {
    ++i;
  } else if (digits() == 0) {
    return 0;
  }
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return 0;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return 0;
  }
  return i;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
    byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xF0U | (code >> 18U));
    byte(0x80U | ((code >> 12U) & 0x3FU));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
}

}  // namespace

Malformed::Malformed(std::string expected, std::size_t offset)
    : text_("expected " + std::move(expected) + " at byte " + std::to_string(offset)) {}

void JsonReader::fail(std::string expected) const {
  throw Malformed(std::move(expected), at_);
}

char JsonReader::peek() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
    ++at_;
  }
  return at_ < text_.size() ? text_[at_] : '\0';
}

void JsonReader::expect(char wanted) {
  if (!accept(wanted)) fail(std::string("'") + wanted + "'");
}

bool JsonReader::accept(char wanted) {
  if (peek() != wanted) return false;
  ++at_;
  return true;
}

void JsonReader::expect_end() {
  if (peek() != '\0' || at_ != text_.size()) fail("the end");
}

std::string JsonReader::string() {
  expect('"');
  std::string out;
  while (true) {
    const std::size_t stop = text_.find_first_of("\"\\", at_);
    if (stop == std::string_view::npos) fail("the end of a string");
    out.append(text_, at_, stop - at_);
    at_ = stop + 1;
    if (text_[stop] == '"') return out;
    append_escape(out);
  }
}

void JsonReader::append_escape(std::string& out) {
  if (at_ >= text_.size()) fail("an escape");
  const char c = text_[at_++];
  switch (c) {
    case '"':
    case '\\':
    case '/':
      out += c;
      return;
    case 'b':
      out += '\b';
      return;
    case 'f':
      out += '\f';
      return;
    case 'n':
      out += '\n';
      return;
    case 'r':
      out += '\r';
      return;
    case 't':
      out += '\t';
      return;
    case 'u':
      break;
    default:
      fail("an escape");
  }
  std::uint32_t code = hex4();
  if (code >= 0xD800 && code < 0xDC00) {
    if (text_.substr(at_, 2) != "\\u") fail("a low surrogate");
    at_ += 2;
    const std::uint32_t low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) fail("a low surrogate");
    code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
  } else if (code >= 0xDC00 && code <= 0xDFFF) {
    fail("a high surrogate");
  }
  append_utf8(out, code);
}

std::uint32_t JsonReader::hex4() {
  const std::string_view digits = text_.substr(at_, 4);
  std::uint32_t code = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (problem != std::errc{} || end - digits.data() != 4) fail("four hexadecimal digits");
  at_ += 4;
  return code;
}

std::int64_t JsonReader::integer() {
  const std::string text = number_text();
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) fail("a 64-bit integer");
  return value;
}

std::string JsonReader::number_text() {
  peek();
  const std::size_t length = number_length(text_.substr(at_));
  if (length == 0) fail("a number");
  std::string out(text_.substr(at_, length));
  at_ += length;
  return out;
}

void JsonReader::word(std::string_view wanted) {
  peek();
  if (text_.substr(at_, wanted.size()) != wanted) fail(std::string(wanted));
  at_ += wanted.size();
}

bool is_json_number(std::string_view text) noexcept {
  return !text.empty() && number_length(text) == text.size();
}

}  // namespace dualwrite::store
