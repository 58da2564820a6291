#pragma once
// One cell's value. Numbers travel as their text, exactly: a decimal or a 64-bit integer never passes through a double.
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dualwrite {

class Value {
 public:
  enum class Kind : std::uint8_t {
    absent,   ///< not known: the column was not in the reply
    null,     ///< JSON null
    boolean,  ///< text "true" or "false"
    number,   ///< text as it was written on the wire; canonical after maps has been at it
    string,   ///< text, UTF-8: strings, GUIDs, dates, date-times, enumeration members
  };

  Value() = default;  ///< absent
  static Value null() { return {Kind::null, {}}; }
  static Value boolean(bool value) { return {Kind::boolean, value ? "true" : "false"}; }
  /// `text` must be a JSON number; nothing checks it here.
  static Value number(std::string text) { return {Kind::number, std::move(text)}; }
  static Value string(std::string text) { return {Kind::string, std::move(text)}; }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool is_absent() const noexcept { return kind_ == Kind::absent; }
  [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
  [[nodiscard]] bool is_true() const noexcept { return kind_ == Kind::boolean && text_ == "true"; }

  /// Same kind and same text. Two numbers are equal if their texts are: compare canonical ones.
  friend bool operator==(const Value&, const Value&) = default;
  friend auto operator<=>(const Value&, const Value&) = default;

 private:
  Value(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  Kind kind_ = Kind::absent;
  std::string text_;
};

/// As in JSON, except that an absent value prints as "(absent)".
std::string to_string(const Value& value);
std::ostream& operator<<(std::ostream& out, const Value& value);

/// Canonical text of a JSON number: no exponent, no plus, no leading or trailing zeros, "-0" is "0". Empty if it is not
/// a number, or if it would need more than 400 digits. A leading plus and leading zeros are accepted; ".5" and "5." are
/// not.
std::string canonical_number(std::string_view text);

/// `canonical` rounded to `scale` decimals, half away from zero; canonical again.
std::string round_number(std::string_view canonical, int scale);

}  // namespace dualwrite
