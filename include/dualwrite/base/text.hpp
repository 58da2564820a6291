#pragma once
// Small text helpers that several rooms need.
#include <span>
#include <string>
#include <string_view>

namespace dualwrite {

/// ASCII lower case; other bytes stay. F&O and Dataverse compare keys case-insensitively.
std::string ascii_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// True if the bytes are well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view bytes) noexcept;

/// The candidate nearest to `word` by edit distance, if it is near enough to be a typing error; else empty.
/// Near enough: a distance of at most a third of the word's length, and at least 1 is allowed. Case does not count.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// Appends text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_quoted(std::string& out, std::string_view text);

}  // namespace dualwrite
