#pragma once
// The way back from an enumerator's name, which is what the tables and the coupling's text hold.
#include <cstdint>
#include <optional>
#include <string_view>

namespace dualwrite::store {

/// The enumerator whose to_string() is `text`, among those from 0 to `last`.
template <class Enum>
std::optional<Enum> named(std::string_view text, Enum last) noexcept {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (to_string(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace dualwrite::store
