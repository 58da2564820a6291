#pragma once
// O12: what the journal says of a value that lost is true. It is checked against what really happened, on the true time
// that nobody in the simulation can see, and against the map's terms.
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/model/edit_time.hpp"
#include "dualwrite/store/store.hpp"
#include "simulation/answers.hpp"
#include "simulation/ledger.hpp"

namespace dualwrite::simulation {

/// A journal line of kind `lost`, read.
struct Claim {
  Side side = Side::finops;  ///< whose edit lost
  std::string account;
  std::optional<std::size_t> column;  ///< nothing: a deletion lost
  std::string rule;
  std::string type;
  Ledger::Moment decided{0};        ///< on the true time, if the daemon's clock was never set
  std::optional<std::string> lost;  ///< nothing: null or not told
  std::optional<std::string> won;
  EditTime lost_time;
  EditTime won_time;
  PerSide<std::string> tokens;
  [[nodiscard]] Place place() const { return {account, column.value_or(0)}; }
  [[nodiscard]] std::string text() const;
};

/// `beginning` is what the daemon's clock showed, as it goes now, when the simulation began. Throws where the line
/// lacks a member.
Claim read_claim(const store::JournalEntry& line, Instant beginning);

class JournalOracle {
 public:
  JournalOracle(const Terms& terms, const Ledger& ledger, const Answers& answers)
      : terms_(terms), ledger_(ledger), answers_(answers) {}

  /// What is not true of it.
  [[nodiscard]] std::vector<std::string> judge(const Claim& claim) const;

 private:
  using Faults = std::vector<std::string>;
  void judge_rule(const Claim& claim, Faults& faults) const;
  void judge_column_rule(const Claim& claim, const std::string& rule, Faults& faults) const;
  void judge_newest(const Claim& claim, bool tie, Faults& faults) const;
  void judge_deletion_rule(const Claim& claim, Faults& faults) const;
  void judge_values(const Claim& claim, Faults& faults) const;
  void judge_times(const Claim& claim, Faults& faults) const;
  void judge_tokens(const Claim& claim, Faults& faults) const;

  const Terms& terms_;
  const Ledger& ledger_;
  const Answers& answers_;
};

}  // namespace dualwrite::simulation
