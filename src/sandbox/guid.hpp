#pragma once
// GUIDs as the 16 bytes that a row keeps, and as text.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dualwrite::sandbox {

/// The 16 bytes, in the order of the text; nothing if it is not a GUID (braces are allowed).
std::optional<std::string> guid_bytes(std::string_view text);
/// Lower case with dashes. `bytes` must be 16 bytes.
std::string guid_text(std::string_view bytes);
std::string new_guid();
/// From now on, new_guid() gives this seed's GUIDs in this thread: a simulation must be the same twice.
void seed_new_guids(std::uint64_t seed);
/// What new_guid() gave to a request, so that it gets the same ones when it is run again.
struct GuidTape {
  std::vector<std::string> drawn;
  std::size_t next = 0;
};
/// As long as it lives, new_guid() of this thread first gives what is on the tape, and puts on it what is new.
class ScopedGuidTape {
 public:
  explicit ScopedGuidTape(GuidTape& tape);
  ~ScopedGuidTape();
  ScopedGuidTape(const ScopedGuidTape&) = delete;
  ScopedGuidTape& operator=(const ScopedGuidTape&) = delete;

 private:
  GuidTape* before_;
};
/// The same GUID for the same name on every start, so that seeds keep their ids.
std::string seed_guid(std::string_view name);

}  // namespace dualwrite::sandbox
