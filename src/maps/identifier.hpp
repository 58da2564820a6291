#pragma once
// Names that go into URLs and JSON names of the services.
#include <string>
#include <string_view>

#include "dualwrite/maps/object_reader.hpp"

namespace dualwrite::maps {

bool is_identifier(std::string_view text) noexcept;

/// A required member that is such a name; empty when it was reported.
std::string identifier(ObjectReader& reader, std::string_view key);

}  // namespace dualwrite::maps
