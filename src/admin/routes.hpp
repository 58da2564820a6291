#pragma once
// The route table: everything the interface offers. src/admin/openapi.json describes the same, and a test compares.
#include <span>
#include <string_view>

#include "admin/call.hpp"

namespace dualwrite::admin {

struct Member {
  std::string_view name;
  bool required = false;
};

struct Route {
  /// Both are owned by the caller and outlive the coroutine.
  using Handler = Task<http::Response> (*)(const Services& services, Call call);

  std::string_view method;
  std::string_view path;  ///< "/api/v1/maps/{map}": a part in braces takes whatever stands there
  Handler handler;
  std::span<const std::string_view> query;  ///< the parameters that it knows
  std::span<const Member> body;             ///< the members, all strings, of its JSON body; none: it has no body
  bool is_open = false;                     ///< asks for no credentials
};

std::span<const Route> routes() noexcept;

}  // namespace dualwrite::admin
