#include "endpoint/odata_service.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"

namespace dualwrite::endpoint {
namespace {

/// No row has it.
constexpr std::string_view nobody = "dualwrite-looks-for-nothing-4f1c7a92";

std::string order_of(const ODataSet& set) {
  std::string order;
  for (const std::string& name : set.key()) order += (order.empty() ? "" : ",") + name;
  return order;
}

bool same_row(const ODataSet& set, const odata::Entity& a, const odata::Entity& b) {
  const auto one = set.predicate(a);
  const auto other = set.predicate(b);
  return one && other && *one == *other;
}

/// The first part of the key that is a text, where there is one.
std::string text_key(const ODataSet& set) {
  for (const std::string& name : set.key()) {
    if (set.is_text(name)) return name;
  }
  return {};
}

}  // namespace

std::string_view to_string(Paging paging) noexcept {
  switch (paging) {
    case Paging::unknown:
      return "unknown";
    case Paging::links:
      return "links";
    case Paging::keys:
      return "keys";
    case Paging::skip:
      return "skip";
    case Paging::whole:
      return "whole";
  }
  return "unknown";
}

Task<Result<const ODataSet*>> ODataService::find(std::string set, bool anew) {
  if (!metadata_ || anew) {
    const std::string what = "reading $metadata of " + service_.settings().url + service_.settings().root;
    http::Request request("GET", target("$metadata"));
    request.headers.add("Accept", "application/xml");
    auto response = co_await service_.call(std::move(request));
    if (!response) co_return std::unexpected(std::move(response).error().while_doing(what));
    if (response->status != 200) co_return std::unexpected(request_error(response->status, response->body, what));
    auto document = odata::csdl::parse_csdl(response->body, "$metadata");
    if (!document) co_return std::unexpected(std::move(document).error().while_doing(what));
    metadata_ = std::move(*document);
    for (const odata::csdl::EntitySet& each : metadata_->entity_sets) {
      const odata::csdl::EntityType* type = metadata_->find_type(each.type);
      if (type == nullptr) continue;
      // Whoever works with a set keeps hold of it while it is read anew: it is changed in its place.
      auto& kept = sets_[each.name];
      if (kept) {
        *kept = ODataSet(each.name, *type);
      } else {
        kept = std::make_unique<ODataSet>(each.name, *type);
      }
    }
  }
  const bool there =
      std::ranges::find(metadata_->entity_sets, set, &odata::csdl::EntitySet::name) != metadata_->entity_sets.end();
  const auto found = sets_.find(set);
  co_return there&& found != sets_.end() ? found->second.get() : nullptr;
}

const ODataSet* ODataService::known(const std::string& set) const {
  const auto found = sets_.find(set);
  return found == sets_.end() ? nullptr : found->second.get();
}

std::vector<std::string> ODataService::names() const {
  std::vector<std::string> names;
  if (!metadata_) return names;
  for (const odata::csdl::EntitySet& set : metadata_->entity_sets) names.push_back(set.name);
  return names;
}

Task<Result<odata::Page>> ODataService::rows(std::string set, std::string query, std::string prefer) {
  const std::string what = "reading " + set;
  http::Headers headers;
  if (!prefer.empty()) headers.add("Prefer", std::move(prefer));
  std::string path = target(set) + query;
  auto body = co_await service_.get(std::move(path), std::move(headers), what);
  if (!body) co_return std::unexpected(std::move(body).error());
  auto page = odata::parse_page(*body);
  if (!page) co_return std::unexpected(std::move(page).error().while_doing(what));
  co_return page;
}

/// True if the filter gives the expected row first, or none where none is expected. A service that refuses the filter
/// does not know it: that is an answer, too.
Task<Result<bool>> ODataService::finds(const ODataSet& set, std::string filter, std::optional<odata::Entity> expected) {
  std::string query = "?$orderby=" + order_of(set) + "&$top=1&$filter=" + odata::percent_encode_query(filter);
  http::Request request("GET", target(set.name()) + query);
  request.headers.add("Accept", "application/json");
  auto response = co_await service_.call(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status != 200) co_return false;
  const auto page = odata::parse_page(response->body);
  if (!page) co_return false;
  if (!expected) co_return page->entities.empty();
  co_return !page->entities.empty() && same_row(set, page->entities.front(), *expected);
}

Task<Result<Paging>> ODataService::explore_paging(const ODataSet& set) {
  std::string query = "?$orderby=" + order_of(set) + "&$top=3";
  std::string name = set.name();
  std::string prefer = "odata.maxpagesize=2";
  auto page = co_await rows(name, query, prefer);
  if (!page) co_return std::unexpected(std::move(page).error());
  const std::vector<odata::Entity>& found = page->entities;
  if (!page->next_link.empty()) co_return Paging::links;
  if (found.size() < 3) co_return Paging::unknown;
  bool keys = abilities(set.name()).quotes.value_or(true);  // else a key with an apostrophe would end the scan
  if (keys) {
    auto behind = set.behind(found[0]);
    if (!behind) co_return std::unexpected(std::move(behind).error());
    auto finds_next = co_await finds(set, std::move(*behind), found[1]);
    if (!finds_next) co_return std::unexpected(std::move(finds_next).error());
    keys = *finds_next;
  }
  if (keys) {
    // The last row that is known must not come again, or the scan would never end.
    auto last = set.behind(found[1]);
    if (!last) co_return std::unexpected(std::move(last).error());
    auto next = co_await finds(set, std::move(*last), found[2]);
    if (!next) co_return std::unexpected(std::move(next).error());
    if (*next) co_return Paging::keys;
  }
  query += "&$skip=1";
  const std::string nothing;
  auto skipped = co_await rows(std::move(name), std::move(query), nothing);
  if (!skipped) co_return std::unexpected(std::move(skipped).error());
  const bool skips = !skipped->entities.empty() && same_row(set, skipped->entities.front(), found[1]);
  co_return skips ? Paging::skip : Paging::whole;
}

Task<Result<Abilities>> ODataService::explore(const ODataSet& set) {
  Abilities known = abilities(set.name());
  const std::string text = text_key(set);
  if (!known.quotes) {
    known.quotes = true;
    if (!text.empty()) {
      std::string nothing = text + " eq " + odata::quote(std::string(nobody) + "'s");
      auto understood = co_await finds(set, std::move(nothing), std::nullopt);
      if (!understood) co_return std::unexpected(std::move(understood).error());
      known.quotes = *understood;
      abilities(set.name()).quotes = known.quotes;
    }
  }
  if (known.paging == Paging::unknown) {
    auto paging = co_await explore_paging(set);
    if (!paging) co_return std::unexpected(std::move(paging).error());
    known.paging = *paging;
  }
  if (!known.etags || !known.filters || !known.folds) {
    std::string name = set.name();
    std::string query = "?$top=1";
    const std::string nothing;
    auto page = co_await rows(std::move(name), std::move(query), nothing);
    if (!page) co_return std::unexpected(std::move(page).error());
    if (!page->entities.empty()) {
      const odata::Entity row = page->entities.front();
      known.etags = !row.etag.empty();
      auto here = set.predicate(row);
      if (!here) co_return std::unexpected(std::move(here).error());
      std::string same;
      std::string folded;
      for (const std::string& part : set.key()) {
        const std::string literal = set.literal(part, *row.find(part));
        const bool is_text = part == text;
        same += (same.empty() ? "" : " and ") + part + " eq " + literal;
        folded += (folded.empty() ? "" : " and ") +
                  (is_text ? "tolower(" + part + ") eq " + ascii_lower(literal) : part + " eq " + literal);
      }
      auto filters = co_await finds(set, std::move(same), row);
      if (!filters) co_return std::unexpected(std::move(filters).error());
      known.filters = *filters;
      if (text.empty()) {
        known.folds = false;  // nothing to fold
      } else {
        std::string no_row = text + " eq " + odata::quote(nobody);
        auto obeys = co_await finds(set, std::move(no_row), std::nullopt);
        if (!obeys) co_return std::unexpected(std::move(obeys).error());
        known.filters = *filters && *obeys;
        std::string folded_nothing = "tolower(" + text + ") eq " + odata::quote(nobody);
        auto folds = co_await finds(set, std::move(folded), row);
        if (!folds) co_return std::unexpected(std::move(folds).error());
        auto empty = co_await finds(set, std::move(folded_nothing), std::nullopt);
        if (!empty) co_return std::unexpected(std::move(empty).error());
        known.folds = *folds && *empty;
      }
    }
  }
  // What a write has found out meanwhile stays.
  known.if_match = abilities(set.name()).if_match;
  abilities(set.name()) = known;
  co_return known;
}

}  // namespace dualwrite::endpoint
