#pragma once
// Rows as JSON.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/dataverse/format.hpp"
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

std::string etag_of(const Record& record);

/// What the expansions of one answer share: expand.hpp.
struct Expanding;

/// How rows of one answer are written.
struct Rendering {
  const State* state = nullptr;
  const Table* table = nullptr;
  std::optional<std::vector<ColumnId>> select;
  std::vector<Expansion> expand;
  Format format;
  std::string root;                   ///< of links at level full
  std::int64_t* rows_read = nullptr;  ///< where they are counted
  bool has_etag = true;
  std::shared_ptr<Expanding> expanding{};  ///< nullptr where nothing is expanded
};

Rendering rendering_of(const Call& call, const Table& table, const Query& query);

/// Appends {…}. `head` goes in front of the row's members: `"@odata.context":"…",` or nothing.
void append_row(std::string& out, const Rendering& how, const Record& record, std::string_view head = {});

/// Appends `,"name":`.
void append_name(std::string& out, std::string_view name);
/// Appends `,"column":value`, with the annotations that are asked for in front of it.
void append_column(std::string& out, const Rendering& how, const Column& column, std::optional<std::string_view> text,
                   std::int64_t version);

/// `"@odata.context":"…#accounts(name)<suffix>",`, or nothing where the client wants no control information.
std::string context_member(const Call& call, const Rendering& how, std::string_view suffix = {});

/// Puts what was honoured into Preference-Applied.
void add_applied(const Call& call, http::Response& response, std::string_view first = {});

/// "accounts(name,accountnumber)", "accounts" without a $select.
std::string context_set(const Rendering& how);

}  // namespace dualwrite::sandbox::dataverse
