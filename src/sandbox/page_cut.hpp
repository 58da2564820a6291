#pragma once
// A page of rows as a service answers it that silently stops in the middle of a scan.
#include <optional>
#include <string>
#include <string_view>

namespace dualwrite::sandbox {

/// The page without the second half of its rows (one row: without it) and without its nextLink, every other byte as it
/// was; nothing if the body is no object with a "value" array of at least one row. The JSON must be well formed.
std::optional<std::string> half_page(std::string_view body);

}  // namespace dualwrite::sandbox
