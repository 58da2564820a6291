#include "endpoint/odata_rows.hpp"

#include <algorithm>

#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"

namespace dualwrite::endpoint {
namespace {

std::string select_of(const std::vector<std::string>& names) {
  std::string out = "$select=";
  for (const std::string& name : names) {
    if (!out.ends_with('=')) out += ",";
    out += name;
  }
  return out;
}

WriteReply ended(WriteOutcome outcome, std::string error) {
  WriteReply reply;
  reply.outcome = outcome;
  reply.answered = outcome != WriteOutcome::retry && outcome != WriteOutcome::in_doubt;
  reply.error = std::move(error);
  return reply;
}

/// Nothing has been sent yet: whatever went wrong, the write has had no effect.
WriteReply unsent(const Error& error) {
  return ended(WriteOutcome::retry, error.text());
}

bool holds_all(const odata::Entity& row, const std::vector<std::string>& names) {
  return std::ranges::all_of(names, [&row](const std::string& name) { return row.find(name) != nullptr; });
}

/// Letters, digits and what stands between the parts of a key: every service gets these right.
bool is_usual(std::string_view key) {
  constexpr std::string_view others = "-_.,='";
  for (std::size_t at = 0; at < key.size(); ++at) {
    const char c = key[at];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && others.find(c) == std::string_view::npos) return false;
    if (c == '\'' && at + 1 < key.size() && key[at + 1] == '\'') return false;  // an apostrophe in the text
  }
  return true;
}

constexpr std::string_view unguarded_hint =
    "the service does not obey If-Match: set \"unguarded\" to true at this endpoint, then replay";

}  // namespace

RowRead ODataRows::present(const maps::TableMap& map, const ODataSet& set, odata::Entity entity) const {
  RowRead read;
  auto key = set.predicate(entity);
  if (!key) {
    read.error = std::move(key).error();
    return read;
  }
  if (entity.etag.empty()) entity.etag = row_digest(entity, names_read(map, side_, set));
  read.kind = RowRead::Kind::present;
  read.key = std::move(*key);
  read.entity = std::move(entity);
  return read;
}

Task<Result<RowRead>> ODataRows::read_keyed(const maps::TableMap& map, const ODataSet& set, std::string key) {
  http::Request request("GET", sets_.target(set.name()) + "(" + odata::percent_encode_key(key) + ")?" +
                                   select_of(names_read(map, side_, set)));
  request.headers.add("Accept", "application/json");
  request.headers.add("OData-MaxVersion", "4.0");
  auto response = co_await service_.call(std::move(request), map.name);
  if (!response) co_return std::unexpected(std::move(response).error());
  RowRead read;
  if (response->status == 404 || response->status == 410 || response->status == 204) {
    read.kind = RowRead::Kind::missing;
    co_return read;
  }
  if (response->status != 200) {
    read.error = request_error(response->status, response->body, "reading a row of " + set.name());
    co_return read;
  }
  auto entity = odata::parse_entity(response->body);
  if (!entity) {
    read.error = std::move(entity).error();
    co_return read;
  }
  // There are services that answer 200 and an empty list for a row that is not there.
  const auto list = std::ranges::find(entity->arrays, "value", &std::pair<std::string, std::string>::first);
  const bool nothing = list != entity->arrays.end() && !set.predicate(*entity);
  if (nothing && list->second == "[]") {
    read.kind = RowRead::Kind::missing;
    co_return read;
  }
  const std::string_view etag = response->headers.get("ETag");
  if (entity->etag.empty() && !etag.empty()) entity->etag = etag;
  co_return present(map, set, std::move(*entity));
}

Task<Result<RowRead>> ODataRows::read_surely(const maps::TableMap& map, const ODataSet& set, std::string key) {
  auto read = co_await read_keyed(map, set, key);
  if (!read || read->kind != RowRead::Kind::missing || is_usual(key)) co_return read;
  const auto parts = odata::parse_key_predicate(key);
  if (!parts) co_return read;
  std::string filter;
  for (const auto& [part, value] : *parts) {
    const std::string& name = part.empty() ? set.key().front() : part;
    filter += (filter.empty() ? "" : " and ") + name + " eq " + set.literal(name, value);
  }
  std::string name = set.name();
  std::string query = "?$top=1&$filter=" + odata::percent_encode_query(filter);
  const std::string nothing;
  auto page = co_await sets_.rows(std::move(name), std::move(query), nothing);
  const bool answered = service_.usage().down_since == Instant{};
  if (!page && (!answered || page.error().code() == Errc::throttled))
    co_return std::unexpected(std::move(page).error());
  if (page && page->entities.empty()) co_return read;
  read->kind = RowRead::Kind::failed;
  read->error = Error(Errc::invalid,
                      "the service does not find the row " + key + " of " + set.name() + " by its key" +
                          (page ? ", and lists it" : ", and does not understand it in a filter"),
                      "the service cannot address such rows: give it a key without special characters");
  co_return read;
}

Task<Result<RowRead>> ODataRows::find_record(const maps::TableMap& map, const ODataSet& set, RecordKey record) {
  auto abilities = co_await sets_.explore(set);
  if (!abilities) co_return std::unexpected(std::move(abilities).error());
  RowRead read;
  auto filter = set.record_filter(map, side_, record, abilities->folds.value_or(false));
  if (!filter) {
    read.error = std::move(filter).error();
    co_return read;
  }
  if (!abilities->quotes.value_or(true) && filter->find("''") != std::string::npos) {
    read.error = Error(Errc::invalid,
                       "the service does not understand an apostrophe in $filter: the row of " + set.name() +
                           " with the key " + record.text() + " cannot be found by it",
                       "give it a key without special characters");
    co_return read;
  }
  std::string name = set.name();
  std::string query =
      "?" + select_of(names_read(map, side_, set)) + "&$top=2&$filter=" + odata::percent_encode_query(*filter);
  const std::string nothing;
  auto page = co_await sets_.rows(std::move(name), std::move(query), nothing);
  if (!page) {
    // A service that answers, if with a failure, has something against this question only.
    const bool about_row = service_.usage().down_since == Instant{} && page.error().code() != Errc::throttled;
    if (!about_row) co_return std::unexpected(std::move(page).error());
    read.error = std::move(page).error();
    co_return read;
  }
  // Only rows that are truly the record's: the service may have compared by other rules than ours.
  std::erase_if(page->entities, [&](const odata::Entity& entity) {
    const auto row = maps::to_row(map, side_, entity);
    const auto key = row ? maps::key_of(map, *row) : Result<RecordKey>(std::unexpected(row.error()));
    return key && *key != record;
  });
  if (page->entities.empty()) {
    read.kind = RowRead::Kind::missing;
  } else if (page->entities.size() > 1) {
    read.error = Error(Errc::invalid, "several rows of " + set.name() + " have the key " + record.text(),
                       "merge or delete the duplicates there; keys that differ in case only are the same here");
  } else {
    read = present(map, set, std::move(page->entities.front()));
  }
  co_return read;
}

/// What the row was before the write, and whether the write may go out. Nothing: it may.
Task<std::optional<WriteReply>> ODataRows::refuse_before(const maps::TableMap& map, const ODataSet& set,
                                                         const RowWrite& write) {
  auto before = co_await read_keyed(map, set, write.key);
  if (!before) co_return unsent(before.error());
  if (before->kind == RowRead::Kind::failed) co_return unsent(*before->error);
  if (before->kind == RowRead::Kind::missing) {
    co_return ended(WriteOutcome::missing, "there is no row " + write.key + " in " + set.name());
  }
  if (!write.guard.empty() && before->entity.etag != write.guard) {
    co_return ended(WriteOutcome::precondition, "the row " + write.key + " has changed");
  }
  co_return std::nullopt;
}

Task<WriteReply> ODataRows::write(const maps::TableMap& map, const ODataSet& set, RowWrite write) {
  if (write.kind == WriteKind::create) {
    co_return co_await create(map, set, std::move(write));
  }
  std::string body;
  if (write.kind == WriteKind::update) {
    auto adapted = set.adapted(write.body, {});
    if (!adapted) co_return ended(WriteOutcome::refused, adapted.error().text());
    const bool renames =
        std::ranges::any_of(adapted->members, [&](const auto& cell) { return set.is_key(cell.first); });
    if (renames) co_return ended(WriteOutcome::refused, "the key of a row of " + set.name() + " cannot be changed");
    body = text_of(*adapted);
  }
  const bool digest = is_digest(write.guard);
  const std::optional<bool> obeys = sets_.abilities(set.name()).if_match;
  const bool ignored = obeys && !*obeys;
  if (ignored && !service_.settings().unguarded) {
    co_return ended(WriteOutcome::refused, std::string(unguarded_hint));
  }
  const bool reads_before = digest || write.guard.empty() || obeys != true;
  if (reads_before) {
    auto refused = co_await refuse_before(map, set, write);
    if (refused) co_return std::move(*refused);
  }
  std::string guard = digest || ignored ? std::string() : write.guard;
  if (!guard.empty() && !obeys) {
    // The first guarded write goes out with a version that the row never had. Who refuses it obeys If-Match; who does
    // not has just been read and compared, as every write to such a service is.
    std::string wrong = stale(guard);
    const bool telling = wrong != guard;
    auto probe = co_await send(set, write, body, std::move(wrong), map.name);
    if (!probe) co_return ended(classify_request(probe.error()), probe.error().text());
    if (telling && probe->status == 412) {
      sets_.abilities(set.name()).if_match = true;
    } else if (probe->status >= 200 && probe->status < 300) {
      sets_.abilities(set.name()).if_match = false;
      co_return co_await settle(map, set, std::move(write), std::move(*probe));
    }
  }
  auto response = co_await send(set, write, body, std::move(guard), map.name);
  if (!response) co_return ended(classify_request(response.error()), response.error().text());
  co_return co_await settle(map, set, std::move(write), std::move(*response));
}

std::string ODataRows::text_of(const odata::Entity& row) {
  std::string out;
  odata::ObjectWriter writer(out);
  for (const auto& [name, value] : row.members) writer.member(name, value);
  writer.close();
  return out;
}

Task<Result<http::Response>> ODataRows::send(const ODataSet& set, const RowWrite& write, std::string body,
                                             std::string guard, std::string account) {
  std::string target = sets_.target(set.name());
  if (write.kind != WriteKind::create) target += "(" + odata::percent_encode_key(write.key) + ")";
  const char* method = write.kind == WriteKind::create ? "POST" : "PATCH";
  if (write.kind == WriteKind::remove) method = "DELETE";
  http::Request request(method, std::move(target));
  request.headers.add("Accept", "application/json");
  request.headers.add("OData-MaxVersion", "4.0");
  request.headers.add("OData-Version", "4.0");
  if (!guard.empty()) request.headers.add("If-Match", std::move(guard));
  if (write.kind != WriteKind::remove) {
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Prefer", "return=representation");
    request.body = std::move(body);
  }
  co_return co_await service_.call(std::move(request), std::move(account));
}

Task<WriteReply> ODataRows::create(const maps::TableMap& map, const ODataSet& set, RowWrite write) {
  auto adapted = set.adapted(write.body, write.key);
  if (!adapted) co_return ended(WriteOutcome::refused, adapted.error().text());
  // There are services that make a second row of the same key. Where we know the key, it is looked at first.
  if (const auto key = set.predicate(*adapted)) {
    auto before = co_await read_surely(map, set, *key);
    if (!before) co_return unsent(before.error());
    if (before->kind == RowRead::Kind::failed) {
      const bool never = before->error->code() == Errc::invalid;
      if (never) co_return ended(WriteOutcome::refused, before->error->text());
      co_return unsent(*before->error);
    }
    if (before->kind == RowRead::Kind::present) {
      co_return ended(WriteOutcome::exists, "there is a row " + *key + " in " + set.name() + " already");
    }
    write.key = *key;
  }
  std::string body = text_of(*adapted);
  const std::string nothing;
  auto response = co_await send(set, write, std::move(body), nothing, map.name);
  if (!response) co_return ended(classify_request(response.error()), response.error().text());
  co_return co_await settle(map, set, std::move(write), std::move(*response));
}

/// What a write came to, with the row as it stands behind it.
Task<WriteReply> ODataRows::settle(const maps::TableMap& map, const ODataSet& set, RowWrite write,
                                   http::Response response) {
  WriteReply reply;
  reply.answered = true;
  odata::WireError error;
  if (response.status >= 300) error = odata::parse_error(response.body);
  reply.outcome = classify_odata(response.status, write.kind);
  reply.key = write.key;
  if (reply.outcome != WriteOutcome::done) {
    reply.error = "status " + std::to_string(response.status) + ": " + error.text();
    co_return reply;
  }
  if (write.kind == WriteKind::remove) co_return reply;
  const std::vector<std::string> names = names_read(map, side_, set);
  auto entity = odata::parse_entity(response.body);
  if (entity && set.predicate(*entity) && holds_all(*entity, names)) {
    const std::string_view etag = response.headers.get("ETag");
    if (entity->etag.empty() && !etag.empty()) entity->etag = etag;
    RowRead row = present(map, set, std::move(*entity));
    reply.key = std::move(row.key);
    reply.entity = std::move(row.entity);
    reply.of_write = true;
    co_return reply;
  }
  if (entity) {
    if (auto key = set.predicate(*entity)) reply.key = std::move(*key);
  }
  if (reply.key.empty()) co_return reply;
  auto back = co_await read_keyed(map, set, reply.key);
  if (!back || back->kind == RowRead::Kind::failed) co_return reply;
  if (back->kind == RowRead::Kind::missing) {
    // There are services that answer well whatever row is written to.
    co_return ended(WriteOutcome::missing, "the row " + reply.key + " is not there after the write");
  }
  reply.entity = std::move(back->entity);
  co_return reply;
}

}  // namespace dualwrite::endpoint
