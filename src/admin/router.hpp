#pragma once
// From a request to a route and a checked Call. Pure.
#include <expected>

#include "admin/routes.hpp"

namespace dualwrite::admin {

inline constexpr std::size_t body_bytes_max = 1U << 20U;

struct Match {
  const Route* route = nullptr;
  NamedTexts captures;
};

/// Finds the route, or the problem: 404 for a path that nobody has, 405 with Allow for a method that it has not.
std::expected<Match, http::Response> match_route(const http::Request& request);

/// Checks query and body against the route.
std::expected<Call, http::Response> read_call(Match match, const http::Request& request);

}  // namespace dualwrite::admin
