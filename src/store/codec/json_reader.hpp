#pragma once
// Reads JSON that the store wrote. Numbers are handed out as their text, which no general parser does; there is no
// recursion, because the caller asks for what must come next.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace dualwrite::store {

/// Thrown by JsonReader when the text is not what was asked for. It does not leave the room.
class Malformed : public std::exception {
 public:
  Malformed(std::string expected, std::size_t offset);
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// A cursor over one JSON text, which must outlive it.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  /// The next byte that is not white space; 0 at the end.
  char peek();
  void expect(char wanted);
  bool accept(char wanted);
  void expect_end();

  std::string string();
  std::int64_t integer();
  /// A JSON number as it is written.
  std::string number_text();
  void word(std::string_view wanted);

  /// Calls `member(name)` for each member; it must read the member's value.
  template <class Member>
  void object(Member member) {
    expect('{');
    if (accept('}')) return;
    do {
      const std::string name = string();
      expect(':');
      member(name);
    } while (accept(','));
    expect('}');
  }

  /// Calls `item()` for each item; it must read the item.
  template <class Item>
  void array(Item item) {
    expect('[');
    if (accept(']')) return;
    do {
      item();
    } while (accept(','));
    expect(']');
  }

  [[noreturn]] void fail(std::string expected) const;

 private:
  void append_escape(std::string& out);
  std::uint32_t hex4();

  std::string_view text_;
  std::size_t at_ = 0;
};

/// True if the whole text is one JSON number (RFC 8259, section 6).
bool is_json_number(std::string_view text) noexcept;

}  // namespace dualwrite::store
