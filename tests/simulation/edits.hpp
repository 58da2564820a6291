#pragma once
// Who typed and deleted what, and what of the other side's edits had been carried to his row by then: whether two edits
// met without knowing of each other is told from what really happened, and not from what the daemon makes of it.
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulation/chronicle.hpp"
#include "simulation/terms.hpp"

namespace dualwrite::simulation {

/// Up to which number a side's cells had taken over the other side's edits.
using Carried = std::array<Number, columns>;

struct Edit {
  Side side = Side::finops;
  Number number = 0;
  Moment at{};
  std::string value;
  Carried seen{};           ///< when it was made
  Number replaced = never;  ///< by the daemon, or with its row
  bool hidden = false;  ///< the daemon may have seen that very value there last: then nothing tells the edit from none
};

struct Removal {
  Side side = Side::finops;
  Number number = 0;
  Moment at{};
  Cells cells;
  Carried seen{};
  Number closed = never;  ///< there is a row again, or the other side's has gone, too
};

class Edits {
 public:
  explicit Edits(const Terms& terms) : terms_(terms) {}

  void typed(const Place& place, Edit edit);
  void removed(const std::string& account, Removal removal);
  /// The side's cell has taken over the other side's edit of that number.
  void carried(const Place& place, Side side, Number number);
  /// The daemon has put something else into the side's cell.
  void replaced(const Place& place, Side side, Number number);
  /// The daemon has made a row on that side, or taken it away.
  void made(const std::string& account, Side side, Number number);
  void taken_away(const std::string& account, Side side, Number number);

  [[nodiscard]] Carried seen(const std::string& account, Side side) const;
  [[nodiscard]] const std::vector<Edit>& of(const Place& place, Side side) const;
  /// The last one by which the side's people put that value there until then.
  [[nodiscard]] const Edit* last(const Place& place, Side side, const std::string& value, Moment until) const;
  /// The last deletion there until then.
  [[nodiscard]] const Removal* last_removal(const std::string& account, Side side, Moment until) const;

  /// The other side's edits, until then, of that column or one of its group which `edit` met: neither had seen the
  /// other.
  [[nodiscard]] std::vector<const Edit*> met_by(const Place& place, const Edit& edit, Moment until) const;
  /// True if it met one of those, or a deletion.
  [[nodiscard]] bool met_any(const Place& place, const Edit& edit, Moment until) const;
  /// True if the deleter had not seen the edit, which says something else than his row did. `doubtful`: the daemon may
  /// not know what he had seen.
  [[nodiscard]] static bool unseen(const Removal& removal, const Edit& edit, std::size_t column, bool doubtful);
  /// True if some deletion of that side's, until then, met an edit that the deleter had not seen.
  [[nodiscard]] bool contested(const std::string& account, Side deleter, Moment until, bool doubtful) const;

 private:
  const Terms& terms_;
  std::map<Place, PerSide<std::vector<Edit>>> edits_;
  std::map<std::string, PerSide<std::vector<Removal>>> removals_;
  std::map<Place, PerSide<Number>> carried_;
};

}  // namespace dualwrite::simulation
