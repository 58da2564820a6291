#pragma once
// Keys in URLs and in @odata.bind.
#include <string>
#include <string_view>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// A row as a URL names it. Without a hit there is no such row; `key` is then empty if it was named by alternate key.
struct Address {
  std::string key;  ///< 16 bytes
  Hit hit;
  bool by_alternate = false;
  Assignments cells;  ///< alternate key: its columns, for a row to be created
};

Outcome<Address> resolve_key(const State& state, const Table& table, const std::string& text);
/// The refusal for an address without a row.
std::unexpected<Refusal> not_found(const TableSchema& schema, const Address& address);
/// Refuses a key with a quoted value that cannot stand in a URL of this service, encoded or not (A5).
Outcome<bool> check_key_text(const State& state, std::string_view key);
/// The row of that table which a reference names: "/accounts(…)", absolute, or "$1".
Outcome<Address> resolve_reference(const Call& call, const Table& table, const std::string& value);
/// The GUID that a bind value points to: "/accounts(…)", absolute, or "$1".
Outcome<std::string> resolve_bind(const Call& call, const Column& column, std::string_view navigation,
                                  const std::string& value);

}  // namespace dualwrite::sandbox::dataverse
