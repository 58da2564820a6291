#pragma once
// A working sync::Control without an engine: maps change state at once, dead letters and the journal are lists that a
// test fills. What was asked for is written down in `calls`.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/sync/engine.hpp"

namespace dualwrite::test {

inline Instant at(const char* text) {
  return parse_instant(text).value();
}

class FakeControl final : public sync::Control {
 public:
  sync::LinkStatus link;                     ///< its maps are numbered 1, 2, … by add_map
  std::vector<store::DeadLetter> letters;    ///< newest first
  std::vector<store::JournalEntry> lines;    ///< newest first
  std::optional<sync::RecordReport> record;  ///< what explain() answers, whatever the key
  sync::ReplayOutcome outcome = sync::ReplayOutcome::resolved;
  std::optional<Error> refusal;  ///< what every action answers, if set
  /// After how many more calls of status() a running initial sync is done.
  int status_calls_until_done = 0;
  std::vector<std::string> calls;
  std::optional<store::Filter> last_filter;

  sync::MapStatus& add_map(std::string name, store::MapState state) {
    sync::MapStatus map;
    map.id = MapId(static_cast<std::int32_t>(link.maps.size() + 1));
    map.name = std::move(name);
    map.state = state;
    return link.maps.emplace_back(std::move(map));
  }

  Task<sync::LinkStatus> status() override {
    for (sync::MapStatus& map : link.maps) advance(map.initial_sync);
    co_return link;
  }
  Task<Result<void>> start(std::string map) override { return act("start", std::move(map), store::MapState::running); }
  Task<Result<void>> pause(std::string map) override { return act("pause", std::move(map), store::MapState::paused); }
  Task<Result<void>> resume(std::string map) override {
    return act("resume", std::move(map), store::MapState::catching_up);
  }
  Task<Result<void>> approve(std::string map, std::string company) override {
    std::string call = company.empty() ? "approve" : "approve company=" + company;
    return act(std::move(call), std::move(map), store::MapState::catching_up);
  }
  Task<Result<void>> stop(std::string map) override { return act("stop", std::move(map), store::MapState::stopped); }

  Task<Result<void>> initial_sync(std::string map, Side master) override {
    const std::string call = "initial_sync master=" + std::string(to_string(master));
    auto begun = co_await act(call, map, store::MapState::initial_sync);
    if (!begun) co_return begun;
    find(map)->initial_sync.state = sync::InitialSyncProgress::State::running;
    co_return Result<void>();
  }

  Task<Result<sync::RecordReport>> explain(std::string map, std::string key) override {
    calls.push_back("explain " + map + " " + key);
    if (!record) co_return fail(Errc::not_found, "nothing is known of " + key, "look at its key in either system");
    co_return *record;
  }

  Task<Result<std::vector<store::DeadLetter>>> dead_letters(store::Filter filter) override {
    std::vector<store::DeadLetter> out;
    for (const store::DeadLetter& letter : letters) {
      const bool wanted = (!filter.map || letter.record.map == *filter.map) &&
                          (!filter.state || letter.state == *filter.state) &&
                          (!filter.error_class || letter.error_class == *filter.error_class) &&
                          (filter.before_id == 0 || letter.id.value() < filter.before_id);
      if (wanted && out.size() < filter.limit) out.push_back(letter);
    }
    last_filter = std::move(filter);
    co_return out;
  }
  Task<Result<store::DeadLetter>> dead_letter(store::DeadLetterId id) override {
    const store::DeadLetter* letter = find(id);
    if (letter == nullptr) co_return no_letter(id);
    co_return *letter;
  }
  Task<Result<sync::ReplayOutcome>> replay(store::DeadLetterId id) override {
    calls.push_back("replay " + std::to_string(id.value()));
    if (refusal) co_return std::unexpected(*refusal);
    store::DeadLetter* letter = find(id);
    if (letter == nullptr) co_return no_letter(id);
    if (outcome == sync::ReplayOutcome::resolved) letter->state = store::DeadLetterState::resolved;
    co_return outcome;
  }
  Task<Result<std::int64_t>> replay_all(store::Filter filter) override {
    calls.push_back("replay_all class=" +
                    std::string(filter.error_class ? store::to_string(*filter.error_class) : std::string_view()));
    filter.limit = letters.size();
    const auto found = co_await dead_letters(std::move(filter));
    co_return static_cast<std::int64_t>(found->size());
  }
  Task<Result<sync::ReplayOutcome>> resolve(store::DeadLetterId id, Side winner) override {
    calls.push_back("resolve " + std::to_string(id.value()) + " " + std::string(to_string(winner)));
    if (refusal) co_return std::unexpected(*refusal);
    store::DeadLetter* letter = find(id);
    if (letter == nullptr) co_return no_letter(id);
    if (outcome == sync::ReplayOutcome::resolved) letter->state = store::DeadLetterState::resolved;
    co_return outcome;
  }
  Task<Result<void>> discard(store::DeadLetterId id, std::string reason) override {
    calls.push_back("discard " + std::to_string(id.value()) + " " + reason);
    store::DeadLetter* letter = find(id);
    if (letter == nullptr) co_return no_letter(id);
    letter->state = store::DeadLetterState::discarded;
    letter->closed_by = std::move(reason);
    co_return Result<void>();
  }

  Task<Result<std::vector<store::JournalEntry>>> journal(store::Filter filter) override {
    std::vector<store::JournalEntry> out;
    for (const store::JournalEntry& line : lines) {
      const bool wanted =
          (!filter.map || line.record.map == *filter.map) && (!filter.key || line.record.key == *filter.key) &&
          (!filter.kind || line.kind == *filter.kind) && (filter.before_id == 0 || line.id.value() < filter.before_id);
      if (wanted && out.size() < filter.limit) out.push_back(line);
    }
    last_filter = std::move(filter);
    co_return out;
  }

  Result<MapId> map_id(const std::string& name) const override {
    for (const sync::MapStatus& map : link.maps) {
      if (map.name == name) return map.id;
    }
    return fail(Errc::not_found, "there is no map \"" + name + "\"", "`dualwrite maps list` shows them");
  }
  std::string map_name(MapId id) const override {
    for (const sync::MapStatus& map : link.maps) {
      if (map.id == id) return map.name;
    }
    return {};
  }

 private:
  sync::MapStatus* find(const std::string& name) {
    const auto found = std::ranges::find(link.maps, name, &sync::MapStatus::name);
    return found == link.maps.end() ? nullptr : &*found;
  }
  store::DeadLetter* find(store::DeadLetterId id) {
    const auto found = std::ranges::find(letters, id, &store::DeadLetter::id);
    return found == letters.end() ? nullptr : &*found;
  }
  static std::unexpected<Error> no_letter(store::DeadLetterId id) {
    return fail(Errc::not_found, "there is no dead letter " + std::to_string(id.value()),
                "`dualwrite dead-letters list` shows them");
  }

  Task<Result<void>> act(std::string call, std::string map, store::MapState state) {
    calls.push_back(call + " " + map);
    if (refusal) co_return std::unexpected(*refusal);
    const auto known = map_id(map);
    if (!known) co_return std::unexpected(known.error());
    find(map)->state = state;
    co_return Result<void>();
  }

  void advance(sync::InitialSyncProgress& progress) {
    if (progress.state != sync::InitialSyncProgress::State::running) return;
    if (status_calls_until_done-- > 0) return;
    progress.state = sync::InitialSyncProgress::State::done;
  }
};

/// A link with one map of every kind of trouble, so that no member of any reply is empty.
inline void fill(FakeControl& control) {
  control.link.name = "contoso";
  control.link.last_progress = at("2026-01-02T03:04:00Z");
  for (const Side side : both_sides) {
    sync::EndpointStatus endpoint;
    endpoint.side = side;
    endpoint.url = "https://" + std::string(to_string(side)) + ".example.com";
    endpoint.dialect = std::string(to_string(side));
    endpoint.requests = 42;
    endpoint.window_requests = 11;
    endpoint.at_once = 8;
    control.link.endpoints.push_back(std::move(endpoint));
  }
  control.link.endpoints[1].throttled = 3;
  control.link.endpoints[1].clock_offset = -1250;
  control.link.endpoints[1].clock_doubt = 40;
  control.link.endpoints[1].clock_dates = 40;
  control.link.endpoints[1].clock_stamps = 2;
  control.link.endpoints[1].clock_granularity = 1000;
  control.link.endpoints[1].paused_until = at("2026-01-02T03:05:00Z");
  control.link.endpoints[1].last_error = "GET accounts: status 429";

  sync::MapStatus& customers = control.add_map("customers", store::MapState::running);
  customers.finops_entity = "CustomersV3";
  customers.dataverse_set = "accounts";
  customers.couplings = 1200;
  customers.pending = 3;
  customers.parked = 1;
  customers.dead_letters = 1;
  customers.conflicts = 1;
  customers.written[Side::dataverse].created = 1200;
  customers.echoes = 7;
  customers.last_scan = at("2026-01-02T03:03:00Z");
  customers.initial_sync.state = sync::InitialSyncProgress::State::done;
  customers.initial_sync.legs = {{Side::finops, 1200, true}, {Side::dataverse, 10, true}};
  customers.initial_sync.settled = 1200;
  customers.initial_sync.started_at = at("2026-01-02T03:00:00Z");
  customers.initial_sync.finished_at = at("2026-01-02T03:01:00Z");

  sync::MapStatus& vendors = control.add_map("vendors", store::MapState::paused);
  vendors.finops_entity = "VendorsV2";
  vendors.dataverse_set = "msdyn_vendors";
  vendors.last_error = "the delta link has expired";

  store::DeadLetter letter;
  letter.id = store::DeadLetterId(7);
  letter.record = RecordRef(MapId(1), RecordKey("usmf|us-001"));
  letter.side = Side::dataverse;
  letter.error_class = store::DeadLetterClass::refused;
  letter.error = "the name is longer than 160 characters";
  letter.hint = "correct the value on either side; then replay";
  letter.attempted = R"({"OrganizationName":"Contoso","CreditLimit":12345678901234567890.10})";
  letter.finops_row = R"({"OrganizationName":"Contoso","CreditLimit":12345678901234567890.10,"OnHold":false})";
  letter.attempts = 2;
  letter.first_at = at("2026-01-02T03:00:30Z");
  letter.last_at = at("2026-01-02T03:02:30Z");
  control.letters.push_back(letter);

  store::JournalEntry updated;
  updated.id = store::JournalId(12);
  updated.at = at("2026-01-02T03:02:00Z");
  updated.record = letter.record;
  updated.side = Side::dataverse;
  updated.rule = "agreed";
  updated.detail = R"({"intent":5,"columns":{"CreditLimit":{"from":1.50,"to":2.50}}})";
  store::JournalEntry lost;
  lost.id = store::JournalId(11);
  lost.at = at("2026-01-02T03:01:30Z");
  lost.record = letter.record;
  lost.kind = store::JournalKind::lost;
  lost.side = Side::finops;
  lost.column = "CreditLimit";
  lost.rule = "newest-wins/tie-break";
  lost.detail = R"({"type":"update_differing","lost":1.50,"won":12345678901234567890.10,)"
                R"("lostTime":{"from":null,"to":"2026-01-02T03:01:00Z","source":"window"},)"
                R"("wonTime":{"from":"2026-01-02T03:01:00Z","to":"2026-01-02T03:01:01Z","source":"stamp"},)"
                R"("finopsToken":"W/\"1\"","dataverseToken":""})";
  control.lines = {updated, lost};

  sync::RecordReport record;
  record.map = "customers";
  record.key = "usmf|us-001";
  record.state = "coupled";
  record.endpoint_keys = {"dataAreaId='usmf',CustomerAccount='US-001'", "00000000-0000-0000-0000-000000000001"};
  record.tokens = {"W/\"1\"", ""};
  record.pending = true;
  sync::RecordColumn column;
  column.name = "CreditLimit";
  column.agreed = Value::number("12345678901234567890.10");
  column.agreed_time = EditTime(at("2026-01-02T03:01:00Z"), at("2026-01-02T03:01:01Z"), TimeSource::stamp);
  column.origin = Side::dataverse;
  column.shadows = {Value::number("1.50"), Value()};
  record.columns = {column};
  record.journal = control.lines;
  record.dead_letters = control.letters;
  control.record = std::move(record);
}

}  // namespace dualwrite::test
