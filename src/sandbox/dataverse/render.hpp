#pragma once
// Rows as JSON.
#include <optional>
#include <string>
#include <vector>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

std::string etag_of(const Record& record);

/// How rows of one answer are written.
struct Rendering {
  const State* state = nullptr;
  const Table* table = nullptr;
  std::optional<std::vector<ColumnId>> select;
  std::vector<Expansion> expand;
  bool annotations = false;
};

Rendering rendering_of(const Call& call, const Table& table, const Query& query);

/// Appends {…}. `head` goes in front of the row's members: `"@odata.context":"…",` or nothing.
void append_row(std::string& out, const Rendering& how, const Record& record, std::string_view head = {});

/// "accounts(name,accountnumber)", "accounts" without a $select.
std::string context_set(const Rendering& how);

}  // namespace dualwrite::sandbox::dataverse
