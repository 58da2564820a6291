#include "sandbox/dataverse/rights.hpp"

#include <algorithm>
#include <array>

#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::array<std::string_view, 4> rights{"Create", "Read", "Write", "Delete"};

std::string entry(std::string_view client, std::string_view table, std::string_view right) {
  return std::string(client) + "/" + std::string(table) + "/" + std::string(right);
}

}  // namespace

bool is_right(std::string_view name) {
  return std::ranges::find(rights, name) != rights.end();
}

void set_right(State& state, std::string_view client, std::string_view table, std::string_view right, bool allowed) {
  if (allowed) {
    state.denied.erase(entry(client, table, right));
  } else {
    state.denied.insert(entry(client, table, right));
  }
}

Outcome<bool> check_right(const Call& call, const TableSchema& schema, std::string_view right) {
  if (call.state.denied.empty()) return true;
  if (!call.state.denied.contains(entry(call.user.client_id, schema.name, right))) return true;
  return refuse(403, "0x80040220",
                "Principal user (Id=" + guid_text(call.user.id) + ", type=8) is missing prv" + std::string(right) +
                    schema.schema_name + " privilege for entity '" + schema.name + "'.");
}

}  // namespace dualwrite::sandbox::dataverse
