#include "dualwrite/odata/uri.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "dualwrite/base/uuid.hpp"
#include "odata/literal.hpp"

namespace dualwrite::odata {
namespace {

constexpr std::size_t key_members_max = 64;
constexpr std::size_t query_options_max = 100;

using CharSet = std::array<bool, 256>;

constexpr CharSet make_char_set(std::string_view extra) {
  CharSet set{};
  for (unsigned c = 'a'; c <= 'z'; ++c) set[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) set[c] = true;
  for (unsigned c = '0'; c <= '9'; ++c) set[c] = true;
  for (const char c : extra) set[static_cast<unsigned char>(c)] = true;
  return set;
}

constexpr CharSet unreserved = make_char_set("-._~");
constexpr CharSet kept_in_query = make_char_set("-._~'(),/:@$;=*");
constexpr CharSet kept_in_key = make_char_set("-._~'(),:@$;=*");

std::string encode(std::string_view text, const CharSet& kept) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kept[byte]) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4U];
      out += hex[byte & 0xFU];
    }
  }
  return out;
}

constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return fail(Errc::invalid, "decoding a URL: broken percent escape at byte " + std::to_string(i),
                    "write a literal '%' as %25");
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string_view trim(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

constexpr bool is_name_char(char c) noexcept {
  return unreserved[static_cast<unsigned char>(c)] || c == '@' || static_cast<unsigned char>(c) >= 0x80;
}

std::unexpected<Error> bad_key(std::size_t at, const std::string& why) {
  return fail(Errc::invalid, "reading a key predicate: " + why + " at byte " + std::to_string(at),
              "write Name='text',Other=5; a quote inside of a text is doubled");
}

// Reads the members of a key predicate from left to right.
class KeyReader {
 public:
  explicit KeyReader(std::string_view text) : text_(text) {}

  Result<KeyPredicate> read() {
    KeyPredicate key;
    while (true) {
      if (key.size() == key_members_max) return fail(Errc::limit, "reading a key predicate: more than 64 members");
      std::string name = take_name();
      for (const auto& [known, value] : key) {
        if (known == name || known.empty() || name.empty()) return bad_key(at_, "a name that is missing or repeated");
      }
      auto value = take_value();
      if (!value) return std::unexpected(std::move(value).error());
      key.emplace_back(std::move(name), *std::move(value));
      if (at_ == text_.size()) return key;
      ++at_;  // the comma
    }
  }

 private:
  // The name before '='; empty, and nothing consumed, if there is none.
  std::string take_name() {
    skip_blanks();
    std::size_t end = at_;
    while (end < text_.size() && is_name_char(text_[end])) ++end;
    std::size_t equals = end;
    while (equals < text_.size() && text_[equals] == ' ') ++equals;
    if (end == at_ || equals == text_.size() || text_[equals] != '=') return {};
    std::string name(text_.substr(at_, end - at_));
    at_ = equals + 1;
    return name;
  }

  // A value up to the next comma outside of quotes and brackets, or to the end.
  Result<Value> take_value() {
    skip_blanks();
    const std::size_t begin = at_;
    int brackets = 0;
    std::optional<std::string> quoted;
    while (at_ < text_.size() && (text_[at_] != ',' || brackets > 0)) {
      const char c = text_[at_];
      if (c == '\'') {
        // The last quoted part counts: 'x', and Ns.Kind'Red' where a type stands before it.
        const std::size_t opening = at_;
        quoted = take_quoted(text_, at_);
        if (!quoted) return bad_key(opening, "a quote that is not closed");
        continue;
      }
      if (c == '[' || c == '(') ++brackets;
      if (c == ']' || c == ')') --brackets;
      ++at_;
    }
    const std::string_view whole = trim(text_.substr(begin, at_ - begin));
    if (whole.empty()) return bad_key(begin, "a value that is missing");
    if (whole.find('[') == 0) return Value::string(std::string(whole));
    if (!quoted) return unquoted_literal(whole);
    const std::string_view type = whole.substr(0, whole.find('\''));
    const bool one_literal = whole.ends_with('\'') && whole.size() == type.size() + quote(*quoted).size();
    if (!one_literal || !std::ranges::all_of(type, is_name_char)) return bad_key(begin, "a broken literal");
    return Value::string(*std::move(quoted));
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string percent_encode(std::string_view text) {
  return encode(text, unreserved);
}
std::string percent_encode_query(std::string_view text) {
  return encode(text, kept_in_query);
}
std::string percent_encode_key(std::string_view predicate) {
  return encode(predicate, kept_in_key);
}
Result<std::string> percent_decode(std::string_view text) {
  return decode(text, false);
}

std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '\'';
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  out += '\'';
  return out;
}

Result<KeyPredicate> parse_key_predicate(std::string_view text) {
  return KeyReader(text).read();
}

std::string format_key_predicate(const KeyPredicate& key) {
  std::string out;
  for (const auto& [name, value] : key) {
    if (!out.empty()) out += ',';
    if (!name.empty()) {
      out += name;
      out += '=';
    }
    if (value.is_null() || value.is_absent()) {
      out += "null";
    } else if (value.kind() == Value::Kind::string && !is_uuid(value.text())) {
      out += quote(value.text());
    } else {
      out += value.text();
    }
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> options;
  if (query.starts_with('?')) query.remove_prefix(1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view option = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (option.empty()) continue;
    if (options.size() == query_options_max) return fail(Errc::limit, "reading a query: more than 100 options");
    const std::size_t equals = std::min(option.find('='), option.size());
    auto name = decode(option.substr(0, equals), true);
    if (!name) return std::unexpected(std::move(name).error());
    auto value = decode(option.substr(std::min(equals + 1, option.size())), true);
    if (!value) return std::unexpected(std::move(value).error());
    options.emplace_back(*std::move(name), *std::move(value));
  }
  return options;
}

}  // namespace dualwrite::odata
