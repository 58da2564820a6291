#pragma once
// What the people on both sides have written, and what became of it: the simulation's memory, which shares nothing with
// the engine. Values are unique unless a person retypes one, so a value tells whose edit it is.
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dualwrite/model/side.hpp"

namespace dualwrite::simulation {

constexpr std::size_t columns = 3;
/// The map's names of the three, in order.
extern const std::array<const char*, columns> column_names;

using Cells = std::array<std::string, columns>;
/// One side's rows by account.
using Image = std::map<std::string, Cells>;

/// A cell of a record.
struct Place {
  std::string account;
  std::size_t column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// Something that must never be: the oracle that says so, and what it saw.
struct Violation {
  std::string oracle;
  std::string what;
};

class Ledger {
 public:
  // What people do.
  void wrote(Side side, const Place& place, const std::string& before, const std::string& value);
  void created(Side side, const std::string& account, const Cells& cells);
  /// `coupled`: the daemon knew the rows of both sides. Until then it cannot tell a deleted row from one never made.
  void removed(Side side, const std::string& account, const Cells& cells, bool coupled);

  /// What one request of the daemon changed on a side.
  void daemon_changed(Side side, const Image& before, const Image& after);
  /// A row of the daemon's was written again as it was.
  void daemon_wrote_nothing(Side side, const std::string& account);

  /// A value that the journal says has lost.
  void lost(const Place& place, const std::string& value, Side side);

  /// Judges when all is quiet.
  void judge(const PerSide<Image>& last);

  [[nodiscard]] const std::vector<Violation>& violations() const noexcept { return violations_; }
  void violate(std::string oracle, std::string what);
  [[nodiscard]] std::int64_t edits() const noexcept { return edits_; }
  [[nodiscard]] std::int64_t daemon_writes() const noexcept { return daemon_writes_; }

 private:
  struct Origin {
    Side side = Side::finops;
    std::int64_t number = 0;
  };
  struct Record {
    bool removed_last = false;  ///< the last that a person did was to delete it, when the daemon knew both rows
    std::array<PerSide<bool>, columns> touched{};  ///< people of that side wrote the column, or the whole record
  };

  void set(Side side, const Place& place, const std::string& value);
  void look_at(Side side, const Place& place, const std::string& before, const std::string& after);

  std::map<Place, std::set<std::string>> outstanding_;    ///< values that nobody has overwritten knowingly
  std::map<Place, PerSide<std::set<std::string>>> held_;  ///< every value that a side's cell has had
  std::map<Place, std::map<std::string, Origin>> origins_;
  std::map<Place, PerSide<std::int64_t>> newest_;  ///< the highest number of the other side's that was written there
  std::map<Place, std::set<std::string>> logged_;
  std::map<std::string, Record> records_;
  std::vector<Violation> violations_;
  std::int64_t number_ = 0;
  std::int64_t edits_ = 0;
  std::int64_t daemon_writes_ = 0;
};

}  // namespace dualwrite::simulation
