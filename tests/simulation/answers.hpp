#pragma once
// The people who answer what the daemon asks: which side's value, or whether a deletion, is right. They choose by
// chance.
#include <set>
#include <string>
#include <utility>

#include "simulation/dice.hpp"
#include "simulation/network.hpp"
#include "simulation/node.hpp"

namespace dualwrite::simulation {

class Answers {
 public:
  Answers(Dice& dice, Node& node, Trace trace) : dice_(dice), node_(node), trace_(std::move(trace)) {}

  /// Answers every open question, and says how many there were. What oscillates would do so again: it is left alone
  /// unless `oscillations`.
  Task<std::size_t> answer(bool oscillations);

  /// True if somebody chose that side for the account, whatever came of it.
  [[nodiscard]] bool chose(const std::string& account, Side winner) const {
    return chosen_.contains(std::pair(account, winner));
  }

 private:
  Dice& dice_;
  Node& node_;
  Trace trace_;
  std::set<std::pair<std::string, Side>> chosen_;
};

/// "usmf|a1" is a1.
std::string account_of(const RecordKey& key);

}  // namespace dualwrite::simulation
