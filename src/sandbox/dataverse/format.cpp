#include "sandbox/dataverse/format.hpp"

#include "dualwrite/base/text.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

/// A term, "*", or "Namespace.*".
bool covers(std::string_view item, std::string_view name) {
  if (item == "*") return true;
  if (item.ends_with(".*")) return name.starts_with(item.substr(0, item.size() - 1));
  return item == name;
}

}  // namespace

bool wants_annotation(std::string_view pattern, std::string_view name) {
  bool is_wanted = false;
  for (const std::string_view item : split_top_level(pattern, ',')) {
    if (item.starts_with('-')) {
      if (covers(item.substr(1), name)) return false;
    } else {
      is_wanted = is_wanted || covers(item, name);
    }
  }
  return is_wanted;
}

Format format_of(const http::Headers& headers, const Preferences& preferences) {
  Format format;
  const std::string accept = ascii_lower(headers.get("Accept"));
  if (accept.find("metadata=none") != std::string::npos) format.level = Level::none;
  if (accept.find("metadata=full") != std::string::npos) format.level = Level::full;
  format.numbers_as_text = accept.find("ieee754compatible=true") != std::string::npos;
  format.annotation_pattern = preferences.annotation_pattern;
  if (!preferences.annotations) return format;
  const auto wants = [&](std::string_view name) { return wants_annotation(format.annotation_pattern, name); };
  format.formatted_values = wants("OData.Community.Display.V1.FormattedValue");
  format.lookup_names = wants("Microsoft.Dynamics.CRM.lookuplogicalname");
  format.navigations = wants("Microsoft.Dynamics.CRM.associatednavigationproperty");
  format.totals = wants("Microsoft.Dynamics.CRM.totalrecordcount");
  format.error_details = wants("Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus");
  return format;
}

std::string content_type(const Format& format, bool in_batch) {
  std::string type = "application/json; odata.metadata=";
  type += format.level == Level::none ? "none" : format.level == Level::full ? "full" : "minimal";
  if (format.numbers_as_text) type += "; IEEE754Compatible=true";
  if (in_batch) type += "; odata.streaming=true";
  return type;
}

}  // namespace dualwrite::sandbox::dataverse
