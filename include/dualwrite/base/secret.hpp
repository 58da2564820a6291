#pragma once
// A value that must not reach a log or an error: it cannot be streamed or formatted, only revealed on purpose.
#include <string>
#include <utility>

namespace dualwrite {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  /// The value itself. Call it only where it goes onto the wire.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

 private:
  std::string value_;
};

/// True if both are the same, compared in time that depends on the length only.
bool same_secret(const std::string& a, const std::string& b) noexcept;

}  // namespace dualwrite
