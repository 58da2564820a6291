#include "sandbox/dataverse/impersonation.hpp"

#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

Hit user_with_object_id(const Table& users, const std::string& object_id) {
  const ColumnId column = *users.schema().find_name("azureactivedirectoryobjectid");
  for (const auto& [key, record] : users.rows()) {
    if (record.row.get(column) == std::string_view(object_id)) return {&key, &record};
  }
  return {};
}

}  // namespace

Outcome<Acting> acting_user(const State& state, const User& caller, const http::Headers& headers) {
  const std::string_view object_id = headers.get("CallerObjectId");
  const std::string_view user_id = headers.get("MSCRMCallerID");
  if (object_id.empty() && user_id.empty()) return Acting{caller, {}};
  const Table& users = state.table("systemuser");
  const auto given = guid_bytes(object_id.empty() ? user_id : object_id);
  if (!given) {
    return refuse(400, "0x80040203", "The header that names the user to act for holds no GUID.");
  }
  const Hit hit = object_id.empty() ? users.find(*given) : user_with_object_id(users, *given);
  if (!hit) return refuse(403, "0x80072560", "The user is not a member of the organization.");
  if (*hit.key == caller.id) return Acting{caller, {}};
  Acting acting{caller, caller.id};
  acting.user.id = *hit.key;
  acting.user.name = hit.record->row.get(users.schema().primary_name).value_or("");
  return acting;
}

}  // namespace dualwrite::sandbox::dataverse
