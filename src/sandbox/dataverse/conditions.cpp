#include "sandbox/dataverse/conditions.hpp"

#include <algorithm>

#include "sandbox/dataverse/render.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::string_view strong(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

}  // namespace

bool lists_etag(std::string_view header, std::string_view etag) {
  return std::ranges::any_of(split_top_level(header, ','),
                             [&](std::string_view given) { return strong(given) == strong(etag); });
}

Outcome<bool> check_if_match(const Call& call, const TableSchema& schema, const Record& record) {
  const std::string_view wanted = call.request.headers.get("If-Match");
  if (wanted.empty() || wanted == "*") return true;
  if (!schema.optimistic_concurrency) {
    return refuse(400, "0x8006088d",
                  "Optimistic concurrency isn't enabled for entity type " + schema.name +
                      ". The IfVersionMatches value of ConcurrencyBehavior can only be used if optimistic concurrency "
                      "is enabled.");
  }
  if (lists_etag(wanted, etag_of(record))) return true;
  return refuse(412, "0x80060882",
                "The version of the existing record doesn't match the RowVersion property provided.");
}

}  // namespace dualwrite::sandbox::dataverse
