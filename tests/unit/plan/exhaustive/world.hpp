#pragma once
// The small world that is enumerated: one record of two columns, two services, each side's user with a script of his
// own, and a daemon that may crash. A World is plain bytes, so that it is copied and hashed as such; what a script does
// on a service is here, what the daemon does is in daemon.hpp.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "dualwrite/model/policy.hpp"
#include "dualwrite/model/side.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite::plan::exhaustive {

constexpr std::size_t columns_count = 2;

enum class Op : std::uint8_t {
  set0,
  set1,
  remove,
  create,       ///< a row of the same key; nothing happens where there is one
  create_other  ///< only with two symbols: `create` types the first symbol into both columns, this one the second
};
using Script = std::vector<Op>;

/// Where the interval of an observed edit comes from.
enum class Times : std::uint8_t {
  stamps,  ///< the row's stamp, on a clock that is skewed and coarse
  tie,     ///< the same interval for every edit
  window,  ///< between the last decided observation of that side and this one
  none,    ///< nothing is known
};

enum class Values : std::uint8_t {
  unique,       ///< every edit types a value of its own
  two_symbols,  ///< an edit types the symbol that the cell does not hold: every second one retypes an old value
};

/// What answers a write that took effect.
enum class Reply : std::uint8_t {
  row,       ///< the row as that write left it, and its token
  row_read,  ///< the row as a read right after the write found it: a user may have been quicker
  nothing,   ///< no row, no token
};

/// Which sides a round reads.
enum class Reads : std::uint8_t {
  both,
  reported  ///< a side that nobody reported as changed is taken from its shadow (docs/decisions/0004)
};

/// What a world is made of, and how far it goes.
struct Rules {
  std::size_t operations_max = 2;  ///< each side's
  bool creates = true;             ///< scripts create rows again
  int crashes = 1;
  bool late = true;  ///< the write that was on its way when the daemon crashed, or whose reply was lost, lands later
  Values values = Values::unique;
  PerSide<Times> times{Times::stamps, Times::stamps};
  PerSide<Reply> replies{Reply::row, Reply::row};
  Reads reads = Reads::both;
  /// Nobody reports what happens on that side: a scan finds rows whose token is not the one that was stored.
  PerSide<bool> scanned{false, false};
  Policy policy = [] {
    Policy plain;
    plain.columns.resize(columns_count);
    return plain;
  }();

  [[nodiscard]] bool clocks_matter() const {
    return times[Side::finops] == Times::stamps || times[Side::dataverse] == Times::stamps;
  }
  /// True if something may wait for a person, who then chooses a side.
  [[nodiscard]] bool asks() const {
    const auto manual = [](const ColumnPolicy& column) { return column.conflict == ConflictRule::manual; };
    return policy.deletion == DeletePolicy::manual || std::ranges::any_of(policy.columns, manual);
  }
  /// False: nothing in this world depends on when something happened.
  [[nodiscard]] bool time_matters() const {
    return clocks_matter() || times[Side::finops] == Times::window || times[Side::dataverse] == Times::window;
  }
};

/// All scripts of up to `rules.operations_max` operations, shorter ones first.
std::vector<Script> scripts(const Rules& rules);

/// What differs between the worlds of one set of rules.
struct Start {
  PerSide<Script> script;
  int skew = 0;   ///< the dataverse clock minus true time, in ticks
  int grain = 1;  ///< of stamps, in ticks
};

/// The number of an edit: which user's which operation in which column. 0 is what was there at the start.
using EditId = std::uint8_t;
EditId edit_id(Side side, std::size_t operation, std::size_t column);
Side side_of(EditId edit);
std::size_t operation_of(EditId edit);
std::size_t column_of(EditId edit);
constexpr EditId edits_end = 9;

/// Sets of edits and of incarnations, as bits.
using Bits = std::uint16_t;
constexpr Bits bit(unsigned number) {
  return static_cast<Bits>(1U << number);
}

struct Cell {
  std::uint8_t value = 0;  ///< a symbol: value_of
  EditId edit = 0;         ///< whose edit it carries; the planner never sees it
  friend bool operator==(const Cell&, const Cell&) = default;
};

const Value& value_of(std::uint8_t symbol);
std::uint8_t symbol_of(const Value& value);

/// A service's row, or that there is none; then all but version and birth is zero.
struct RowState {
  std::array<Cell, columns_count> cells{};
  std::int16_t stamp = 0;
  std::uint8_t exists = 0;
  std::uint8_t version = 0;      ///< of the service's last write to this key, deletions included
  std::uint8_t incarnation = 0;  ///< in the order of the users' creations
  std::uint8_t birth = 0;        ///< how many rows of this key there were before
};

/// What the daemon read of a side, and what it could have known before.
struct Seen {
  RowState row;
  RowState base;           ///< `known` at that moment
  std::int16_t from = 0;   ///< the edit's time
  std::int16_t until = 0;  ///< both ends included
};

enum class Outcome : std::uint8_t { unsent, done, refused, in_doubt };

/// A planned write on its way.
struct Flying {
  std::array<Cell, columns_count> cells{};
  RowState reply;            ///< the row in the answer
  std::uint8_t columns = 0;  ///< which cells it writes, as bits
  std::uint8_t present = 0;  ///< 0: there is no such write
  std::uint8_t side = 0;     ///< Side
  std::uint8_t kind = 0;     ///< WriteKind
  std::uint8_t guard = 0;    ///< the version; 0: a create
  std::uint8_t incarnation = 0;
  std::uint8_t intent = 0;
  std::uint8_t outcome = 0;  ///< Outcome
};

enum class Phase : std::uint8_t { idle, reading, deciding, writing, reading_back, settling };

struct World {
  std::uint32_t coupling = 0;      ///< the number of the stored coupling: Daemon
  std::array<RowState, 2> rows{};  ///< what the services hold
  /// Per side, the row as the daemon's durable knowledge or its last write that took effect there has it, whichever is
  /// later in the row's history. The planner's shadow misses writes whose replies were lost; this does not.
  std::array<RowState, 2> known{};
  std::array<Seen, 2> seen{};
  std::array<Flying, 2> writes{};
  Flying late;
  std::array<EditId, columns_count> agreed_edits{};
  std::array<std::uint8_t, 2> next_op{};
  std::array<std::uint8_t, 2> dirty{};  ///< marks that no round has taken
  std::array<std::uint8_t, 2> taken{};  ///< marks of the round that runs: a crash leaves them
  std::array<std::int16_t, 2> last_read{};
  Bits outstanding = 0;           ///< edits that no user has knowingly replaced
  Bits logged = 0;                ///< edits whose loss is on record
  Bits second_symbol = 0;         ///< with two symbols: edits that typed the second one
  Bits deleted_incarnations = 0;  ///< those whose last edit by a user was their deletion
  Bits unknowable_deletions = 0;  ///< likewise, but the daemon cannot come to know it
  std::int16_t time = 0;
  std::uint8_t incarnations = 1;
  std::uint8_t agreed_incarnation = 0;
  std::uint8_t phase = 0;  ///< Phase
  std::uint8_t writing = 0;
  std::uint8_t crashes_left = 0;
  std::uint8_t misjudged = 0;  ///< a plan has let a value lose that the column's rule lets win
  std::uint8_t choice = 0;     ///< a person's, that no decision has taken up: 0, or 1 + Side
  std::array<std::uint8_t, 3> filler{};

  [[nodiscard]] Phase now() const { return static_cast<Phase>(phase); }
  [[nodiscard]] RowState& row(Side side) { return rows[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const RowState& row(Side side) const { return rows[static_cast<std::size_t>(side)]; }
};
static_assert(std::is_trivially_copyable_v<World>);
static_assert(std::has_unique_object_representations_v<World>, "padding would make equal worlds differ");

constexpr std::size_t index(Side side) {
  return static_cast<std::size_t>(side);
}

World start(const Rules& rules);

/// The next operation of that side's script.
void run_user(World& world, const Rules& rules, const Start& from, Side side);

/// The service executes a write, if its guard still holds. False: refused, without effect.
bool apply(World& world, const Rules& rules, const Start& from, const Flying& write);

/// The daemon cannot come to know that a user deleted the row of that incarnation.
void forgive_deletion(World& world, std::uint8_t incarnation);

std::string to_string(const Script& script);
std::string to_string(const Start& start);
std::string to_string(const RowState& row, Values values);

}  // namespace dualwrite::plan::exhaustive
