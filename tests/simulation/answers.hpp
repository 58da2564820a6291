#pragma once
// The people who answer what the daemon asks: which side's value, or whether a deletion, is right. They choose by
// chance.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "simulation/dice.hpp"
#include "simulation/network.hpp"
#include "simulation/node.hpp"

namespace dualwrite::simulation {

class Answers {
 public:
  Answers(const Ledger& ledger, Dice& dice, Node& node, Services& services, Trace trace)
      : ledger_(ledger), dice_(dice), node_(node), services_(services), trace_(std::move(trace)) {}

  /// Answers every open question, and says how many there were. What oscillates would do so again: it is left alone
  /// unless `oscillations`.
  Task<std::size_t> answer(bool oscillations);

  /// Accounts with a refused write that somebody has given up.
  [[nodiscard]] const std::set<std::string>& discarded() const noexcept { return discarded_; }
  /// A person's choice, whatever came of it.
  struct Choice {
    std::string account;
    Side winner = Side::finops;
    Moment at{};
  };
  [[nodiscard]] const std::vector<Choice>& choices() const noexcept { return choices_; }

 private:
  Task<void> act_on_refused(store::DeadLetter letter);

  const Ledger& ledger_;
  Dice& dice_;
  Node& node_;
  Services& services_;
  Trace trace_;
  std::vector<Choice> choices_;
  std::set<std::string> discarded_;
};

}  // namespace dualwrite::simulation
