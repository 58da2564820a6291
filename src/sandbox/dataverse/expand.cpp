#include "sandbox/dataverse/expand.hpp"

#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/dataverse/cookie.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

// No limits that the platform documents: its two minutes would be over long before.
constexpr std::size_t rows_max = 200'000;
constexpr std::size_t bytes_max = 64U << 20U;

Rendering rendering_within(const Rendering& how, const Expansion& expansion) {
  Rendering far = how;
  far.table = &how.state->database.table(expansion.target);
  far.select = expansion.select;
  far.expand = expansion.expand;
  far.has_etag = expansion.many && !how.expanding->is_nested;
  return far;
}

void append_far_row(std::string& out, const Rendering& how, const Record& record) {
  if (how.expanding->rows_left-- == 0 || out.size() > bytes_max) {
    throw Failed(Refusal(how.state->switches.sql_failure_status, "0x80044151", "SQL timeout expired."));
  }
  append_row(out, how, record);
}

void append_single(std::string& out, const Rendering& how, const Expansion& expansion, const Record& record) {
  const Table& far = how.state->database.table(expansion.target);
  const auto id = record.row.get(expansion.column);
  const Hit hit = id ? far.find(*id) : Hit{};
  const bool is_shown = hit && (!expansion.filter || expansion.filter->test(hit.record->row));
  if (expansion.reference && how.select) {
    append_column(out, how, how.table->schema().column(expansion.column), id, record.version);
  }
  append_name(out, expansion.navigation);
  if (!is_shown) {
    out += "null";
  } else if (expansion.reference) {
    out += "{\"@odata.id\":\"" + how.root + far.schema().set + "(" + guid_text(*id) + ")\"}";
  } else {
    append_far_row(out, rendering_within(how, expansion), *hit.record);
  }
}

const std::vector<Hit>& members_of(const Rendering& how, const Expansion& expansion, std::string_view key) {
  const auto [at, is_new] = how.expanding->members.try_emplace({expansion.target, expansion.column});
  if (is_new) {
    for (const auto& [near_key, near] : how.state->database.table(expansion.target).rows()) {
      const auto to = near.row.get(expansion.column);
      if (to) at->second[std::string(*to)].push_back(Hit{&near_key, &near});
    }
  }
  static const std::vector<Hit> none;
  const auto found = at->second.find(key);
  return found == at->second.end() ? none : found->second;
}

/// The collection as an address of its own, with the options that were given; `after`: from behind that key.
std::string collection_link(const Rendering& how, const Expansion& expansion, std::string_view key,
                            const std::string* after) {
  std::string options;
  const auto add = [&](std::string_view name, const std::string& value) {
    options += (options.empty() ? "?" : "&") + std::string(name) + "=" + value;
  };
  for (const auto& [name, value] : expansion.options) add(name, odata::percent_encode_query(value));
  if (after != nullptr) {
    Cookie cookie;
    cookie.page = 2;
    cookie.after_key = *after;
    add("$skiptoken", odata::percent_encode_query(text_of(cookie)));
  }
  return how.root + how.table->schema().set + "(" + guid_text(key) + ")/" + expansion.navigation + options;
}

void append_collection(std::string& out, const Rendering& how, const Expansion& expansion, const Record& record) {
  const std::string_view key = *record.row.get(how.table->schema().primary.columns.front());
  std::vector<Hit> hits;
  for (const Hit& hit : members_of(how, expansion, key)) {
    if (!expansion.filter || expansion.filter->test(hit.record->row)) hits.push_back(hit);
  }
  Rendering far = rendering_within(how, expansion);
  const TableSchema& near = far.table->schema();
  if (!expansion.order.empty()) {
    std::ranges::sort(hits, [&](const Hit& a, const Hit& b) { return comes_before(near, expansion.order, a, b); });
  }
  const std::size_t page = how.expanding->page_size;
  const bool has_more = hits.size() > page && !expansion.top;
  hits.resize(std::min({hits.size(), page, expansion.top.value_or(page)}));
  const bool shows_lookup = far.select && !how.expanding->is_nested;
  if (shows_lookup && std::ranges::find(*far.select, expansion.column) == far.select->end()) {
    far.select->push_back(expansion.column);
  }
  append_name(out, expansion.navigation);
  out += '[';
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (i != 0) out += ',';
    append_far_row(out, far, *hits[i].record);
  }
  out += ']';
  if (how.format.level == Level::none) return;
  const bool is_linked = has_more || how.state->switches.expand_next_link;
  if (!is_linked) return;
  // Without nesting, the documented link is the whole collection once more.
  const bool goes_on = !hits.empty() && (how.expanding->is_nested || !how.state->switches.expand_next_link);
  append_name(out, expansion.navigation + "@odata.nextLink");
  odata::append_json_string(out, collection_link(how, expansion, key, goes_on ? hits.back().key : nullptr));
}

}  // namespace

std::shared_ptr<Expanding> expanding_of(const Call& call, const Query& query) {
  auto expanding = std::make_shared<Expanding>();
  expanding->call = &call;
  expanding->is_nested =
      std::ranges::any_of(query.expand, [](const Expansion& expansion) { return !expansion.expand.empty(); });
  expanding->page_size = call.state.page_size;
  if (expanding->is_nested && call.preferences.page_size) {
    expanding->page_size = std::min(*call.preferences.page_size, call.state.page_size);
  }
  expanding->rows_left = rows_max;
  return expanding;
}

void append_expansions(std::string& out, const Rendering& how, const Record& record) {
  for (const Expansion& expansion : how.expand) {
    if (expansion.many) {
      append_collection(out, how, expansion, record);
    } else {
      append_single(out, how, expansion, record);
    }
  }
}

}  // namespace dualwrite::sandbox::dataverse
