#pragma once
// Errors and results for expected failures: the world said no. Broken invariants are assertions, unusable rooms throw.
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace dualwrite {

/// What kind of failure it is, as far as a caller's reaction differs.
enum class Errc : std::uint8_t {
  invalid,       ///< the input is wrong: configuration, a map, a request, a reply that does not parse
  not_found,     ///< what was asked for does not exist
  unauthorized,  ///< no valid token
  forbidden,     ///< a valid token without the right
  precondition,  ///< an ETag did not match, or a row exists that should not (HTTP 412)
  refused,       ///< the other system understood and said no: a business rule, a length, a type
  throttled,     ///< told to wait (HTTP 429, 503 with Retry-After)
  unavailable,   ///< nothing was sent: no connection, name not resolved
  in_doubt,      ///< something was sent and no full reply came: it may have taken effect
  limit,         ///< one of our own bounds was reached
  cancelled,     ///< we are shutting down
  storage,       ///< the state store failed
};

/// Returns the name as it is written in logs and JSON, e.g. "in_doubt".
const char* to_string(Errc code) noexcept;

/// One failure: what kind, what was being attempted and what happened, and what to do next.
class Error {
 public:
  Error(Errc code, std::string message, std::string hint = {})
      : code_(code), message_(std::move(message)), hint_(std::move(hint)) {}

  [[nodiscard]] Errc code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  /// What a person can do about it; may be empty.
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

  /// Puts what was being attempted in front: "reading page 3 of CustomersV3: <message>".
  [[nodiscard]] Error while_doing(const std::string& attempt) && {
    message_ = attempt + ": " + message_;
    return std::move(*this);
  }

  /// "message (hint)", for a person.
  [[nodiscard]] std::string text() const;

 private:
  Errc code_;
  std::string message_;
  std::string hint_;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string message, std::string hint = {}) {
  return std::unexpected<Error>(std::in_place, code, std::move(message), std::move(hint));
}

}  // namespace dualwrite
