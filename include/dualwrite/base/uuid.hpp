#pragma once
// UUIDs as lower-case text with dashes.
#include <string>
#include <string_view>

namespace dualwrite {

/// A name-based UUID (RFC 4122, version 5) in dualwrite's own namespace: the same name always gives the same UUID.
std::string name_uuid(std::string_view name);

/// A random UUID (version 4) from the operating system's source.
std::string random_uuid();

/// True for 8-4-4-4-12 hexadecimal digits, in either case.
bool is_uuid(std::string_view text) noexcept;

}  // namespace dualwrite
