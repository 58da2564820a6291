#include "unit/plan/exhaustive/daemon.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdlib>

#include "dualwrite/plan/plan.hpp"
#include "dualwrite/plan/settle.hpp"
#include "unit/plan/exhaustive/judge.hpp"
#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan::exhaustive {
namespace {

/// A row that is created again bears a new GUID in Dataverse and the same key in F&O.
std::string key_of(Side side, const RowState& row) {
  return side == Side::finops ? "usmf-1" : "guid-" + std::to_string(row.birth);
}

Token token_of(std::uint8_t version) {
  return "v" + std::to_string(version);
}

std::uint8_t version_of(const Token& token) {
  std::uint8_t version = 0;
  if (!token.empty()) std::from_chars(token.data() + 1, token.data() + token.size(), version);
  return version;
}

Row row_of(const RowState& state) {
  Row row;
  row.reserve(columns_count);
  for (const Cell& cell : state.cells) row.push_back(value_of(cell.value));
  return row;
}

/// Not used by any write in doubt of this record.
IntentId free_intent(const Coupling& coupling) {
  auto highest = IntentId().value();
  for (const Side side : both_sides) {
    for (const Intent& intent : coupling.sides[side].intents) highest = std::max(highest, intent.id.value());
  }
  return IntentId(highest + 1);
}

Flying on_its_way(const PlannedWrite& planned, IntentId intent, const World& world) {
  Flying flying;
  flying.present = 1;
  flying.side = static_cast<std::uint8_t>(planned.side);
  flying.kind = static_cast<std::uint8_t>(planned.kind);
  flying.guard = version_of(planned.guard);
  flying.intent = static_cast<std::uint8_t>(intent.value());
  if (planned.kind != WriteKind::remove) flying.incarnation = world.agreed_incarnation;
  for (const ColumnValue& cell : planned.cells) {
    flying.columns = static_cast<std::uint8_t>(flying.columns | bit(static_cast<unsigned>(cell.column)));
    flying.cells[cell.column].value = symbol_of(cell.value);
    flying.cells[cell.column].edit = world.agreed_edits[cell.column];
  }
  return flying;
}

class Hash {
 public:
  void number(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x9E3779B97F4A7C15ULL + (hash_ >> 29U); }
  void text(const std::string& value) { number(std::hash<std::string>{}(value)); }
  [[nodiscard]] std::size_t get() const { return hash_; }

 private:
  std::uint64_t hash_ = 0;
};

std::size_t hash_of(const Coupling& coupling) {
  Hash hash;
  hash.number(coupling.incarnation);
  if (coupling.agreed) {
    for (const Agreed& agreed : *coupling.agreed) {
      hash.text(agreed.value.text());
      hash.number(static_cast<std::uint64_t>(agreed.time.from.time_since_epoch().count()));
      hash.number(static_cast<std::uint64_t>(agreed.origin));
    }
  }
  for (const Side side : both_sides) {
    const SideState& state = coupling.sides[side];
    hash.text(state.token);
    if (state.shadow) {
      for (const Value& value : *state.shadow) hash.text(value.text());
    }
    for (const Intent& intent : state.intents) {
      hash.number(static_cast<std::uint64_t>(intent.id.value()));
      hash.text(intent.guard);
      for (const ColumnValue& cell : intent.cells) hash.text(cell.value.text());
    }
  }
  return hash.get();
}

}  // namespace

std::uint32_t Couplings::number_of(Coupling coupling) {
  const std::size_t hash = hash_of(coupling);
  const auto [from, to] = by_hash_.equal_range(hash);
  for (auto each = from; each != to; ++each) {
    if (*all_[each->second] == coupling) return each->second;
  }
  const auto number = static_cast<std::uint32_t>(all_.size());
  all_.push_back(std::make_unique<const Coupling>(std::move(coupling)));
  by_hash_.emplace(hash, number);
  return number;
}

World Daemon::begin() {
  World world = start(rules_);
  Coupling coupling = testing::coupled(row_of(world.row(Side::finops)));
  for (const Side side : both_sides) {
    coupling.sides[side].key = key_of(side, world.row(side));
    coupling.sides[side].token = token_of(world.row(side).version);
  }
  world.coupling = couplings_.number_of(std::move(coupling));
  return world;
}

bool Daemon::at_rest(const World& world) {
  return world.now() == Phase::idle && world.dirty[0] == 0 && world.dirty[1] == 0 && world.choice == 0;
}

bool Daemon::asks(const World& world) const {
  if (world.now() != Phase::idle || world.choice != 0 || !rules_.asks()) return false;
  const Coupling& stored = couplings_[world.coupling];
  return !stored.held.empty() || stored.held_deletion.has_value();
}

void Daemon::choose(World& world, Side winner) {
  world.choice = static_cast<std::uint8_t>(1 + index(winner));
}

bool Daemon::is_sending(const World& world) {
  return world.now() == Phase::writing;
}

void Daemon::step(World& world) {
  advance(world);
  scan(world);
}

void Daemon::scan(World& world) const {
  if (world.now() != Phase::idle) return;
  for (const Side side : both_sides) {
    if (!rules_.scanned[side]) continue;
    const SideState& state = couplings_[world.coupling].sides[side];
    const RowState& row = world.row(side);
    const bool there = row.exists != 0;
    const bool known = state.shadow.has_value() == there && (!there || state.token == token_of(row.version));
    if (!known) world.dirty[index(side)] = 1;
  }
}

void Daemon::advance(World& world) {
  switch (world.now()) {
    case Phase::idle:
      world.taken = world.dirty;
      world.dirty = {};
      read(world, Side::finops);
      world.phase = static_cast<std::uint8_t>(Phase::reading);
      return;
    case Phase::reading:
      read(world, Side::dataverse);
      world.phase = static_cast<std::uint8_t>(Phase::deciding);
      return;
    case Phase::deciding:
      decide(world);
      return;
    case Phase::writing:
      write(world);
      return;
    case Phase::reading_back: {
      Flying& flying = world.writes[world.writing];
      const std::uint8_t birth = flying.reply.birth;
      flying.reply = world.row(static_cast<Side>(flying.side));
      flying.reply.birth = birth;
      next_write(world);
      return;
    }
    case Phase::settling:
      settle(world);
      return;
  }
}

bool Daemon::may_take_shadow(const World& world, Side side) const {
  if (rules_.reads == Reads::both || world.taken[index(side)] != 0 || world.choice != 0) return false;
  const Coupling& coupling = couplings_[world.coupling];
  const SideState& state = coupling.sides[side];
  if (!state.intents.empty() || (!coupling.agreed && !coupling.tombstone)) return false;
  return !state.shadow || !state.token.empty();
}

void Daemon::read(World& world, Side side) {
  Seen& seen = world.seen[index(side)];
  seen.base = world.known[index(side)];
  seen.row = world.row(side);
  if (may_take_shadow(world, side)) {
    const SideState& state = couplings_[world.coupling].sides[side];
    seen.row = seen.base;
    if (state.shadow) seen.row.version = version_of(state.token);
    assert(state.shadow.has_value() == (seen.row.exists != 0));
    assert(!state.shadow || *state.shadow == row_of(seen.row));
    return;  // its time stays unknown: nothing has changed there
  }
  switch (rules_.times[side]) {
    case Times::stamps: {
      const int doubt = std::abs(from_.skew);
      seen.from = static_cast<std::int16_t>(seen.row.stamp - doubt);
      seen.until = static_cast<std::int16_t>(seen.row.stamp + from_.grain - 1 + doubt);
      return;
    }
    case Times::window:
      seen.from = world.last_read[index(side)];
      seen.until = world.time;
      return;
    case Times::tie:
    case Times::none:
      return;
  }
}

Observation Daemon::observation(const World& world, Side side) const {
  const Seen& now = world.seen[index(side)];
  Observation seen;
  if (now.row.exists == 0) {
    seen.deletion_proven = true;
    return seen;
  }
  seen.key = key_of(side, now.row);
  seen.row = row_of(now.row);
  seen.token = token_of(now.row.version);
  if (rules_.times[side] != Times::none) {
    const TimeSource source = rules_.times[side] == Times::window ? TimeSource::window : TimeSource::stamp;
    seen.time = EditTime(testing::at(now.from), testing::at(now.until), source);
  }
  return seen;
}

Daemon::Decided Daemon::make_decision(const World& world, std::optional<Side> choice) {
  Decided made;
  const PerSide<Observation> seen(observation(world, Side::finops), observation(world, Side::dataverse));
  const Coupling& before = couplings_[world.coupling];
  made.plan = dualwrite::plan::plan(Input{before, seen, rules_.policy, std::nullopt, Instant{}, choice});
  assert(made.plan.verdict != Plan::Verdict::unproven);
  Coupling next = made.plan.next;
  if (made.plan.verdict == Plan::Verdict::forgotten) {
    next = Coupling();
    next.record = before.record;
  }
  if (next.tombstone) next.tombstone = testing::at(0);
  assert(next.held.empty() || rules_.asks());
  next.turns.clear();  // worlds are too short for the guard to act: its counts would only multiply them
  for (const PlannedWrite& planned : made.plan.writes) {
    made.intents.push_back(free_intent(next));
    add_intent(next, planned, made.intents.back(), testing::at(0));
  }
  made.next = couplings_.number_of(std::move(next));
  return made;
}

const Daemon::Decided& Daemon::decided(const World& world, std::optional<Side> choice) {
  std::string input(reinterpret_cast<const char*>(&world.coupling), sizeof(world.coupling));
  input += choice ? static_cast<char>(1 + index(*choice)) : '\0';
  for (Seen seen : world.seen) {
    // Whose edits they are is not for the planner to know.
    seen.base = RowState();
    seen.row.incarnation = 0;
    seen.row.stamp = 0;
    for (Cell& cell : seen.row.cells) cell.edit = 0;
    input.append(reinterpret_cast<const char*>(&seen), sizeof(seen));
  }
  const auto known = decided_.find(input);
  if (known != decided_.end()) return known->second;
  return decided_.emplace(std::move(input), make_decision(world, choice)).first->second;
}

void Daemon::decide(World& world) {
  std::optional<Side> choice;
  if (world.choice != 0) {
    // The decision takes it up; in the same transaction a plain mark takes its place.
    choice = static_cast<Side>(world.choice - 1);
    world.choice = 0;
    world.taken[index(*choice)] = 1;
  }
  const Decided& made = decided(world, choice);
  account(world, rules_.policy, couplings_[world.coupling], made.plan);
  std::size_t count = 0;
  for (const PlannedWrite& planned : made.plan.writes) {
    world.writes[count] = on_its_way(planned, made.intents[count], world);
    ++count;
  }
  for (const Side side : both_sides) {
    // A write that landed after the read is not in what was read.
    RowState& known = world.known[index(side)];
    Seen& read = world.seen[index(side)];
    if (read.row.version >= known.version) known = read.row;
    if (rules_.times[side] == Times::window) world.last_read[index(side)] = read.until;
    read = Seen();
  }
  world.coupling = made.next;
  world.writing = 0;
  if (count == 0) world.taken = {};
  world.phase = static_cast<std::uint8_t>(count == 0 ? Phase::idle : Phase::writing);
}

void Daemon::write(World& world) {
  Flying& flying = world.writes[world.writing];
  const auto side = static_cast<Side>(flying.side);
  const bool removes = static_cast<WriteKind>(flying.kind) == WriteKind::remove;
  const bool gone_already = removes && world.row(side).exists == 0;
  if (gone_already) world.known[index(side)] = world.row(side);  // the service says that there is no such row
  const bool done = gone_already || apply(world, rules_, from_, flying);
  flying.outcome = static_cast<std::uint8_t>(done ? Outcome::done : Outcome::refused);
  flying.reply.birth = world.row(side).birth;  // the row's key is known even where the row does not come back
  if (done && !removes && rules_.replies[side] == Reply::row) flying.reply = world.row(side);
  if (done && !removes && rules_.replies[side] == Reply::row_read) {
    world.phase = static_cast<std::uint8_t>(Phase::reading_back);
    return;
  }
  next_write(world);
}

void Daemon::next_write(World& world) {
  ++world.writing;
  const bool more = world.writing < world.writes.size() && world.writes[world.writing].present != 0;
  world.phase = static_cast<std::uint8_t>(more ? Phase::writing : Phase::settling);
}

void Daemon::settle(World& world) {
  Coupling coupling = couplings_[world.coupling];
  for (const Flying& flying : world.writes) {
    if (flying.present == 0) continue;
    const auto side = static_cast<Side>(flying.side);
    const IntentId intent(flying.intent);
    switch (static_cast<Outcome>(flying.outcome)) {
      case Outcome::done: {
        Acknowledged reply;
        reply.key = key_of(side, flying.reply);
        if (flying.reply.exists != 0) {
          reply.row = row_of(flying.reply);
          reply.token = token_of(flying.reply.version);
        }
        Settled settled = settle_written(coupling, side, intent, reply, rules_.policy);
        coupling = std::move(settled.next);
        if (settled.again) world.dirty[index(side)] = 1;
        break;
      }
      case Outcome::refused:
        coupling = settle_not_written(coupling, side, intent);
        world.dirty[index(side)] = 1;
        break;
      case Outcome::unsent:
      case Outcome::in_doubt:
        world.dirty[index(side)] = 1;
        break;
    }
  }
  world.coupling = couplings_.number_of(std::move(coupling));
  world.writes = {};
  world.writing = 0;
  world.taken = {};
  world.phase = static_cast<std::uint8_t>(Phase::idle);
}

void Daemon::crash(World& world, bool lands_late) {
  --world.crashes_left;
  if (lands_late) world.late = world.writes[world.writing];
  for (const Side side : both_sides) {
    world.dirty[index(side)] = static_cast<std::uint8_t>(world.dirty[index(side)] | world.taken[index(side)]);
  }
  world.taken = {};
  world.seen = {};
  world.writes = {};
  world.writing = 0;
  world.phase = static_cast<std::uint8_t>(Phase::idle);
  scan(world);
}

void Daemon::lose_reply(World& world) {
  --world.crashes_left;
  Flying& flying = world.writes[world.writing];
  flying.outcome = static_cast<std::uint8_t>(Outcome::in_doubt);
  world.late = flying;
  next_write(world);
}

void Daemon::land(World& world) {
  const Flying flying = world.late;
  world.late = Flying();
  const bool reported = !rules_.scanned[static_cast<Side>(flying.side)];
  if (apply(world, rules_, from_, flying) && reported) world.dirty[flying.side] = 1;
  scan(world);
}

}  // namespace dualwrite::plan::exhaustive
