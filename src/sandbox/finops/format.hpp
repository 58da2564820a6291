#pragma once
// How much control information an answer carries, and how its numbers are written (C1, C5): the Accept header.
#include <cstdint>

#include "dualwrite/http/message.hpp"

namespace dualwrite::sandbox::finops {

struct Format {
  enum class Metadata : std::uint8_t { none, minimal, full };
  Metadata metadata = Metadata::minimal;
  bool numbers_as_text = false;  ///< IEEE754Compatible=true: Edm.Int64 and Edm.Decimal in quotes
};

Format accepted_format(const http::Headers& headers);
/// Whether the body that was sent has its Edm.Int64 and Edm.Decimal in quotes.
bool sends_numbers_as_text(const http::Headers& headers);
/// "application/json; odata.metadata=minimal"
std::string content_type(const Format& format);

}  // namespace dualwrite::sandbox::finops
