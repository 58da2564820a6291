#include "sandbox/finops/format.hpp"

#include "dualwrite/base/text.hpp"
#include "sandbox/request.hpp"

namespace dualwrite::sandbox::finops {
namespace {

/// Media type parameters come with blanks and in any case.
bool has_parameter(std::string_view media_type, std::string_view wanted) {
  for (const std::string_view parameter : split_top_level(media_type, ';')) {
    if (equal_ignoring_case(parameter, wanted)) return true;
  }
  return false;
}

}  // namespace

Format accepted_format(const http::Headers& headers) {
  Format format;
  const std::string_view accept = headers.get("Accept");
  if (has_parameter(accept, "odata.metadata=none")) format.metadata = Format::Metadata::none;
  if (has_parameter(accept, "odata.metadata=full")) format.metadata = Format::Metadata::full;
  format.numbers_as_text = has_parameter(accept, "IEEE754Compatible=true");
  return format;
}

bool sends_numbers_as_text(const http::Headers& headers) {
  return has_parameter(headers.get("Content-Type"), "IEEE754Compatible=true");
}

std::string content_type(const Format& format) {
  std::string type = "application/json; odata.metadata=";
  type += format.metadata == Format::Metadata::none      ? "none"
          : format.metadata == Format::Metadata::minimal ? "minimal"
                                                         : "full";
  if (format.numbers_as_text) type += "; IEEE754Compatible=true";
  return type;
}

}  // namespace dualwrite::sandbox::finops
