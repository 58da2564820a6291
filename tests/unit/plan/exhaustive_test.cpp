// Small-scope model check of the real planner, decide and settle: one record of two columns, each side's user does up
// to two operations (set column 0, set column 1, delete), every interleaving with the daemon's steps, clocks that are
// skewed and coarse, a crash anywhere, and a write that lands after it. In every end state: both sides agree, no value
// is gone without a record of it, and nothing deleted last exists again.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <unordered_set>

#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan {
namespace {

enum class Op : std::uint8_t { set0, set1, remove };
using Script = std::vector<Op>;

std::vector<Script> scripts(std::size_t operations_max) {
  std::vector<Script> all{{}};
  std::size_t from = 0;
  for (std::size_t length = 1; length <= operations_max; ++length) {
    const std::size_t to = all.size();
    for (; from < to; ++from) {
      for (const Op op : {Op::set0, Op::set1, Op::remove}) {
        Script longer = all[from];
        longer.push_back(op);
        all.push_back(longer);
      }
    }
  }
  return all;
}

struct Endpoint {
  std::optional<Row> row;
  int version = 0;
  std::int64_t stamp = 0;
};

struct Flying {
  PlannedWrite write;
  IntentId intent;
};

struct World {
  PerSide<Script> script;
  std::int64_t skew = 0;
  std::int64_t grain = 1;
  PerSide<std::size_t> next_op{0, 0};
  PerSide<Endpoint> endpoints;
  std::set<std::string> outstanding;  // values that a user set and nobody overwrote knowingly
  std::set<std::string> logged;
  std::int64_t time = 0;
  std::int64_t next_intent = 0;
  bool dirty = false;
  enum class Phase : std::uint8_t { idle, reading, deciding, writing, settling } phase = Phase::idle;
  PerSide<Observation> seen;
  Coupling coupling;
  std::vector<Flying> writes;
  Row came_back;
  int crashes_left = 0;
  bool late_allowed = false;
  std::optional<Flying> late;
  bool last_was_delete = false;
};

struct Counters {
  int ends = 0;
  int diverged = 0;
  int silent = 0;
  int resurrected = 0;
  int needless = 0;
};

class Explorer {
 public:
  Counters counters;

  void explore(const World& start) {
    std::unordered_set<std::string> visited;
    std::vector<World> stack{start};
    while (!stack.empty()) {
      World world = std::move(stack.back());
      stack.pop_back();
      if (!visited.insert(fingerprint(world)).second) continue;
      bool moved = false;
      const auto go = [&](auto step) {
        World copy = world;
        step(copy);
        stack.push_back(std::move(copy));
        moved = true;
      };
      for (const Side side : both_sides) {
        if (world.next_op[side] < world.script[side].size()) go([&](World& w) { user(w, side); });
      }
      if (world.dirty || world.phase != World::Phase::idle) go([&](World& w) { daemon(w); });
      if (world.crashes_left > 0 && world.phase != World::Phase::idle) go([&](World& w) { crash(w); });
      if (world.late) go([&](World& w) { land(w); });
      if (!moved) judge(world);
    }
  }

 private:
  static std::int64_t stamp_of(const World& world, Side side) {
    const std::int64_t skewed = world.time + (side == Side::dataverse ? world.skew : 0) + 1000;
    return skewed / world.grain * world.grain;
  }

  static Observation observe(const World& world, Side side) {
    const Endpoint& endpoint = world.endpoints[side];
    Observation seen;
    if (!endpoint.row) {
      seen.deletion_proven = true;
      return seen;
    }
    seen.key = "row";
    seen.row = endpoint.row;
    seen.token = "v" + std::to_string(endpoint.version);
    const std::int64_t doubt = world.skew < 0 ? -world.skew : world.skew;
    seen.time = testing::stamp(endpoint.stamp - doubt, endpoint.stamp + world.grain - 1 + doubt);
    return seen;
  }

  static void user(World& world, Side side) {
    const std::size_t number = world.next_op[side]++;
    const Op op = world.script[side][number];
    Endpoint& endpoint = world.endpoints[side];
    ++world.time;
    if (!endpoint.row) return;
    if (op == Op::remove) {
      for (const Value& value : *endpoint.row) world.outstanding.erase(value.text());
      endpoint.row.reset();
      world.last_was_delete = true;
    } else {
      const std::size_t column = op == Op::set0 ? 0 : 1;
      const std::string value = (side == Side::finops ? "A" : "B") + std::to_string(number);
      world.outstanding.erase((*endpoint.row)[column].text());
      world.outstanding.insert(value);
      (*endpoint.row)[column] = Value::string(value);
      world.last_was_delete = false;
    }
    ++endpoint.version;
    endpoint.stamp = stamp_of(world, side);
    world.dirty = true;
  }

  static bool apply(World& world, const Flying& flying) {
    Endpoint& endpoint = world.endpoints[flying.write.side];
    ++world.time;
    const std::string token = endpoint.row ? "v" + std::to_string(endpoint.version) : "";
    if (!endpoint.row || token != flying.write.guard) return false;
    if (flying.write.kind == WriteKind::remove) {
      endpoint.row.reset();
    } else {
      for (const ColumnValue& cell : flying.write.cells) (*endpoint.row)[cell.column] = cell.value;
    }
    ++endpoint.version;
    endpoint.stamp = stamp_of(world, flying.write.side);
    return true;
  }

  static void daemon(World& world) {
    switch (world.phase) {
      case World::Phase::idle:
        world.dirty = false;
        world.seen[Side::finops] = observe(world, Side::finops);
        world.phase = World::Phase::reading;
        return;
      case World::Phase::reading:
        world.seen[Side::dataverse] = observe(world, Side::dataverse);
        world.phase = World::Phase::deciding;
        return;
      case World::Phase::deciding:
        decide(world);
        return;
      case World::Phase::writing:
        write(world);
        return;
      case World::Phase::settling: {
        const Flying flying = world.writes.front();
        world.writes.erase(world.writes.begin());
        Acknowledged reply;
        if (flying.write.kind != WriteKind::remove) {
          reply.row = world.came_back;
          reply.token = "v" + std::to_string(world.endpoints[flying.write.side].version);
        }
        const Settled settled =
            settle_written(world.coupling, flying.write.side, flying.intent, reply, testing::two_columns());
        world.coupling = settled.next;
        // Another edit may have come since: the token of this reply is then an old one, which the next round finds out.
        world.phase = World::Phase::writing;
        return;
      }
    }
  }

  static void decide(World& world) {
    const Policy policy = testing::two_columns();
    const Input input{world.coupling, world.seen, policy, std::nullopt, Instant{}};
    Plan plan = dualwrite::plan::plan(input);
    ASSERT_NE(plan.verdict, Plan::Verdict::unproven);
    for (const Loser& loser : plan.losers) world.logged.insert(loser.lost.text());
    world.coupling = plan.next;
    world.writes.clear();
    for (const PlannedWrite& write : plan.writes) {
      const IntentId id(++world.next_intent);
      add_intent(world.coupling, write, id, testing::at(0));
      world.writes.push_back({write, id});
    }
    world.phase = World::Phase::writing;
  }

  static void write(World& world) {
    if (world.writes.empty()) {
      world.phase = World::Phase::idle;
      return;
    }
    const Flying& flying = world.writes.front();
    if (!apply(world, flying)) {
      world.coupling = settle_not_written(world.coupling, flying.write.side, flying.intent);
      for (std::size_t rest = 1; rest < world.writes.size(); ++rest) {
        world.coupling = settle_not_written(world.coupling, world.writes[rest].write.side, world.writes[rest].intent);
      }
      world.writes.clear();
      world.phase = World::Phase::idle;
      world.dirty = true;
      return;
    }
    if (world.endpoints[flying.write.side].row) world.came_back = *world.endpoints[flying.write.side].row;
    world.phase = World::Phase::settling;
  }

  static void crash(World& world) {
    const bool unsent = world.phase == World::Phase::writing && !world.writes.empty();
    if (unsent && world.late_allowed && !world.late) world.late = world.writes.front();
    --world.crashes_left;
    world.writes.clear();
    world.phase = World::Phase::idle;
    world.dirty = true;
  }

  static void land(World& world) {
    const Flying flying = *world.late;
    world.late.reset();
    if (apply(world, flying)) world.dirty = true;
  }

  void judge(const World& world) {
    ++counters.ends;
    const std::optional<Row>& a = world.endpoints[Side::finops].row;
    const std::optional<Row>& b = world.endpoints[Side::dataverse].row;
    if (a != b) ++counters.diverged;
    const auto holds = [](const std::optional<Row>& row, const std::string& value) {
      return row && ((*row)[0].text() == value || (*row)[1].text() == value);
    };
    bool silent = false;
    for (const std::string& value : world.outstanding) {
      if (a == b && !holds(a, value) && !world.logged.contains(value)) silent = true;
    }
    if (silent) ++counters.silent;
    if (world.last_was_delete && a && b) ++counters.resurrected;
    if (needless(world, holds)) ++counters.needless;
  }

  template <class Holds>
  static bool needless(const World& world, const Holds& holds) {
    for (const Side side : both_sides) {
      for (const Op op : world.script[side]) {
        if (op == Op::remove) return false;
      }
    }
    for (const std::string& value : world.outstanding) {
      const Side side = value[0] == 'A' ? Side::finops : Side::dataverse;
      const Op op = world.script[side][static_cast<std::size_t>(value[1] - '0')];
      bool contested = false;
      for (const Op theirs : world.script[other(side)]) contested = contested || theirs == op;
      const bool both_hold =
          holds(world.endpoints[Side::finops].row, value) && holds(world.endpoints[Side::dataverse].row, value);
      if (!contested && !both_hold) return true;
    }
    return false;
  }

  static void put(std::string& out, const std::optional<Row>& row) {
    if (!row) {
      out += "-;";
      return;
    }
    for (const Value& value : *row) out += value.text() + ",";
    out += ';';
  }

  static std::string fingerprint(const World& world) {
    std::string out;
    const auto number = [&](std::int64_t value) { out += std::to_string(value) + ";"; };
    for (const Side side : both_sides) {
      number(static_cast<std::int64_t>(world.next_op[side]));
      put(out, world.endpoints[side].row);
      number(world.endpoints[side].version);
      number(world.endpoints[side].stamp);
      put(out, world.seen[side].row);
      out += world.seen[side].token + ";";
      put(out, world.coupling.sides[side].shadow);
      out += world.coupling.sides[side].token + ";";
      for (const Intent& intent : world.coupling.sides[side].intents) {
        number(intent.id.value());
        out += intent.guard;
        for (const ColumnValue& cell : intent.cells) out += std::to_string(cell.column) + cell.value.text() + ",";
      }
      out += '|';
    }
    if (world.coupling.agreed) {
      for (const Agreed& agreed : *world.coupling.agreed) {
        out += agreed.value.text() + "@" + std::to_string(agreed.time.from.time_since_epoch().count()) +
               std::string(to_string(agreed.origin)) + ",";
      }
    }
    for (const std::string& value : world.outstanding) out += value + ",";
    out += '|';
    for (const std::string& value : world.logged) out += value + ",";
    for (const Flying& flying : world.writes) number(flying.intent.value());
    number(world.late ? world.late->intent.value() : -1);
    number(world.time);
    number(static_cast<std::int64_t>(world.phase));
    number(world.dirty);
    number(world.crashes_left);
    number(world.last_was_delete);
    put(out, world.phase == World::Phase::settling ? std::optional<Row>(world.came_back) : std::nullopt);
    return out;
  }
};

World start(const Script& finops, const Script& dataverse, std::int64_t skew, std::int64_t grain) {
  World world;
  world.script = PerSide<Script>(finops, dataverse);
  world.skew = skew;
  world.grain = grain;
  const Row row = testing::row({"x", "y"});
  world.coupling = testing::coupled(row);
  for (const Side side : both_sides) world.endpoints[side].row = row;
  return world;
}

Counters enumerate(std::size_t operations_max, int crashes, bool late) {
  Explorer explorer;
  for (const Script& finops : scripts(operations_max)) {
    for (const Script& dataverse : scripts(operations_max)) {
      for (const std::int64_t skew : {0, 3, -3}) {
        for (const std::int64_t grain : {1, 4}) {
          World world = start(finops, dataverse, skew, grain);
          world.crashes_left = crashes;
          world.late_allowed = late;
          explorer.explore(world);
        }
      }
    }
  }
  return explorer.counters;
}

void expect_clean(const Counters& counters) {
  EXPECT_EQ(counters.diverged, 0);
  EXPECT_EQ(counters.silent, 0);
  EXPECT_EQ(counters.resurrected, 0);
  EXPECT_EQ(counters.needless, 0);
  std::printf("end states %d diverged %d silent %d resurrected %d needless %d\n", counters.ends, counters.diverged,
              counters.silent, counters.resurrected, counters.needless);
}

TEST(PlanExhaustive, TwoOperationsPerSideWithoutACrash) {
  const Counters counters = enumerate(2, 0, false);
  EXPECT_GT(counters.ends, 1000);
  expect_clean(counters);
}

TEST(PlanExhaustive, OneOperationPerSideWithACrashAndALateWrite) {
  const Counters counters = enumerate(1, 1, true);
  EXPECT_GT(counters.ends, 1000);
  expect_clean(counters);
}

}  // namespace
}  // namespace dualwrite::plan
