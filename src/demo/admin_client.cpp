#include "demo/admin_client.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "demo/canonical.hpp"
#include "demo/session.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::demo {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds request_limit{60};
constexpr std::size_t page_size = 1000;
constexpr int pages_max = 1000;

std::string plain_text(const json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string text_of(const json& from, const char* name) {
  const auto it = from.find(name);
  return it == from.end() ? std::string() : plain_text(*it);
}

std::int64_t number_of(const json& from, const char* name) {
  const auto it = from.find(name);
  return it != from.end() && it->is_number() ? it->get<std::int64_t>() : 0;
}

Instant instant_of(const json& from, const char* name) {
  return parse_instant(text_of(from, name)).value_or(Instant{});
}

/// The list in a reply: the array itself, or its member `items`.
const json& items_of(const json& reply) {
  static const json none = json::array();
  if (reply.is_array()) return reply;
  const auto it = reply.find("items");
  return it != reply.end() && it->is_array() ? *it : none;
}

/// A canonical value as the interface shows it, in the checker's own form.
std::string value_of(const ColumnPair& column, const json& from, const char* name) {
  return canonical_text(column, text_of(from, name));
}

std::int64_t rows_written(const json& map, const char* side) {
  if (!map.contains("written") || !map.at("written").contains(side)) return 0;
  const json& counters = map.at("written").at(side);
  return number_of(counters, "created") + number_of(counters, "updated") + number_of(counters, "deleted");
}

MapReport map_report(const json& from) {
  MapReport map;
  map.name = text_of(from, "name");
  map.state = text_of(from, "state");
  map.reason = text_of(from, "reason");
  map.couplings = number_of(from, "couplings");
  map.pending = number_of(from, "pending");
  map.parked = number_of(from, "parked");
  map.dead_letters = number_of(from, "deadLetters");
  map.conflicts = number_of(from, "conflicts");
  map.echoes = number_of(from, "echoes");
  map.written = PerSide<std::int64_t>(rows_written(from, "finops"), rows_written(from, "dataverse"));
  map.last_scan = instant_of(from, "lastScanAt");
  map.last_delta = instant_of(from, "lastDeltaAt");
  map.last_error = text_of(from, "lastError");
  return map;
}

DeadLetterReport dead_letter_report(const json& from) {
  DeadLetterReport letter;
  letter.id = number_of(from, "id");
  letter.map = text_of(from, "map");
  letter.key = text_of(from, "key");
  letter.side = text_of(from, "side");
  letter.state = text_of(from, "state");
  letter.error = text_of(from, "error");
  letter.closed_by = text_of(from, "closedBy");
  return letter;
}

Errc code_of(int status) noexcept {
  if (status == 404) return Errc::not_found;
  return status == 409 ? Errc::precondition : Errc::refused;
}

/// The problem document's words (RFC 9457), or the body's beginning.
std::string problem_text(const std::string& body) {
  const json problem = json::parse(body, nullptr, false);
  if (problem.is_discarded() || !problem.is_object()) return body.substr(0, 200);
  const std::string detail = text_of(problem, "detail");
  return detail.empty() ? text_of(problem, "title") : detail;
}

void add_writes(const MapFile& map, const json& entry, std::vector<JournalledWrite>& into) {
  const std::string kind = text_of(entry, "kind");
  if (kind != "updated" && kind != "created") return;
  json detail = entry.value("detail", json::object());
  if (detail.is_string()) detail = json::parse(detail.get<std::string>(), nullptr, false);
  if (!detail.is_object() || !detail.contains("columns")) return;
  for (const auto& [name, change] : detail.at("columns").items()) {
    const ColumnPair* column = map.find(name);
    if (column == nullptr) continue;
    JournalledWrite write;
    write.target = text_of(entry, "side") == "finops" ? Side::finops : Side::dataverse;
    write.column = name;
    write.to = change.is_object() ? value_of(*column, change, "to") : canonical_text(*column, plain_text(change));
    write.at = instant_of(entry, "at");
    into.push_back(std::move(write));
  }
}

}  // namespace

AdminClient::AdminClient(Executor executor, const std::string& origin)
    : transport_(http::make_client(executor, origin)) {}

Task<Result<json>> AdminClient::call(std::string method, std::string target, std::string body) {
  const std::string what = method + " " + target;
  http::Request request(std::move(method), "/api/v1/" + target);
  request.headers.set("Accept", "application/json");
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  auto response = co_await transport_->send(std::move(request), request_limit);
  if (!response) co_return std::unexpected(std::move(response).error().while_doing("asking the daemon for " + what));
  if (response->status < 200 || response->status > 299) {
    co_return fail(code_of(response->status), "asking the daemon for " + what + ": status " +
                                                  std::to_string(response->status) + ": " +
                                                  problem_text(response->body));
  }
  if (response->body.empty()) co_return json::object();
  json reply = json::parse(response->body, nullptr, false);
  if (reply.is_discarded()) co_return fail(Errc::invalid, "asking the daemon for " + what + ": its reply is not JSON");
  co_return reply;
}

Task<Result<std::vector<MapReport>>> AdminClient::maps() {
  auto reply = co_await call("GET", "maps", "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  std::vector<MapReport> maps;
  for (const json& item : items_of(*reply)) maps.push_back(map_report(item));
  if (maps.empty()) co_return fail(Errc::invalid, "asking the daemon for its maps: it has none");
  co_return maps;
}

Task<Result<void>> AdminClient::begin_initial_sync(std::string map) {
  auto reply = co_await call("POST", "maps/" + map + "/initial-sync", R"({"master":"finops"})");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  co_return Result<void>();
}

Task<Result<SyncReport>> AdminClient::initial_sync(std::string map) {
  auto reply = co_await call("GET", "maps/" + map + "/initial-sync", "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  SyncReport report;
  report.state = text_of(*reply, "state");
  report.settled = number_of(*reply, "settled");
  report.created = number_of(*reply, "created");
  report.updated = number_of(*reply, "updated");
  report.failed = number_of(*reply, "failed");
  report.error = text_of(*reply, "error");
  if (reply->contains("legs") && reply->at("legs").is_array()) {
    for (const json& leg : reply->at("legs")) report.read += number_of(leg, "read");
  }
  co_return report;
}

Task<Result<void>> AdminClient::change_map(std::string map, std::string action) {
  auto reply = co_await call("POST", "maps/" + map + "/" + action, "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  co_return Result<void>();
}

Task<Result<std::vector<DeadLetterReport>>> AdminClient::open_dead_letters() {
  auto reply = co_await call("GET", "dead-letters?state=open", "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  std::vector<DeadLetterReport> letters;
  for (const json& item : items_of(*reply)) letters.push_back(dead_letter_report(item));
  co_return letters;
}

Task<Result<DeadLetterReport>> AdminClient::dead_letter(std::int64_t id) {
  auto reply = co_await call("GET", "dead-letters/" + std::to_string(id), "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  co_return dead_letter_report(*reply);
}

Task<Result<std::string>> AdminClient::replay(std::int64_t id) {
  auto reply = co_await call("POST", "dead-letters/" + std::to_string(id) + "/replay", "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  co_return text_of(*reply, "outcome");
}

Task<Result<std::vector<JournalledLoser>>> AdminClient::losers(MapFile map) {
  std::vector<JournalledLoser> losers;
  std::int64_t before = 0;
  for (int number = 0; number < pages_max; ++number) {
    std::string target = "conflicts?map=" + map.name + "&limit=" + std::to_string(page_size);
    if (before > 0) target += "&before=" + std::to_string(before);
    auto reply = co_await call("GET", std::move(target), "");
    if (!reply) co_return std::unexpected(std::move(reply).error());
    const json& items = items_of(*reply);
    for (const json& item : items) {
      before = number_of(item, "id");
      const ColumnPair* column = map.find(text_of(item, "column"));
      if (column == nullptr) continue;
      JournalledLoser loser;
      loser.map = map.name;
      loser.key = text_of(item, "key");
      loser.column = column->finops;
      loser.side = text_of(item, "side") == "finops" ? Side::finops : Side::dataverse;
      loser.lost = value_of(*column, item, "lost");
      loser.won = value_of(*column, item, "won");
      loser.rule = text_of(item, "rule");
      losers.push_back(std::move(loser));
    }
    if (items.size() < page_size || before <= 1) co_return losers;
  }
  co_return fail(Errc::limit, "asking the daemon for conflicts: there are more than a million");
}

Task<Result<std::vector<JournalledWrite>>> AdminClient::writes(MapFile map, std::string key) {
  auto reply = co_await call("GET", "records/" + map.name + "/" + odata::percent_encode(key), "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  std::vector<JournalledWrite> writes;
  if (reply->contains("journal") && reply->at("journal").is_array()) {
    for (const json& entry : reply->at("journal")) add_writes(map, entry, writes);
  }
  co_return writes;
}

Task<Result<std::int64_t>> AdminClient::api_calls() {
  auto reply = co_await call("GET", "status", "");
  if (!reply) co_return std::unexpected(std::move(reply).error());
  std::int64_t requests = 0;
  const json none = json::array();
  // The endpoints stand in the reply itself, or in each of its links.
  const json links = reply->contains("links") ? reply->at("links") : json::array({*reply});
  for (const json& link : links) {
    for (const json& endpoint : link.value("endpoints", none)) requests += number_of(endpoint, "requests");
  }
  co_return requests;
}

}  // namespace dualwrite::demo
