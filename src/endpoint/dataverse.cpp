// The Dataverse Web API (v9.2): rows are addressed by GUID, written with PATCH and conditional headers, and come back
// whole with every write, so that token and values are of one response.
#include <algorithm>
#include <iterator>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"
#include "endpoint/describe.hpp"
#include "endpoint/dual_write.hpp"
#include "endpoint/facts.hpp"
#include "endpoint/match.hpp"
#include "endpoint/service.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view root = "/api/data/v9.2/";
constexpr std::chrono::milliseconds stamp_granularity{1000};
constexpr int lookup_pages_max = 20;

/// What is read of a row: its own columns, and those of related rows by navigation property.
struct Projection {
  std::string select;
  std::vector<std::string> navigations;
  std::vector<Projection> related;  ///< one for each navigation property

  void add(std::string_view path) {
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) {
      if (!select.empty()) select += ",";
      select += path;
      return;
    }
    const std::string_view navigation = path.substr(0, slash);
    const auto known = std::ranges::find(navigations, navigation);
    const auto index = static_cast<std::size_t>(known - navigations.begin());
    if (known == navigations.end()) {
      navigations.emplace_back(navigation);
      related.emplace_back();
    }
    related[index].add(path.substr(slash + 1));
  }

  /// The options, with '&' between them in a request's query and ';' within an $expand (OData URL Conventions, 5.1.3).
  [[nodiscard]] std::string text(char separator) const {
    std::string out;
    if (!select.empty()) out = "$select=" + select;
    for (std::size_t index = 0; index < related.size(); ++index) {
      if (index == 0 && !out.empty()) out += separator;
      out += index == 0 ? "$expand=" : ",";
      out += navigations[index] + "(" + related[index].text(';') + ")";
    }
    return out;
  }
};

/// $select and $expand of a map's columns.
std::string projection(const maps::TableMap& map) {
  Projection all;
  all.add(map.dataverse_id);
  if (!map.dataverse_stamp.empty()) all.add(map.dataverse_stamp);
  for (const std::string& name : map.names_to_read(Side::dataverse)) {
    if (name != map.dataverse_id && name != map.dataverse_stamp) all.add(name);
  }
  return all.text('&');
}

/// A filter that finds a record's row by its integration key: keys may hold characters that a key URL cannot.
std::string key_filter(const maps::TableMap& map, const RecordKey& key) {
  const std::vector<std::string> parts = maps::key_parts(key);
  const std::vector<std::size_t> columns = map.key_columns();
  std::string filter;
  for (std::size_t index = 0; index < columns.size() && index < parts.size(); ++index) {
    const maps::Column& column = map.columns[columns[index]];
    if (index > 0) filter += " and ";
    const bool number = column.type == maps::Type::integer || column.type == maps::Type::decimal;
    const Value canonical = number ? Value::number(parts[index]) : Value::string(parts[index]);
    const auto wire = maps::to_wire(column, Side::dataverse, canonical);
    filter += column.dataverse + " eq " + maps::filter_literal(column, wire.value_or(canonical));
  }
  return filter;
}

/// Restricts a scan to the legal entities of the map and to its filter.
std::string scan_filter(const maps::TableMap& map) {
  const auto company = std::ranges::find(map.columns, "dataAreaId", &maps::Column::finops);
  std::string companies;
  for (const std::string& name : map.companies) {
    if (company == map.columns.end()) break;
    if (!companies.empty()) companies += " or ";
    companies += company->dataverse + " eq " + odata::quote(name);
  }
  return both_conditions(companies, map.filter[Side::dataverse].text);
}

class Dataverse final : public Endpoint {
 public:
  Dataverse(Executor executor, Clock& clock, ServiceSettings settings, std::unique_ptr<http::Transport> transport,
            Users users)
      : service_(executor, clock, std::move(settings), std::move(transport), std::move(users)) {}

  [[nodiscard]] Side side() const noexcept override { return Side::dataverse; }
  [[nodiscard]] const std::string& url() const noexcept override { return service_.settings().url; }
  [[nodiscard]] std::string_view dialect() const noexcept override { return "dataverse"; }
  [[nodiscard]] bool has_deltas() const noexcept override { return true; }
  [[nodiscard]] Usage usage() const override { return service_.usage(); }
  void set_urgency(const std::string& map, Urgency urgency) override { service_.set_urgency(map, urgency); }
  [[nodiscard]] ServiceClock service_clock() const override { return service_.clock(stamp_granularity); }
  [[nodiscard]] EditTime on_our_clock(EditTime theirs) const override { return service_.on_our_clock(theirs); }

  Task<Result<std::vector<RowRead>>> read(const maps::TableMap& map, std::vector<RowAddress> rows) override {
    const std::string columns = projection(map);
    std::vector<odata::BatchRequestPart> parts;
    parts.reserve(rows.size());
    for (const RowAddress& row : rows) {
      std::string url = map.dataverse_set;
      if (!row.key.empty()) {
        url += "(" + row.key + ")?" + columns;
      } else {
        url += "?" + columns + "&$filter=" + odata::percent_encode_query(key_filter(map, row.record)) + "&$top=2";
      }
      parts.emplace_back("GET", std::string(root) + url);
      parts.back().headers.emplace_back("Accept", "application/json");
    }
    auto replies = co_await service_.batch(std::string(root) + "$batch", std::move(parts), map.name);
    if (!replies) co_return std::unexpected(std::move(replies).error());
    std::vector<RowRead> reads;
    reads.reserve(rows.size());
    for (std::size_t index = 0; index < rows.size(); ++index) {
      if (index < replies->size()) {
        reads.push_back(rows[index].key.empty() ? found_row(map, (*replies)[index], rows[index].record)
                                                : keyed_row(map, (*replies)[index]));
      } else {
        RowRead unanswered;
        unanswered.error = Error(Errc::in_doubt, "the batch was not answered to its end");
        reads.push_back(std::move(unanswered));
      }
    }
    co_return reads;
  }

  Task<Result<std::vector<MatchReply>>> find(const maps::TableMap& map, std::vector<MatchQuery> queries) override {
    const std::string columns = projection(map);
    std::vector<odata::BatchRequestPart> parts;
    for (const MatchQuery& query : queries) {
      const std::string filter = match_filter(map, Side::dataverse, query);
      parts.emplace_back("GET", std::string(root) + map.dataverse_set + "?" + columns + "&$filter=" +
                                    odata::percent_encode_query(filter) + "&$top=" + std::to_string(match_rows_max));
      parts.back().headers.emplace_back("Accept", "application/json");
    }
    auto replies = co_await service_.batch(std::string(root) + "$batch", std::move(parts), map.name);
    if (!replies) co_return std::unexpected(std::move(replies).error());
    co_return match_replies(*this, map, queries.size(), *replies);
  }

  Task<std::vector<WriteReply>> write(const maps::TableMap& map, std::vector<RowWrite> writes) override {
    const std::string columns = projection(map);
    std::vector<odata::BatchRequestPart> parts;
    parts.reserve(writes.size());
    for (RowWrite& write : writes) parts.push_back(write_part(map, columns, write));
    const Instant sent = service_.now();
    auto replies = co_await service_.batch(std::string(root) + "$batch", std::move(parts), map.name);
    const Instant received = service_.now();
    std::vector<WriteReply> results(writes.size());
    for (std::size_t index = 0; index < writes.size(); ++index) {
      WriteReply& result = results[index];
      if (!replies) {
        result.outcome = classify_request(replies.error());
        result.error = replies.error().text();
      } else if (index < replies->size()) {
        result = reply_to(writes[index], (*replies)[index]);
        if (const auto stamp = stamp_of(map, result)) service_.note_stamp(sent, received, *stamp, stamp_granularity);
      } else {
        result.error = "the batch was not answered to its end";
      }
    }
    co_return results;
  }

  Task<Result<ScanPage>> scan(const maps::TableMap& map, ScanDepth depth, std::string continuation) override {
    std::string first = std::string(root) + map.dataverse_set + "?" +
                        (depth == ScanDepth::rows ? projection(map) : "$select=" + map.dataverse_id);
    const std::string filter = scan_filter(map);
    if (!filter.empty()) first += "&$filter=" + odata::percent_encode_query(filter);
    http::Headers headers;
    headers.add("Prefer", "odata.maxpagesize=2000");
    std::string what = "scanning " + map.dataverse_set;
    co_return co_await service_.scan_page(std::move(first), std::move(continuation), std::move(headers),
                                          std::move(what), map.name);
  }

  Task<Result<DeltaPage>> delta(const maps::TableMap& map, std::string link) override {
    http::Headers headers;
    std::string target;
    if (link.empty()) {
      target = std::string(root) + map.dataverse_set + "?$select=" + map.dataverse_id;
      headers.add("Prefer", "odata.track-changes,odata.maxpagesize=5000");
    } else {
      auto own = service_.own_target(link);
      if (!own) co_return std::unexpected(std::move(own).error());
      target = std::move(*own);
      headers.add("Prefer", "odata.maxpagesize=5000");
    }
    http::Request request("GET", std::move(target), std::move(headers), {});
    request.headers.add("Accept", "application/json");
    request.headers.add("OData-MaxVersion", "4.0");
    request.headers.add("OData-Version", "4.0");
    const std::string what = "reading changes of " + map.dataverse_set;
    auto response = co_await service_.call(std::move(request), map.name);
    if (!response) co_return std::unexpected(std::move(response).error().while_doing(what));
    DeltaPage result;
    if (response->status != 200) {
      // ExpiredVersionStamp; its status is not documented, and a plain 410 has been reported, too.
      const odata::WireError error = odata::parse_error(response->body);
      result.expired = response->status == 410 || equal_ignoring_case(error.code, "0x80044352");
      if (result.expired) co_return result;
      co_return std::unexpected(request_error(response->status, response->body, what));
    }
    auto page = odata::parse_page(response->body);
    if (!page) co_return std::unexpected(std::move(page).error().while_doing(what));
    for (odata::Entity& entity : page->entities) {
      DeltaItem item;
      item.deleted = entity.removed;
      item.token = std::move(entity.etag);
      if (entity.removed) {
        item.key = entity.id;
      } else if (const Value* id = entity.find(map.dataverse_id)) {
        item.key = id->text();
      }
      if (!item.key.empty()) result.items.push_back(std::move(item));
    }
    result.next = std::move(page->next_link);
    result.link = std::move(page->delta_link);
    co_return result;
  }

  Task<Result<std::map<std::string, std::string>>> lookup_ids(const maps::Lookup& lookup) override {
    std::map<std::string, std::string> ids;
    std::string target = std::string(root) + lookup.entity_set + "?$select=" + lookup.id + "," + lookup.column;
    const std::string what = "reading " + lookup.entity_set;
    for (int page_number = 0; page_number < lookup_pages_max; ++page_number) {
      http::Headers headers;
      auto body = co_await service_.get(std::move(target), std::move(headers), what);
      if (!body) co_return std::unexpected(std::move(body).error());
      auto page = odata::parse_page(*body);
      if (!page) co_return std::unexpected(std::move(page).error().while_doing(what));
      for (const odata::Entity& row : page->entities) {
        const Value* id = row.find(lookup.id);
        const Value* name = row.find(lookup.column);
        if (id != nullptr && name != nullptr) ids[ascii_lower(name->text())] = id->text();
      }
      if (page->next_link.empty()) co_return ids;
      auto own = service_.own_target(page->next_link);
      if (!own) co_return std::unexpected(std::move(own).error());
      target = std::move(*own);
    }
    co_return fail(Errc::limit, what + ": too many rows for a lookup that is read whole");
  }

  Task<Result<std::vector<std::vector<std::string>>>> find_ids(std::vector<maps::Question> questions) override {
    std::vector<odata::BatchRequestPart> parts;
    parts.reserve(questions.size());
    for (const maps::Question& question : questions) {
      parts.emplace_back("GET", std::string(root) + question.set + "?$select=" + question.id +
                                    "&$filter=" + odata::percent_encode_query(question.filter) + "&$top=2");
      parts.back().headers.emplace_back("Accept", "application/json");
    }
    auto replies = co_await service_.batch(std::string(root) + "$batch", std::move(parts));
    if (!replies) co_return std::unexpected(std::move(replies).error());
    std::vector<std::vector<std::string>> answers;
    for (std::size_t index = 0; index < questions.size(); ++index) {
      const odata::BatchResponsePart& reply = (*replies)[index];
      const std::string what = "looking for a row of " + questions[index].set;
      if (reply.status != 200) co_return std::unexpected(request_error(reply.status, reply.body, what));
      auto page = odata::parse_page(reply.body);
      if (!page) co_return std::unexpected(std::move(page).error().while_doing(what));
      std::vector<std::string> ids;
      for (const odata::Entity& row : page->entities) {
        if (const Value* id = row.find(questions[index].id)) ids.push_back(id->text());
      }
      answers.push_back(std::move(ids));
    }
    co_return answers;
  }

  Task<Result<std::optional<Description>>> describe(std::string name) override {
    return describe_dataverse(service_, std::move(name));
  }
  Task<Result<std::optional<maps::EntityFacts>>> facts(std::string name, std::vector<std::string> choices) override {
    return facts_dataverse(service_, std::move(name), std::move(choices));
  }
  Task<Result<std::vector<odata::Entity>>> table_rows(std::string set, std::string columns) override {
    const std::string target = std::string(root) + set + "?$select=" + columns;
    const std::string what = "reading " + set;
    std::vector<odata::Entity> rows;
    std::string continuation;
    for (int page_number = 0; page_number < lookup_pages_max; ++page_number) {
      http::Headers headers;
      auto page = co_await service_.scan_page(target, std::move(continuation), std::move(headers), what);
      if (!page) co_return std::unexpected(std::move(page).error());
      std::ranges::move(page->rows, std::back_inserter(rows));
      if (page->next.empty()) co_return rows;
      continuation = std::move(page->next);
    }
    co_return fail(Errc::limit, what + ": too many rows for a table that is read whole");
  }
  Task<Result<std::vector<std::string>>> names() override { return names_of_dataverse(service_); }
  Task<Result<std::vector<Shortcoming>>> shortcomings(const maps::TableMap& map) override {
    std::vector<Shortcoming> found;
    if (!service_.settings().asks_for_dual_write) co_return found;
    auto active = co_await active_dual_write(service_, map.dataverse_table, map.dataverse_set);
    if (!active) co_return std::unexpected(std::move(active).error());
    if (*active) {
      found.push_back({"Microsoft's dual-write is active on the table " + map.dataverse_table + " (" + **active + ")",
                       "stop its map there: two that copy the same rows would go round in circles", false});
    }
    co_return found;
  }
  Task<Result<std::string>> identity() override { return organization_of(service_); }
  Task<Result<void>> reach(const maps::TableMap&) override { return ask(service_, std::string(root) + "WhoAmI"); }

  [[nodiscard]] Result<std::string> key_of(const maps::TableMap& map, const odata::Entity& row) const override {
    const Value* id = row.find(map.dataverse_id);
    if (id == nullptr || id->text().empty()) {
      return fail(Errc::invalid, "a row of " + map.dataverse_set + " came without " + map.dataverse_id,
                  "check dataverse.id in the map " + map.name);
    }
    return id->text();
  }

  /// The key is a GUID: it is what stays.
  [[nodiscard]] std::string row_id(const maps::TableMap&, const odata::Entity&) const override { return {}; }

  /// The same record always gets the same GUID, so that a create that is repeated after a lost reply meets itself.
  [[nodiscard]] std::string key_for_create(const maps::TableMap& map, const Coupling& coupling) const override {
    return name_uuid(service_.settings().engine_id + "/" + map.name + "/" + coupling.record.key.text() + "/" +
                     std::to_string(coupling.incarnation));
  }

  [[nodiscard]] EditTime modified(const maps::TableMap& map, const odata::Entity& row) const override {
    const Value* stamp = map.dataverse_stamp.empty() ? nullptr : row.find(map.dataverse_stamp);
    const auto at = stamp == nullptr ? std::nullopt : parse_instant(stamp->text());
    return at ? service_.stamp(*at, stamp_granularity) : EditTime();
  }

 private:
  /// The stamp of a row in its write's own reply: the write set it.
  static std::optional<Instant> stamp_of(const maps::TableMap& map, const WriteReply& reply) {
    if (!reply.of_write || !reply.entity || map.dataverse_stamp.empty()) return std::nullopt;
    const Value* stamp = reply.entity->find(map.dataverse_stamp);
    return stamp == nullptr ? std::nullopt : parse_instant(stamp->text());
  }

  RowRead failed(const odata::BatchResponsePart& reply) const {
    RowRead read;
    read.error = request_error(reply.status, reply.body, "reading a row of " + url());
    return read;
  }

  RowRead present(const maps::TableMap& map, odata::Entity entity) const {
    RowRead read;
    auto key = key_of(map, entity);
    if (!key) {
      read.error = std::move(key).error();
      return read;
    }
    read.kind = RowRead::Kind::present;
    read.key = std::move(*key);
    read.entity = std::move(entity);
    return read;
  }

  RowRead keyed_row(const maps::TableMap& map, const odata::BatchResponsePart& reply) const {
    if (reply.status == 404) {
      RowRead read;
      read.kind = RowRead::Kind::missing;
      return read;
    }
    if (reply.status != 200) return failed(reply);
    auto entity = odata::parse_entity(reply.body);
    if (entity) return present(map, std::move(*entity));
    RowRead read;
    read.error = std::move(entity).error();
    return read;
  }

  RowRead found_row(const maps::TableMap& map, const odata::BatchResponsePart& reply, const RecordKey& key) const {
    if (reply.status != 200) return failed(reply);
    RowRead read;
    auto page = odata::parse_page(reply.body);
    if (!page) {
      read.error = std::move(page).error();
    } else if (page->entities.empty()) {
      read.kind = RowRead::Kind::missing;
    } else if (page->entities.size() > 1) {
      read.error = Error(Errc::invalid, "several rows of " + map.dataverse_set + " have the key " + key.text(),
                         "merge or delete the duplicates there; an alternate key on the key columns prevents them");
    } else {
      return present(map, std::move(page->entities.front()));
    }
    return read;
  }

  odata::BatchRequestPart write_part(const maps::TableMap& map, const std::string& columns, RowWrite& write) const {
    std::string url = std::string(root) + map.dataverse_set + "(" + write.key + ")?";
    const std::string tag = "tag=" + write_tag(service_.settings().engine_id, write.intent);
    if (write.kind == WriteKind::remove) {
      odata::BatchRequestPart part("DELETE", url + tag);
      if (!write.guard.empty()) part.headers.emplace_back("If-Match", write.guard);
      return part;
    }
    odata::BatchRequestPart part("PATCH", url + columns + "&" + tag);
    part.headers.emplace_back("Content-Type", "application/json");
    part.headers.emplace_back("Prefer", "return=representation");
    if (write.kind == WriteKind::create) {
      part.headers.emplace_back("If-None-Match", "*");
    } else {
      part.headers.emplace_back("If-Match", write.guard.empty() ? "*" : write.guard);
    }
    part.body = std::move(write.body);
    return part;
  }

  static WriteReply reply_to(const RowWrite& write, const odata::BatchResponsePart& reply) {
    WriteReply result;
    result.answered = true;
    odata::WireError error;
    if (reply.status >= 300) error = odata::parse_error(reply.body);
    result.outcome = classify_dataverse(reply.status, error, write.kind, write.key);
    result.key = write.key;
    if (result.outcome != WriteOutcome::done) {
      result.error = "status " + std::to_string(reply.status) + " " + error.code + ": " + error.text();
    } else if (!reply.body.empty() && write.kind != WriteKind::remove) {
      if (auto entity = odata::parse_entity(reply.body)) result.entity = std::move(*entity);
      result.of_write = true;
    }
    return result;
  }

  Service service_;
};

}  // namespace

std::string write_tag(const std::string& engine_id, IntentId intent) {
  return "dualwrite:" + engine_id + ":" + std::to_string(intent.value());
}

std::unique_ptr<Endpoint> make_dataverse(Executor executor, Clock& clock, ServiceSettings settings,
                                         std::unique_ptr<http::Transport> transport, Users users) {
  return std::make_unique<Dataverse>(executor, clock, std::move(settings), std::move(transport), std::move(users));
}

}  // namespace dualwrite::endpoint
