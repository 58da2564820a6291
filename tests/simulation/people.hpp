#pragma once
// The people on both sides: what is there at first, and what they write, create and delete.
#include <map>
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
  /// Whether the daemon knows the rows of an account on both sides.
  using Coupled = std::function<Task<bool>(std::string account)>;

  People(Executor executor, Clock& clock, Dice& dice, const Terms& terms, Services& services, Ledger& ledger,
         Coupled coupled, Trace trace, bool hurried);

  /// Registers webhooks and change notices, as an administrator does.
  void subscribe();
  /// Rows that are there before the daemon starts: on one side, or on both.
  void begin();
  /// Everything that is edited, on both sides side by side.
  Task<void> edit();

 private:
  Task<void> edit_side(Side side, int edits);
  std::chrono::milliseconds hurried_pause();
  Task<void> one_edit(Side side);
  void write(Side side, const std::string& account, const std::string& address);
  void create(Side side, const std::string& account);
  Task<void> remove(Side side, std::string account);
  std::string value_for(const Place& place);
  Cells new_cells(const std::string& account);
  void expect_done(const http::Response& response, const std::string& what);

  Executor executor_;
  Clock& clock_;
  Dice& dice_;
  const Terms& terms_;
  Services& services_;
  Ledger& ledger_;
  Coupled coupled_;
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
