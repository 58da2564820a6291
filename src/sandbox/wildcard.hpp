#pragma once
// F&O's wildcards in texts that are compared.
#include <string_view>

namespace dualwrite::sandbox {

/// '*' stands for any text; both sides are lower case.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace dualwrite::sandbox
