#pragma once
// How much control information an answer carries, as Accept and Prefer ask for it (A3, E1, E4).
#include <cstdint>
#include <string>
#include <string_view>

#include "dualwrite/http/message.hpp"
#include "sandbox/request.hpp"

namespace dualwrite::sandbox::dataverse {

enum class Level : std::uint8_t { none, minimal, full };

struct Format {
  Level level = Level::minimal;
  bool numbers_as_text = false;  ///< IEEE754Compatible: 64-bit integers and decimals in quotes
  bool formatted_values = false;
  bool lookup_names = false;       ///< Microsoft.Dynamics.CRM.lookuplogicalname
  bool navigations = false;        ///< Microsoft.Dynamics.CRM.associatednavigationproperty
  bool totals = false;             ///< Microsoft.Dynamics.CRM.totalrecordcount and the like
  bool error_details = false;      ///< everything ("*")
  std::string annotation_pattern;  ///< as it was asked for
};

Format format_of(const http::Headers& headers, const Preferences& preferences);

/// Whether odata.include-annotations="…" asks for the annotation of that name.
bool wants_annotation(std::string_view pattern, std::string_view name);

/// `application/json; odata.metadata=…`
std::string content_type(const Format& format, bool in_batch);

}  // namespace dualwrite::sandbox::dataverse
