#pragma once
// The people on both sides: what is there at first, and what they write, create and delete.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dualwrite/async/task_group.hpp"
#include "simulation/dice.hpp"
#include "simulation/ledger.hpp"
#include "simulation/network.hpp"
#include "simulation/services.hpp"

namespace dualwrite::simulation {

class People {
 public:
  /// The versions of the two rows of an account, if the daemon knows two.
  using Coupled = std::function<Task<std::optional<PerSide<std::string>>>(std::string account)>;
  /// The versions of that account's rows that the daemon has stored: empty where it knows none.
  using Known = std::function<PerSide<std::string>(const std::string& account)>;

  People(Executor executor, Clock& clock, Dice& dice, const Terms& terms, Services& services, Ledger& ledger,
         Coupled coupled, Known known, Trace trace, bool hurried);

  /// Registers webhooks and change notices, as an administrator does.
  void subscribe();
  /// Rows that are there before the daemon starts: on one side, or on both.
  void begin();
  /// Everything that is edited, on both sides side by side.
  Task<void> edit();
  /// What was too long for the other side, and given up there, is typed anew.
  void shorten(const std::set<std::string>& accounts);

 private:
  Task<void> edit_side(Side side, int edits);
  std::chrono::milliseconds hurried_pause();
  Task<void> one_edit(Side side);
  void write(Side side, const Place& place, const std::string& value);
  void create(Side side, const std::string& account);
  Task<void> remove(Side side, std::string account);
  std::string value_for(Side side, const Place& place);
  /// Before anything is done to a row: what the daemon knows of it.
  void note_known(const std::string& account);
  void note_done(Side side);
  Cells new_cells(Side side, const std::string& account);
  void expect_done(const http::Response& response, const std::string& what);

  Executor executor_;
  Clock& clock_;
  Dice& dice_;
  const Terms& terms_;
  Services& services_;
  Ledger& ledger_;
  Coupled coupled_;
  Known known_;
  Trace trace_;
  std::uint64_t accounts_ = 1;
  std::uint64_t deletes_ = 0;  ///< in a thousand edits
  std::uint64_t creates_ = 0;
  std::uint64_t retypes_ = 0;
  std::int64_t pace_ = 0;  ///< milliseconds between two edits of a side, at most
  bool hurried_ = false;
  std::map<Place, std::vector<std::string>> typed_;
  int number_ = 0;
};

}  // namespace dualwrite::simulation
