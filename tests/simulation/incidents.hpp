#pragma once
// What went wrong with a record, and when: what nobody can tell afterwards is excused there and then, and nowhere else.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "simulation/chronicle.hpp"

namespace dualwrite::simulation {

class Incidents {
 public:
  void note(Side side, const std::string& account, Moment at) { at_[side][account].push_back(at); }
  [[nodiscard]] bool any(Side side, const std::string& account, Moment since, Moment until) const {
    const auto found = at_[side].find(account);
    if (found == at_[side].end()) return false;
    return std::ranges::any_of(found->second, [&](Moment at) { return since <= at && at <= until; });
  }
  [[nodiscard]] bool any(const std::string& account, Moment since, Moment until) const {
    return any(Side::finops, account, since, until) || any(Side::dataverse, account, since, until);
  }

 private:
  PerSide<std::map<std::string, std::vector<Moment>>> at_;  ///< by account
};

}  // namespace dualwrite::simulation
