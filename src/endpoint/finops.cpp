// Finance and operations OData: composite keys with the company, no upsert, and no ETag in the answer to a PATCH. The
// row is therefore read back in the same batch, so that its token is stored with its own values.
#include <algorithm>

#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"
#include "endpoint/describe.hpp"
#include "endpoint/facts.hpp"
#include "endpoint/match.hpp"
#include "endpoint/rec_id.hpp"
#include "endpoint/service.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view on_premises_prefix = "/namespaces/AXSF";
constexpr std::string_view cross_company = "cross-company=true";
constexpr std::chrono::milliseconds stamp_granularity{1000};

std::string select(const maps::TableMap& map, ScanDepth depth) {
  std::vector<std::string> names;
  if (depth == ScanDepth::keys) {
    for (const std::size_t column : map.key_columns()) names.push_back(map.columns[column].finops);
  } else {
    names = map.names_to_read(Side::finops);
  }
  const bool stamp_mapped = std::ranges::find(names, map.finops_stamp) != names.end();
  if (!map.finops_stamp.empty() && !stamp_mapped) names.push_back(map.finops_stamp);
  std::string out = "$select=";
  for (const std::string& name : names) {
    if (!out.ends_with('=')) out += ",";
    out += name;
  }
  return out;
}

/// Restricts a scan to the legal entities of the map and to its filter.
std::string scan_filter(const maps::TableMap& map) {
  std::string companies;
  for (const std::string& company : map.companies) {
    if (!companies.empty()) companies += " or ";
    companies += "dataAreaId eq " + odata::quote(company);
  }
  return both_conditions(companies, map.filter[Side::finops].text);
}

std::string key_order(const maps::TableMap& map) {
  std::string order;
  for (const std::size_t column : map.key_columns()) {
    if (!order.empty()) order += ",";
    order += map.columns[column].finops;
  }
  return order;
}

class Finops final : public Endpoint {
 public:
  Finops(Executor executor, Clock& clock, ServiceSettings settings, std::unique_ptr<http::Transport> transport,
         Users users)
      : on_premises_(settings.on_premises),
        prefix_(on_premises_ ? on_premises_prefix : ""),
        root_(prefix_ + "/data/"),
        service_(executor, clock, std::move(settings), std::move(transport), std::move(users)) {}

  [[nodiscard]] Side side() const noexcept override { return Side::finops; }
  [[nodiscard]] const std::string& url() const noexcept override { return service_.settings().url; }
  [[nodiscard]] std::string_view dialect() const noexcept override { return on_premises_ ? "finops-onprem" : "finops"; }
  [[nodiscard]] bool has_deltas() const noexcept override { return false; }
  [[nodiscard]] Usage usage() const override { return service_.usage(); }
  void set_urgency(const std::string& map, Urgency urgency) override { service_.set_urgency(map, urgency); }
  [[nodiscard]] ServiceClock service_clock() const override { return service_.clock(stamp_granularity); }
  [[nodiscard]] EditTime on_our_clock(EditTime theirs) const override { return service_.on_our_clock(theirs); }

  Task<Result<std::vector<RowRead>>> read(const maps::TableMap& map, std::vector<RowAddress> rows) override {
    const std::string columns = select(map, ScanDepth::rows);
    std::vector<RowRead> reads(rows.size());
    std::vector<odata::BatchRequestPart> parts;
    std::vector<std::size_t> asked;
    for (std::size_t index = 0; index < rows.size(); ++index) {
      std::string key = std::move(rows[index].key);
      if (key.empty()) {
        auto predicate = maps::finops_key(map, rows[index].record);
        if (!predicate) {
          reads[index].error = std::move(predicate).error();
          continue;
        }
        key = odata::format_key_predicate(*predicate);
      }
      parts.push_back(read_part(map, key, columns));
      asked.push_back(index);
    }
    if (asked.empty()) co_return reads;
    auto replies = co_await service_.batch(root_ + "$batch", std::move(parts), map.name);
    if (!replies) co_return std::unexpected(std::move(replies).error());
    for (std::size_t at = 0; at < asked.size(); ++at) {
      RowRead& read = reads[asked[at]];
      if (at >= replies->size()) {
        read.error = Error(Errc::in_doubt, "the batch was not answered to its end");
      } else {
        read = row_of(map, (*replies)[at]);
      }
    }
    co_return reads;
  }

  Task<Result<std::vector<MatchReply>>> find(const maps::TableMap& map, std::vector<MatchQuery> queries) override {
    const std::string columns = select(map, ScanDepth::rows);
    std::vector<odata::BatchRequestPart> parts;
    for (const MatchQuery& query : queries) {
      const std::string filter = match_filter(map, Side::finops, query);
      parts.emplace_back("GET", root_ + map.finops_entity + "?" + std::string(cross_company) + "&" + columns +
                                    "&$filter=" + odata::percent_encode_query(filter) +
                                    "&$top=" + std::to_string(match_rows_max));
      parts.back().headers.emplace_back("Accept", "application/json");
    }
    auto replies = co_await service_.batch(root_ + "$batch", std::move(parts), map.name);
    if (!replies) co_return std::unexpected(std::move(replies).error());
    co_return match_replies(*this, map, queries.size(), *replies);
  }

  Task<std::vector<WriteReply>> write(const maps::TableMap& map, std::vector<RowWrite> writes) override {
    const std::string columns = select(map, ScanDepth::rows);
    std::vector<odata::BatchRequestPart> parts;
    std::vector<std::size_t> first_part;
    for (RowWrite& write : writes) {
      first_part.push_back(parts.size());
      const std::string collection = root_ + map.finops_entity;
      const std::string target =
          collection + "(" + odata::percent_encode_key(write.key) + ")?" + std::string(cross_company);
      odata::BatchRequestPart part(write.kind == WriteKind::remove ? "DELETE" : "PATCH", target);
      if (write.kind == WriteKind::create) {
        part.method = "POST";
        part.url = collection + "?" + std::string(cross_company);
      } else if (!write.guard.empty()) {
        part.headers.emplace_back("If-Match", write.guard);
      }
      if (write.kind != WriteKind::remove) {
        part.headers.emplace_back("Content-Type", "application/json");
        part.body = std::move(write.body);
      }
      parts.push_back(std::move(part));
      if (write.kind == WriteKind::update) parts.push_back(read_part(map, write.key, columns));
    }
    auto replies = co_await service_.batch(root_ + "$batch", std::move(parts), map.name);
    std::vector<WriteReply> results(writes.size());
    for (std::size_t index = 0; index < writes.size(); ++index) {
      WriteReply& result = results[index];
      if (!replies) {
        result.outcome = classify_request(replies.error());
        result.error = replies.error().text();
      } else if (first_part[index] < replies->size()) {
        const std::size_t back = first_part[index] + 1;
        const bool reads_back = writes[index].kind == WriteKind::update && back < replies->size();
        result = reply_to(map, writes[index], (*replies)[first_part[index]], reads_back ? &(*replies)[back] : nullptr);
      } else {
        result.error = "the batch was not answered to its end";
      }
    }
    co_return results;
  }

  Task<Result<ScanPage>> scan(const maps::TableMap& map, ScanDepth depth, std::string continuation) override {
    std::string first = root_ + map.finops_entity + "?" + std::string(cross_company) + "&" + select(map, depth) +
                        "&$orderby=" + key_order(map);
    const std::string filter = scan_filter(map);
    if (!filter.empty()) first += "&$filter=" + odata::percent_encode_query(filter);
    http::Headers headers;
    if (depth == ScanDepth::rows) headers.add("Prefer", "odata.maxpagesize=2000");
    std::string what = "scanning " + map.finops_entity;
    co_return co_await service_.scan_page(std::move(first), std::move(continuation), std::move(headers),
                                          std::move(what), map.name);
  }

  Task<Result<DeltaPage>> delta(const maps::TableMap& map, std::string) override {
    co_return fail(Errc::invalid, "F&O has no deltas: " + map.finops_entity + " is scanned");
  }

  Task<Result<std::map<std::string, std::string>>> lookup_ids(const maps::Lookup& lookup) override {
    co_return fail(Errc::invalid, "F&O has no lookups: " + lookup.entity_set);
  }

  Task<Result<std::vector<std::vector<std::string>>>> find_ids(std::vector<maps::Question>) override {
    co_return fail(Errc::invalid, "F&O has no lookups");
  }

  Task<Result<std::optional<Description>>> describe(std::string name) override {
    return describe_finops(service_, prefix_, std::move(name));
  }
  Task<Result<std::optional<maps::EntityFacts>>> facts(std::string name, std::vector<std::string> choices) override {
    return facts_finops(service_, std::move(name), std::move(choices));
  }
  Task<Result<std::vector<std::string>>> names() override { return names_of_finops(service_, prefix_); }
  Task<Result<void>> reach(const maps::TableMap& map) override {
    return ask(service_, root_ + map.finops_entity + "?$top=1&" + std::string(cross_company) + "&" +
                             select(map, ScanDepth::keys));
  }

  [[nodiscard]] Result<std::string> key_of(const maps::TableMap& map, const odata::Entity& row) const override {
    odata::KeyPredicate key;
    for (const std::size_t column : map.key_columns()) {
      const std::string& name = map.columns[column].finops;
      const Value* value = row.find(name);
      if (value == nullptr || value->is_null()) {
        return fail(Errc::invalid, "a row of " + map.finops_entity + " came without its key column " + name,
                    "check the key columns in the map " + map.name);
      }
      key.emplace_back(name, *value);
    }
    return odata::format_key_predicate(key);
  }

  [[nodiscard]] std::string row_id(const maps::TableMap&, const odata::Entity& row) const override {
    return rec_id_of(row.etag);
  }

  [[nodiscard]] std::string key_for_create(const maps::TableMap&, const Coupling&) const override { return {}; }

  [[nodiscard]] EditTime modified(const maps::TableMap& map, const odata::Entity& row) const override {
    const Value* stamp = map.finops_stamp.empty() ? nullptr : row.find(map.finops_stamp);
    const auto at = stamp == nullptr ? std::nullopt : parse_instant(stamp->text());
    return at ? service_.stamp(*at, stamp_granularity) : EditTime();
  }

 private:
  [[nodiscard]] odata::BatchRequestPart read_part(const maps::TableMap& map, const std::string& key,
                                                  const std::string& columns) const {
    odata::BatchRequestPart part("GET", root_ + map.finops_entity + "(" + odata::percent_encode_key(key) + ")?" +
                                            std::string(cross_company) + "&" + columns);
    part.headers.emplace_back("Accept", "application/json");
    return part;
  }

  RowRead row_of(const maps::TableMap& map, const odata::BatchResponsePart& reply) const {
    RowRead read;
    if (reply.status == 404) {
      read.kind = RowRead::Kind::missing;
      return read;
    }
    if (reply.status != 200) {
      read.error = request_error(reply.status, reply.body, "reading a row of " + map.finops_entity);
      return read;
    }
    auto entity = odata::parse_entity(reply.body);
    if (!entity) {
      read.error = std::move(entity).error();
      return read;
    }
    auto key = key_of(map, *entity);
    if (!key) {
      read.error = std::move(key).error();
      return read;
    }
    read.kind = RowRead::Kind::present;
    read.key = std::move(*key);
    read.entity = std::move(*entity);
    return read;
  }

  WriteReply reply_to(const maps::TableMap& map, const RowWrite& write, const odata::BatchResponsePart& reply,
                      const odata::BatchResponsePart* back) const {
    WriteReply result;
    result.answered = true;
    odata::WireError error;
    if (reply.status >= 300) error = odata::parse_error(reply.body);
    result.outcome = classify_finops(reply.status, error, write.kind);
    result.key = write.key;
    if (result.outcome != WriteOutcome::done) {
      result.error = "status " + std::to_string(reply.status) + ": " + error.text();
      return result;
    }
    if (write.kind == WriteKind::create) {
      auto entity = odata::parse_entity(reply.body);
      if (!entity) return result;
      if (auto key = key_of(map, *entity)) result.key = std::move(*key);
      result.entity = std::move(*entity);
      result.of_write = true;
    } else if (back != nullptr && back->status == 200) {
      if (auto entity = odata::parse_entity(back->body)) result.entity = std::move(*entity);
    }
    return result;
  }

  bool on_premises_;
  std::string prefix_;  ///< of all paths
  std::string root_;
  Service service_;
};

}  // namespace

std::unique_ptr<Endpoint> make_finops(Executor executor, Clock& clock, ServiceSettings settings,
                                      std::unique_ptr<http::Transport> transport, Users users) {
  return std::make_unique<Finops>(executor, clock, std::move(settings), std::move(transport), std::move(users));
}

}  // namespace dualwrite::endpoint
