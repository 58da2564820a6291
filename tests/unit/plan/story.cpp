#include "unit/plan/story.hpp"

#include <ostream>
#include <utility>

#include "dualwrite/plan/plan.hpp"
#include "dualwrite/plan/settle.hpp"
#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan::testing {
namespace {

Value typed_value(std::uint8_t number) {
  if (number == 0) return Value::null();
  return Value::string(std::string(1, static_cast<char>('a' + number)));
}

Direction mirrored(Direction direction) {
  switch (direction) {
    case Direction::both:
      break;
    case Direction::to_dataverse:
      return Direction::to_finops;
    case Direction::to_finops:
      return Direction::to_dataverse;
  }
  return Direction::both;
}

ConflictRule mirrored(ConflictRule rule) {
  if (rule == ConflictRule::finops_wins) return ConflictRule::dataverse_wins;
  if (rule == ConflictRule::dataverse_wins) return ConflictRule::finops_wins;
  return rule;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
  static constexpr std::array<const char*, 4> fates{"answered", "no row", "reply lost", "request lost"};
  switch (step.kind) {
    case Step::Kind::round:
      out << "round(" << fates[static_cast<std::size_t>(step.fates[Side::finops])] << ", "
          << fates[static_cast<std::size_t>(step.fates[Side::dataverse])] << ")";
      return out;
    case Step::Kind::remove:
      return out << to_string(step.side) << " deletes";
    case Step::Kind::edit:
      out << to_string(step.side) << " sets c" << step.column << "+1:";
      break;
    case Step::Kind::create:
      out << to_string(step.side) << " creates:";
      break;
  }
  for (const std::uint8_t number : step.typed) out << " " << typed_value(number);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Story& story) {
  out << "grain " << story.grain << " tie-break " << to_string(story.policy.tie_break) << " deletion "
      << to_string(story.policy.deletion);
  if (story.master) out << " master " << to_string(*story.master);
  for (const ColumnPolicy& column : story.policy.columns) {
    out << "\n  column " << (column.key ? "key" : to_string(column.conflict)) << " "
        << (column.direction == Direction::both           ? "both"
            : column.direction == Direction::to_dataverse ? "to dataverse"
                                                          : "to finops");
    if (column.group != 0) out << " group " << column.group;
  }
  for (const Step& step : story.steps) out << "\n  " << step;
  return out;
}

Policy mirrored(Policy policy) {
  policy.tie_break = other(policy.tie_break);
  for (ColumnPolicy& column : policy.columns) {
    column.direction = mirrored(column.direction);
    column.conflict = mirrored(column.conflict);
  }
  return policy;
}

Story mirrored(Story story) {
  story.policy = mirrored(std::move(story.policy));
  if (story.master) story.master = other(*story.master);
  for (Step& step : story.steps) {
    step.side = other(step.side);
    std::swap(step.fates[Side::finops], step.fates[Side::dataverse]);
  }
  return story;
}

void Stage::play() {
  for (const Step& step : story_.steps) play(step);
}

void Stage::play(const Step& step) {
  ++time_;
  if (step.kind == Step::Kind::round) {
    round(step.fates);
    return;
  }
  Service& service = services_[step.side];
  if ((step.kind == Step::Kind::create) == service.row.has_value()) return;
  const std::size_t width = story_.policy.columns.size();
  const auto typed = [&](std::size_t number) {
    return step.typed.empty() ? Value::null() : typed_value(step.typed[number % step.typed.size()]);
  };
  switch (step.kind) {
    case Step::Kind::edit:
      if (width == 1) return;  // there is but the key
      (*service.row)[1 + step.column % (width - 1)] = typed(0);
      break;
    case Step::Kind::remove:
      service.row.reset();
      break;
    default: {
      Row& row = service.row.emplace(width, Value::string("key"));
      for (std::size_t column = 1; column < width; ++column) row[column] = typed(column);
      break;
    }
  }
  touch(step.side);
}

void Stage::touch(Side side) {
  ++services_[side].version;
  services_[side].stamp = time_;
}

PerSide<Observation> Stage::look() const {
  PerSide<Observation> seen;
  for (const Side side : both_sides) {
    const Service& service = services_[side];
    const EditTime time = stamp(service.stamp - story_.grain, service.stamp + story_.grain);
    seen[side] = service.row ? present(*service.row, "v" + std::to_string(service.version), time) : gone();
  }
  return seen;
}

Plan Stage::plan() const {
  const PerSide<Observation> seen = look();
  return dualwrite::plan::plan(Input{coupling_, seen, story_.policy, story_.master, Instant{}});
}

bool Stage::round(const PerSide<Fate>& fates) {
  Plan decided = plan();
  coupling_ = std::move(decided.next);
  if (!story_.counts_turns) coupling_.turns.clear();
  std::vector<IntentId> intents;
  for (const PlannedWrite& write : decided.writes) {
    intents.emplace_back(++intents_);
    add_intent(coupling_, write, intents.back(), at(time_));
  }
  for (std::size_t number = 0; number < intents.size(); ++number) {
    const PlannedWrite& write = decided.writes[number];
    const Fate fate = fates[write.side];
    if (fate == Fate::request_lost) continue;
    ++time_;
    if (!land(write)) {
      coupling_ = settle_not_written(coupling_, write.side, intents[number]);
    } else if (fate != Fate::reply_lost) {
      const Service& service = services_[write.side];
      Acknowledged reply;
      if (service.row) reply.key = "row";
      if (fate == Fate::answered && service.row) {
        reply.row = service.row;
        reply.token = "v" + std::to_string(service.version);
      }
      coupling_ = settle_written(coupling_, write.side, intents[number], reply, story_.policy).next;
    }
  }
  return !intents.empty();
}

bool Stage::land(const PlannedWrite& write) {
  Service& service = services_[write.side];
  if (write.kind == WriteKind::create) {
    if (service.row) return false;
    service.row.emplace(story_.policy.columns.size(), Value::null());
  } else if (!service.row || write.guard != "v" + std::to_string(service.version)) {
    return false;
  }
  if (write.kind == WriteKind::remove) {
    service.row.reset();
  } else {
    for (const ColumnValue& cell : write.cells) (*service.row)[cell.column] = cell.value;
  }
  touch(write.side);
  return true;
}

int Stage::settle() {
  int rounds = 0;
  while (rounds <= rounds_max && round({Fate::answered, Fate::answered})) ++rounds;
  return rounds;
}

}  // namespace dualwrite::plan::testing
