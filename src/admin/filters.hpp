#pragma once
// Query parameters and body members as a store::Filter.
#include <expected>

#include "admin/call.hpp"

namespace dualwrite::admin {

inline constexpr std::int64_t limit_max = 1000;

/// Reads map, state, class, key, kind, before and limit as far as the route knows them.
std::expected<store::Filter, http::Response> read_filter(const Services& services, const Call& call);

/// The number of a dead letter in the path.
std::expected<store::DeadLetterId, http::Response> read_id(const Call& call);

/// A body member that names a side; the problem says what it is for.
std::expected<Side, http::Response> read_side(const Call& call, std::string_view member, std::string what_for);

/// The map of that name in `status`, or the problem.
std::expected<sync::MapStatus, http::Response> find_map(sync::LinkStatus status, const std::string& name);

}  // namespace dualwrite::admin
