#pragma once
#include <string_view>

namespace dualwrite::config {

/// http or https, a host, perhaps a port, and no more than a '/' behind it.
bool is_origin(std::string_view url) noexcept;

/// http or https, a host and perhaps port, path and query; no user information and no fragment.
bool is_http_url(std::string_view url) noexcept;

}  // namespace dualwrite::config
