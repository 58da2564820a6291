#include "unit/plan/exhaustive/world.hpp"

#include <cassert>
#include <charconv>

#include "dualwrite/model/coupling.hpp"

namespace dualwrite::plan::exhaustive {
namespace {

constexpr int epoch = 1000;  // keeps coarse stamps of negative skew above zero, where rounding is downwards

std::int16_t stamp_now(const World& world, const Rules& rules, const Start& from, Side side) {
  if (rules.times[side] != Times::stamps) return 0;
  const int skewed = world.time + (side == Side::dataverse ? from.skew : 0) + epoch;
  return static_cast<std::int16_t>(skewed / from.grain * from.grain);
}

void tick(World& world, const Rules& rules) {
  if (rules.time_matters()) ++world.time;
}

/// The user replaces what he sees.
void replace(World& world, Cell& cell, std::uint8_t symbol, EditId edit) {
  world.outstanding = static_cast<Bits>(world.outstanding & ~bit(cell.edit));
  world.outstanding = static_cast<Bits>(world.outstanding | bit(edit));
  cell.value = symbol;
  cell.edit = edit;
  if (symbol == 1) world.second_symbol = static_cast<Bits>(world.second_symbol | bit(edit));
}

void clear(RowState& row) {
  const RowState before = row;
  row = RowState();
  row.version = before.version;
  row.birth = static_cast<std::uint8_t>(before.birth + 1);
}

void touch(World& world, const Rules& rules, const Start& from, Side side) {
  RowState& row = world.row(side);
  ++row.version;
  row.stamp = row.exists != 0 ? stamp_now(world, rules, from, side) : std::int16_t{0};
}

void create(World& world, Side side, std::size_t number, const std::array<std::uint8_t, columns_count>& symbols) {
  RowState& row = world.row(side);
  row.exists = 1;
  row.incarnation = world.incarnations++;
  for (std::size_t column = 0; column < columns_count; ++column) {
    row.cells[column] = Cell();
    replace(world, row.cells[column], symbols[column], edit_id(side, number, column));
  }
}

}  // namespace

std::vector<Script> scripts(const Rules& rules) {
  std::vector<Op> ops{Op::set0, Op::set1, Op::remove};
  if (rules.creates) ops.push_back(Op::create);
  if (rules.creates && rules.values == Values::two_symbols) ops.push_back(Op::create_other);
  std::vector<Script> all{{}};
  std::size_t from = 0;
  for (std::size_t length = 1; length <= rules.operations_max; ++length) {
    const std::size_t to = all.size();
    for (; from < to; ++from) {
      for (const Op op : ops) {
        Script longer = all[from];
        longer.push_back(op);
        all.push_back(std::move(longer));
      }
    }
  }
  return all;
}

EditId edit_id(Side side, std::size_t operation, std::size_t column) {
  const auto edit = static_cast<EditId>(1 + index(side) * 4 + operation * columns_count + column);
  assert(operation < 2 && edit < edits_end);
  return edit;
}
Side side_of(EditId edit) {
  return edit > 4 ? Side::dataverse : Side::finops;
}
std::size_t operation_of(EditId edit) {
  return (edit - 1U) % 4 / columns_count;
}
std::size_t column_of(EditId edit) {
  return (edit - 1U) % columns_count;
}

const Value& value_of(std::uint8_t symbol) {
  static const std::vector<Value> values = [] {
    std::vector<Value> all;
    for (int number = 0; number < edits_end; ++number) all.push_back(Value::string(std::to_string(number)));
    return all;
  }();
  return values[symbol];
}

std::uint8_t symbol_of(const Value& value) {
  std::uint8_t symbol = edits_end;
  std::from_chars(value.text().data(), value.text().data() + value.text().size(), symbol);
  assert(symbol < edits_end);
  return symbol;
}

World start(const Rules& rules) {
  World world;
  for (RowState& row : world.rows) {
    row.exists = 1;
    row.version = 1;
  }
  world.known = world.rows;
  world.crashes_left = static_cast<std::uint8_t>(rules.crashes);
  return world;
}

void run_user(World& world, const Rules& rules, const Start& from, Side side) {
  const std::size_t number = world.next_op[index(side)]++;
  const Op op = from.script[side][number];
  RowState& row = world.row(side);
  tick(world, rules);
  const bool creates = op == Op::create || op == Op::create_other;
  if (creates == (row.exists != 0)) return;
  const bool unique = rules.values == Values::unique;
  switch (op) {
    case Op::set0:
    case Op::set1: {
      const std::size_t column = op == Op::set0 ? 0 : 1;
      const EditId edit = edit_id(side, number, column);
      Cell& cell = row.cells[column];
      replace(world, cell, unique ? edit : static_cast<std::uint8_t>(1 - cell.value), edit);
      world.deleted_incarnations = static_cast<Bits>(world.deleted_incarnations & ~bit(row.incarnation));
      world.unknowable_deletions = static_cast<Bits>(world.unknowable_deletions & ~bit(row.incarnation));
      break;
    }
    case Op::remove:
      for (const Cell& cell : row.cells) world.outstanding = static_cast<Bits>(world.outstanding & ~bit(cell.edit));
      world.deleted_incarnations = static_cast<Bits>(world.deleted_incarnations | bit(row.incarnation));
      clear(row);
      break;
    case Op::create:
    case Op::create_other: {
      const std::uint8_t typed = op == Op::create ? 0 : 1;
      std::array<std::uint8_t, columns_count> symbols{typed, typed};
      if (unique) symbols = {edit_id(side, number, 0), edit_id(side, number, 1)};
      create(world, side, number, symbols);
      break;
    }
  }
  touch(world, rules, from, side);
  if (!rules.scanned[side]) world.dirty[index(side)] = 1;
}

bool apply(World& world, const Rules& rules, const Start& from, const Flying& write) {
  const auto side = static_cast<Side>(write.side);
  const auto kind = static_cast<WriteKind>(write.kind);
  RowState& row = world.row(side);
  tick(world, rules);
  if (kind == WriteKind::create) {
    if (row.exists != 0) return false;
    row.exists = 1;
    // For all that the daemon knows the row was there all the time.
    for (const RowState& before : {world.known[index(side)], world.seen[index(side)].row}) {
      if (before.exists != 0) forgive_deletion(world, before.incarnation);
    }
  } else if (row.exists == 0 || row.version != write.guard) {
    return false;
  }
  if (kind == WriteKind::remove) {
    clear(row);
  } else {
    row.incarnation = write.incarnation;
    for (std::size_t column = 0; column < columns_count; ++column) {
      if ((write.columns & bit(static_cast<unsigned>(column))) != 0) row.cells[column] = write.cells[column];
    }
  }
  touch(world, rules, from, side);
  world.known[index(side)] = row;
  return true;
}

void forgive_deletion(World& world, std::uint8_t incarnation) {
  if ((world.deleted_incarnations & bit(incarnation)) == 0) return;
  world.deleted_incarnations = static_cast<Bits>(world.deleted_incarnations & ~bit(incarnation));
  world.unknowable_deletions = static_cast<Bits>(world.unknowable_deletions | bit(incarnation));
}

std::string to_string(const Script& script) {
  static constexpr std::array<const char*, 5> names{"set c0", "set c1", "delete", "create", "create-other"};
  std::string text;
  for (const Op op : script) text += std::string(text.empty() ? "" : ", ") + names[static_cast<std::size_t>(op)];
  return "[" + text + "]";
}

std::string to_string(const Start& start) {
  return "finops " + to_string(start.script[Side::finops]) + " dataverse " + to_string(start.script[Side::dataverse]) +
         " skew " + std::to_string(start.skew) + " grain " + std::to_string(start.grain);
}

std::string to_string(const RowState& row, Values values) {
  const std::string version = "v" + std::to_string(row.version);
  if (row.exists == 0) return "none(" + version + ")";
  std::string text = "(";
  for (const Cell& cell : row.cells) {
    if (values == Values::two_symbols) text += std::string(1, cell.value == 0 ? 'x' : 'y') + "#";
    text += std::to_string(cell.edit) + " ";
  }
  return text + version + " t" + std::to_string(row.stamp) + ")";
}

}  // namespace dualwrite::plan::exhaustive
