#pragma once
// What a nextLink carries: an XML cookie in $skiptoken, opaque to clients.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

struct Cookie {
  std::size_t page = 1;
  std::string after_key;   ///< primary key, 16 bytes
  std::size_t offset = 0;  ///< where rows are not in key order
  bool is_tracking = false;
  std::int64_t version = 0;  ///< tracking: the version at the first page; delta: where to go on
  std::int64_t from = 0;     ///< delta: the token's version
  std::int64_t until = 0;    ///< delta: the version that the whole answer reaches
};

Outcome<Cookie> parse_cookie(const std::string& token);
std::string text_of(const Cookie& cookie);
/// The request's own URL with $skiptoken.
std::string next_link(const Call& call, const Table& table, const Cookie& cookie);

}  // namespace dualwrite::sandbox::dataverse
