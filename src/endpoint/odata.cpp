// Any OData v4 service. Nothing is taken for granted but keyed GET, POST, PATCH and DELETE: no $batch (there are
// services that break on one), no upsert, no ETag. Where a row has no ETag, or If-Match is not obeyed, a write reads
// the row first and compares it: what changes between that and the write is not noticed, so the configuration must
// allow it.
#include <algorithm>
#include <charconv>

#include "dualwrite/base/uuid.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"
#include "endpoint/describe.hpp"
#include "endpoint/odata_rows.hpp"
#include "endpoint/odata_service.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::chrono::milliseconds stamp_granularity{1000};
constexpr std::size_t page_rows = 500;
constexpr std::string_view behind_prefix = "behind ";
constexpr std::string_view skip_prefix = "skip ";

std::string select_of(const std::vector<std::string>& names) {
  std::string out = "$select=";
  for (const std::string& name : names) {
    if (!out.ends_with('=')) out += ",";
    out += name;
  }
  return out;
}

std::string order_of(const ODataSet& set) {
  std::string out = "$orderby=";
  for (const std::string& name : set.key()) {
    if (!out.ends_with('=')) out += ",";
    out += name;
  }
  return out;
}

class OData final : public Endpoint {
 public:
  OData(Executor executor, Clock& clock, Side side, ServiceSettings settings,
        std::unique_ptr<http::Transport> transport, Users users)
      : side_(side),
        service_(executor, clock, std::move(settings), std::move(transport), std::move(users)),
        sets_(service_),
        rows_(service_, sets_, side) {}

  [[nodiscard]] Side side() const noexcept override { return side_; }
  [[nodiscard]] const std::string& url() const noexcept override { return service_.settings().url; }
  [[nodiscard]] std::string_view dialect() const noexcept override { return "odata"; }
  [[nodiscard]] bool has_deltas() const noexcept override { return false; }
  [[nodiscard]] Usage usage() const override { return service_.usage(); }
  void set_urgency(const std::string& map, Urgency urgency) override { service_.set_urgency(map, urgency); }
  [[nodiscard]] ServiceClock service_clock() const override { return service_.clock(stamp_granularity); }
  [[nodiscard]] EditTime on_our_clock(EditTime theirs) const override { return service_.on_our_clock(theirs); }

  Task<Result<std::vector<RowRead>>> read(const maps::TableMap& map, std::vector<RowAddress> rows) override {
    auto set = co_await set_of(map);
    if (!set) co_return std::unexpected(std::move(set).error());
    std::vector<RowRead> reads;
    reads.reserve(rows.size());
    for (RowAddress& row : rows) {
      Result<RowRead> got = RowRead();
      if (row.key.empty()) {
        got = co_await rows_.find_record(map, **set, std::move(row.record));
      } else {
        got = co_await rows_.read_surely(map, **set, std::move(row.key));
      }
      // What is wrong with the service ends the whole call; what is wrong with a row is the row's.
      if (!got) co_return std::unexpected(std::move(got).error());
      reads.push_back(std::move(*got));
    }
    co_return reads;
  }

  Task<Result<std::vector<MatchReply>>> find(const maps::TableMap& map, std::vector<MatchQuery> queries) override {
    auto set = co_await set_of(map);
    if (!set) co_return std::unexpected(std::move(set).error());
    std::vector<MatchReply> replies;
    for (const MatchQuery& query : queries) {
      std::string filter;
      for (const ColumnValue& cell : query.cells) {
        const std::string& name = column_name(map.columns[cell.column], side_);
        filter += (filter.empty() ? "" : " and ") + name + " eq " + (*set)->literal(name, cell.value);
      }
      if (const auto company = map.company_column()) {
        const std::string& name = column_name(map.columns[*company], side_);
        const Value value = Value::string(maps::company_of(map, query.record));
        filter += (filter.empty() ? "" : " and ") + name + " eq " + (*set)->literal(name, value);
      }
      std::string options = "?" + select_of(names_read(map, side_, **set)) + "&$top=" + std::to_string(match_rows_max) +
                            "&$filter=" + odata::percent_encode_query(filter);
      std::string name = set_name(map, side_);
      const std::string nothing;
      auto page = co_await sets_.rows(std::move(name), std::move(options), nothing);
      MatchReply reply;
      if (!page) {
        reply.error = std::move(page).error();
      } else {
        for (odata::Entity& entity : page->entities) {
          if (reply.rows.size() < match_rows_max) reply.rows.push_back(rows_.present(map, **set, std::move(entity)));
        }
      }
      replies.push_back(std::move(reply));
    }
    co_return replies;
  }

  Task<std::vector<WriteReply>> write(const maps::TableMap& map, std::vector<RowWrite> writes) override {
    std::vector<WriteReply> replies(writes.size());
    auto set = co_await set_of(map);
    for (std::size_t index = 0; index < writes.size(); ++index) {
      if (!set) {
        replies[index].outcome = WriteOutcome::retry;  // nothing was sent
        replies[index].error = set.error().text();
        continue;
      }
      RowWrite write = std::move(writes[index]);
      replies[index] = co_await rows_.write(map, **set, std::move(write));
    }
    co_return replies;
  }

  Task<Result<ScanPage>> scan(const maps::TableMap& map, ScanDepth depth, std::string continuation) override {
    auto set = co_await set_of(map);
    if (!set) co_return std::unexpected(std::move(set).error());
    auto abilities = co_await sets_.explore(**set);
    if (!abilities) co_return std::unexpected(std::move(abilities).error());
    const std::vector<std::string> names = names_read(map, side_, **set);
    // Without ETags the whole row is the token.
    const bool keys_only = depth == ScanDepth::keys && abilities->etags.value_or(false);
    std::string query = "?" + select_of(keys_only ? keys_read(map, **set) : names) + "&" + order_of(**set);
    std::string filter = scan_filter(map, **set);
    std::size_t skipped = 0;
    const std::string what = "scanning " + (*set)->name();
    if (continuation.starts_with(behind_prefix)) {
      filter = both_conditions(filter, continuation.substr(behind_prefix.size()));
    } else if (continuation.starts_with(skip_prefix)) {
      const char* end = continuation.data() + continuation.size();
      std::from_chars(continuation.data() + skip_prefix.size(), end, skipped);
    } else if (!continuation.empty()) {
      http::Headers headers;
      headers.add("Prefer", "odata.maxpagesize=" + std::to_string(page_rows));
      const std::string nothing;
      auto linked = co_await service_.scan_page(nothing, std::move(continuation), std::move(headers), what, map.name);
      if (!linked) co_return std::unexpected(std::move(linked).error());
      finish(*linked, names);
      co_return linked;
    }
    if (!filter.empty()) query += "&$filter=" + odata::percent_encode_query(filter);
    const bool pages = abilities->paging == Paging::keys || abilities->paging == Paging::skip;
    if (pages) query += "&$top=" + std::to_string(page_rows);
    if (skipped > 0) query += "&$skip=" + std::to_string(skipped);
    std::string name = (*set)->name();
    std::string prefer;
    if (abilities->paging == Paging::links) prefer = "odata.maxpagesize=" + std::to_string(page_rows);
    auto page = co_await sets_.rows(std::move(name), std::move(query), std::move(prefer));
    if (!page) co_return std::unexpected(std::move(page).error().while_doing(what));
    ScanPage result;
    result.rows = std::move(page->entities);
    if (!pages) {
      result.next = linked_from(page->next_link);
    } else if (!result.rows.empty()) {
      // A service may give fewer rows than asked for: only a page without any is the last.
      auto behind = (*set)->behind(result.rows.back());
      if (!behind) co_return std::unexpected(std::move(behind).error());
      const bool by_key = abilities->paging == Paging::keys;
      result.next = by_key ? std::string(behind_prefix) + *behind
                           : std::string(skip_prefix) + std::to_string(skipped + result.rows.size());
    }
    finish(result, names);
    co_return result;
  }

  Task<Result<DeltaPage>> delta(const maps::TableMap& map, std::string) override {
    co_return fail(Errc::invalid, "the dialect odata follows no deltas: " + set_name(map, side_) + " is scanned");
  }
  Task<Result<std::map<std::string, std::string>>> lookup_ids(const maps::Lookup& lookup) override {
    co_return fail(Errc::invalid, "the dialect odata has no lookups: " + lookup.entity_set);
  }
  Task<Result<std::vector<std::vector<std::string>>>> find_ids(std::vector<maps::Question>) override {
    co_return fail(Errc::invalid, "the dialect odata has no lookups");
  }

  Task<Result<std::optional<Description>>> describe(std::string name) override {
    const bool anew = true;
    auto set = co_await sets_.find(std::move(name), anew);
    if (!set) co_return std::unexpected(std::move(set).error());
    if (*set == nullptr) co_return std::optional<Description>();
    Description out;
    out.set = (*set)->name();
    if ((*set)->key().size() == 1) out.id = (*set)->key().front();
    for (const odata::csdl::Property& property : (*set)->type().properties) {
      if (property.is_collection) continue;
      out.properties.push_back({property.name, property.type, (*set)->is_key(property.name)});
    }
    for (const odata::csdl::Navigation& navigation : (*set)->type().navigations) {
      if (!navigation.is_collection) out.navigations.push_back({navigation.name, navigation.type});
    }
    co_return std::optional<Description>(std::move(out));
  }

  Task<Result<std::vector<std::string>>> names() override {
    const bool anew = false;
    const std::string nothing;
    auto asked = co_await sets_.find(nothing, anew);
    if (!asked) co_return std::unexpected(std::move(asked).error());
    co_return sets_.names();
  }

  Task<Result<std::vector<Shortcoming>>> shortcomings(const maps::TableMap& map) override {
    std::vector<Shortcoming> found;
    auto set = co_await set_of(map);
    if (!set) co_return std::unexpected(std::move(set).error());
    auto abilities = co_await sets_.explore(**set);
    if (!abilities) co_return std::unexpected(std::move(abilities).error());
    const std::string& name = (*set)->name();
    const bool accepted = service_.settings().unguarded;
    if (!abilities->etags) {
      found.push_back({name + " is empty: whether its rows have ETags, and how they can be read in pages, is not known",
                       "create a row there and check again", true});
    } else if (!*abilities->etags) {
      found.push_back({"the rows of " + name + " have no ETag: a row is read and compared before each write, and an " +
                           "edit between the two is overwritten",
                       accepted ? "accepted by \"unguarded\"" : "accept it with \"unguarded\": true at this endpoint",
                       accepted});
    } else {
      found.push_back({"whether the service obeys If-Match is found out by the first write to " + name,
                       "if it does not, writes are refused unless \"unguarded\" is true at this endpoint", true});
    }
    if (abilities->filters && !*abilities->filters) {
      found.push_back(
          {"the service does not obey $filter on the key of " + name + ": a row cannot be found by the record's key",
           "link another set, or another service", false});
    } else if (abilities->folds && !*abilities->folds) {
      found.push_back({"the service does not know tolower() in $filter: a row of " + name +
                           " is found by its key only if that is all lower or all upper case, or a number",
                       "rows that are coupled already are not affected", true});
    }
    if (abilities->quotes && !*abilities->quotes) {
      found.push_back({"the service does not understand an apostrophe in $filter: a row of " + name +
                           " whose key holds one is not found by its key",
                       "rows that are coupled already are not affected", true});
    }
    if (abilities->paging == Paging::whole) {
      found.push_back({name + " cannot be read in pages: each scan reads it in one reply",
                       "a set larger than 256 MB cannot be scanned", true});
    }
    if (abilities->paging == Paging::skip) {
      found.push_back({name + " is read by $skip: a row deleted during a scan hides another one until the next scan",
                       "deletions are confirmed by a read each, so that nothing is lost", true});
    }
    found.push_back({"no deltas and no events: changes of " + name + " are found by scans",
                     "capture.scanIntervalMs is how long a change may wait", true});
    co_return found;
  }

  Task<Result<void>> reach(const maps::TableMap& map) override {
    return ask(service_, sets_.target(set_name(map, side_)) + "?$top=1");
  }

  [[nodiscard]] Result<std::string> key_of(const maps::TableMap& map, const odata::Entity& row) const override {
    const ODataSet* set = sets_.known(set_name(map, side_));
    if (set == nullptr) return fail(Errc::unavailable, "$metadata of " + url() + " has not been read yet");
    return set->predicate(row);
  }

  [[nodiscard]] std::string row_id(const maps::TableMap&, const odata::Entity&) const override { return {}; }

  /// A key that no column of the map fills is ours to choose, where it is a GUID or a text: the same record always gets
  /// the same one, so that a create that is repeated after a lost reply meets itself.
  [[nodiscard]] std::string key_for_create(const maps::TableMap& map, const Coupling& coupling) const override {
    const ODataSet* set = sets_.known(set_name(map, side_));
    if (set == nullptr || set->key().size() != 1) return {};
    const std::string& key = set->key().front();
    const bool mapped =
        std::ranges::any_of(map.columns, [&](const maps::Column& column) { return column_name(column, side_) == key; });
    const odata::csdl::Property* property = set->type().find(key);
    const bool ours = property != nullptr && (property->type == "Edm.Guid" || property->type == "Edm.String");
    if (mapped || !ours) return {};
    const std::string id = name_uuid(service_.settings().engine_id + "/" + map.name + "/" + coupling.record.key.text() +
                                     "/" + std::to_string(coupling.incarnation));
    return set->literal(key, Value::string(id));
  }

  [[nodiscard]] EditTime modified(const maps::TableMap& map, const odata::Entity& row) const override {
    const std::string& name = side_ == Side::finops ? map.finops_stamp : map.dataverse_stamp;
    const Value* stamp = name.empty() ? nullptr : row.find(name);
    const auto at = stamp == nullptr ? std::nullopt : parse_instant(stamp->text());
    return at ? service_.stamp(*at, stamp_granularity) : EditTime();
  }

 private:
  Task<Result<const ODataSet*>> set_of(const maps::TableMap& map) {
    std::string name = set_name(map, side_);
    const bool anew = false;
    auto set = co_await sets_.find(std::move(name), anew);
    if (set && *set == nullptr) {
      co_return fail(Errc::invalid, "there is no entity set " + set_name(map, side_) + " at " + url(),
                     "correct the map " + map.name);
    }
    co_return set;
  }

  /// The service's own link to its next page: absolute, or relative to its root.
  [[nodiscard]] std::string linked_from(const std::string& link) const {
    if (link.empty() || link.front() == '/' || link.find("://") != std::string::npos) return link;
    return service_.settings().root + link;
  }

  void finish(ScanPage& page, const std::vector<std::string>& names) const {
    page.next =
        page.next.starts_with(behind_prefix) || page.next.starts_with(skip_prefix) ? page.next : linked_from(page.next);
    for (odata::Entity& row : page.rows) {
      if (row.etag.empty()) row.etag = row_digest(row, names);
    }
  }

  /// What tells which row it is, and which record's.
  [[nodiscard]] std::vector<std::string> keys_read(const maps::TableMap& map, const ODataSet& set) const {
    std::vector<std::string> names = set.key();
    for (const std::size_t column : map.key_columns()) {
      for (const std::string& name : map.columns[column].fields(side_)) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
      }
    }
    return names;
  }

  [[nodiscard]] std::string scan_filter(const maps::TableMap& map, const ODataSet& set) const {
    std::string companies;
    const auto company = map.company_column();
    for (const std::string& each : map.companies) {
      if (!company) break;
      const std::string& name = column_name(map.columns[*company], side_);
      companies += (companies.empty() ? "" : " or ") + name + " eq " + set.literal(name, Value::string(each));
    }
    return both_conditions(companies, map.filter[side_].text);
  }

  Side side_;
  Service service_;
  ODataService sets_;
  ODataRows rows_;
};

}  // namespace

std::unique_ptr<Endpoint> make_odata(Executor executor, Clock& clock, Side side, ServiceSettings settings,
                                     std::unique_ptr<http::Transport> transport, Users users) {
  return std::make_unique<OData>(executor, clock, side, std::move(settings), std::move(transport), std::move(users));
}

}  // namespace dualwrite::endpoint
