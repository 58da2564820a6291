#pragma once
// GUIDs as the 16 bytes that a row keeps, and as text.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dualwrite::sandbox {

/// The 16 bytes, in the order of the text; nothing if it is not a GUID (braces are allowed).
std::optional<std::string> guid_bytes(std::string_view text);
/// Lower case with dashes. `bytes` must be 16 bytes.
std::string guid_text(std::string_view bytes);
std::string new_guid();
/// From now on, new_guid() gives this seed's GUIDs in this thread: a simulation must be the same twice.
void seed_new_guids(std::uint64_t seed);
/// The same GUID for the same name on every start, so that seeds keep their ids.
std::string seed_guid(std::string_view name);

}  // namespace dualwrite::sandbox
