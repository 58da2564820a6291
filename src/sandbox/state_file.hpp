#pragma once
// The file that carries a sandbox's state from one process to the next.
#include <optional>
#include <string>
#include <string_view>

#include "dualwrite/base/error.hpp"

namespace dualwrite::sandbox {

/// The content that was saved there; nothing if there is no such file, and then one can be written there. Errc::invalid
/// for a file that is broken or of another version, Errc::storage where the system refuses.
Result<std::optional<std::string>> read_state_file(const std::string& path);

/// Writes beside `path`, syncs and renames, readable by the owner only. Errc::storage; the file at `path` is then as it
/// was.
Result<void> write_state_file(const std::string& path, std::string_view content);

}  // namespace dualwrite::sandbox
