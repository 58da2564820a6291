#include "admin/render.hpp"

namespace dualwrite::admin {
namespace {

void render_counters(JsonWriter& json, std::string_view name, const sync::WriteCounters& counters) {
  json.open_object(name);
  json.number("created", counters.created);
  json.number("updated", counters.updated);
  json.number("deleted", counters.deleted);
  json.close();
}

/// `map` is empty where the progress stands inside its map.
void render_progress(JsonWriter& json, std::string_view name, std::string_view map,
                     const sync::InitialSyncProgress& progress) {
  json.open_object(name);
  if (!map.empty()) json.text("map", map);
  json.text("state", sync::to_string(progress.state));
  json.open_array("legs");
  for (const sync::LegProgress& leg : progress.legs) {
    json.open_object();
    json.text("from", to_string(leg.from));
    json.number("read", leg.read);
    json.flag("complete", leg.complete);
    json.close();
  }
  json.close();
  json.number("settled", progress.settled);
  json.number("created", progress.created);
  json.number("updated", progress.updated);
  json.number("failed", progress.failed);
  json.text_or_null("error", progress.error);
  json.time("startedAt", progress.started_at);
  json.time("finishedAt", progress.finished_at);
  json.close();
}

void render_texts(JsonWriter& json, std::string_view name, const PerSide<std::string>& texts) {
  json.open_object(name);
  for (const Side side : both_sides) json.text_or_null(to_string(side), texts[side]);
  json.close();
}

/// One of the members that a conflict's detail holds; null if it has none.
void copy_member(JsonWriter& json, std::string_view name, const std::optional<maps::JsonNode>& detail) {
  const maps::JsonNode* member = detail ? detail->find(name) : nullptr;
  if (member == nullptr || (member->kind == maps::JsonNode::Kind::string && member->text.empty()))
    return json.null(name);
  json.node(name, *member);
}

bool is_present(const sync::RecordReport& record, Side side) noexcept {
  for (const sync::RecordColumn& column : record.columns) {
    if (!column.shadows[side].is_absent()) return true;
  }
  return false;
}

void render_column(JsonWriter& json, const sync::RecordColumn& column) {
  json.open_object();
  json.text("name", column.name);
  json.value("agreed", column.agreed);
  render(json, "agreedTime", column.agreed_time);
  json.text("origin", to_string(column.origin));
  json.text_or_null("held", column.held);
  for (const Side side : both_sides) json.value(to_string(side), column.shadows[side]);
  json.close();
}

}  // namespace

void render(JsonWriter& json, std::string_view name, const sync::MapStatus& map) {
  json.open_object(name);
  json.text("name", map.name);
  json.text("finopsEntity", map.finops_entity);
  json.text("dataverseSet", map.dataverse_set);
  json.text("state", store::to_string(map.state));
  json.text_or_null("reason", map.reason);
  json.number("couplings", map.couplings);
  json.number("pending", map.pending);
  json.number("parked", map.parked);
  json.number("deadLetters", map.dead_letters);
  json.number("conflicts", map.conflicts);
  json.open_object("written");
  for (const Side side : both_sides) render_counters(json, to_string(side), map.written[side]);
  json.close();
  json.open_object("requests");
  for (const Side side : both_sides) json.number(to_string(side), map.requests[side]);
  json.close();
  json.number("echoes", map.echoes);
  json.time("lastScanAt", map.last_scan);
  json.time("lastDeltaAt", map.last_delta);
  json.text_or_null("lastError", map.last_error);
  render_progress(json, "initialSync", {}, map.initial_sync);
  json.close();
}

void render(JsonWriter& json, std::string_view name, const sync::EndpointStatus& endpoint) {
  json.open_object(name);
  json.text("side", to_string(endpoint.side));
  json.text("url", endpoint.url);
  json.text("dialect", endpoint.dialect);
  json.number("requests", endpoint.requests);
  json.number("failures", endpoint.failures);
  json.number("throttled", endpoint.throttled);
  json.number("atOnce", endpoint.at_once);
  json.number("users", endpoint.users);
  json.open_object("window");
  json.number("requests", endpoint.window_requests);
  json.number("timeMs", endpoint.window_ms);
  json.close();
  json.time("pausedUntil", endpoint.paused_until);
  json.time("downSince", endpoint.down_since);
  json.text_or_null("lastError", endpoint.last_error);
  json.open_object("clock");
  json.number("offsetMs", endpoint.clock_offset);
  json.number("doubtMs", endpoint.clock_doubt);
  json.number("granularityMs", endpoint.clock_granularity);
  json.number("dates", endpoint.clock_dates);
  json.number("stamps", endpoint.clock_stamps);
  json.close();
  json.close();
}

void render(JsonWriter& json, std::string_view name, const EditTime& time) {
  if (time.source == TimeSource::none) return json.null(name);
  json.open_object(name);
  json.time("from", time.from);
  json.time("to", time.to);
  json.text("source", to_string(time.source));
  json.close();
}

void render(JsonWriter& json, std::string_view name, std::string_view map, const store::DeadLetter& letter) {
  json.open_object(name);
  json.number("id", letter.id.value());
  json.text("map", map);
  json.text("key", letter.record.key.text());
  json.text("side", to_string(letter.side));
  json.text("state", store::to_string(letter.state));
  json.text("class", store::to_string(letter.error_class));
  json.text("error", letter.error);
  json.text_or_null("hint", letter.hint);
  json.embedded("attempted", letter.attempted);
  json.embedded("finopsRow", letter.finops_row);
  json.embedded("dataverseRow", letter.dataverse_row);
  json.number("attempts", letter.attempts);
  json.time("firstAt", letter.first_at);
  json.time("lastAt", letter.last_at);
  json.text_or_null("closedBy", letter.closed_by);
  json.close();
}

void render(JsonWriter& json, std::string_view name, std::string_view map, const store::JournalEntry& entry) {
  json.open_object(name);
  json.number("id", entry.id.value());
  json.time("at", entry.at);
  json.text("map", map);
  json.text("key", entry.record.key.text());
  json.text("kind", store::to_string(entry.kind));
  json.text("side", to_string(entry.side));
  json.text_or_null("column", entry.column);
  json.text("rule", entry.rule);
  json.embedded("detail", entry.detail);
  json.close();
}

void render_conflict(JsonWriter& json, std::string_view map, const store::JournalEntry& entry) {
  const auto detail = read_json(entry.detail);
  json.open_object();
  json.number("id", entry.id.value());
  json.time("at", entry.at);
  json.text("map", map);
  json.text("key", entry.record.key.text());
  json.text_or_null("column", entry.column);
  json.text("side", to_string(entry.side));
  json.text("rule", entry.rule);
  copy_member(json, "type", detail);
  for (const std::string_view name : {"lost", "won"}) {
    // A value may be an empty string, which is not the same as none.
    const maps::JsonNode* member = detail ? detail->find(name) : nullptr;
    if (member == nullptr) {
      json.null(name);
    } else {
      json.node(name, *member);
    }
  }
  for (const std::string_view name : {"lostTime", "wonTime", "finopsToken", "dataverseToken"}) {
    copy_member(json, name, detail);
  }
  json.close();
}

std::string initial_sync_document(const sync::MapStatus& map) {
  JsonWriter json;
  render_progress(json, {}, map.name, map.initial_sync);
  return std::move(json).take();
}

std::string map_document(const sync::MapStatus& map) {
  JsonWriter json;
  render(json, {}, map);
  return std::move(json).take();
}

std::string dead_letter_document(std::string_view map, const store::DeadLetter& letter) {
  JsonWriter json;
  render(json, {}, map, letter);
  return std::move(json).take();
}

std::string record_document(const sync::RecordReport& record) {
  JsonWriter json;
  json.open_object();
  json.text("map", record.map);
  json.text("key", record.key);
  json.text("state", record.state);
  json.number("incarnation", record.incarnation);
  json.flag("pending", record.pending);
  json.open_object("present");
  for (const Side side : both_sides) json.flag(to_string(side), is_present(record, side));
  json.close();
  render_texts(json, "endpointKeys", record.endpoint_keys);
  render_texts(json, "tokens", record.tokens);
  json.open_object("intentsInDoubt");
  for (const Side side : both_sides) json.number(to_string(side), record.intents_in_doubt[side]);
  json.close();
  json.open_array("columns");
  for (const sync::RecordColumn& column : record.columns) render_column(json, column);
  json.close();
  json.open_array("journal");
  for (const store::JournalEntry& entry : record.journal) render(json, {}, record.map, entry);
  json.close();
  json.open_array("deadLetters");
  for (const store::DeadLetter& letter : record.dead_letters) render(json, {}, record.map, letter);
  json.close();
  json.close();
  return std::move(json).take();
}

}  // namespace dualwrite::admin
