#pragma once
// O12: what the journal says of a value that lost is true. It is checked against what really happened, on the true time
// that nobody in the simulation can see, and against the map's terms.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
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
  Moment decided{0};                ///< on the true time, if the daemon's clock was never set
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

  /// What is not true of it. Lines are judged in the order in which they were written.
  [[nodiscard]] std::vector<std::string> judge(const Claim& claim);
  /// When it was decided on, at the latest, on the true time.
  [[nodiscard]] Moment latest(const Claim& claim) const { return claim.decided + ledger_.own_steps(); }

 private:
  using Faults = std::vector<std::string>;
  void judge_rule(const Claim& claim, Faults& faults);
  /// Each choice is carried out once: what is decided in one plan has one time.
  void judge_choice(const Claim& claim, Faults& faults);
  void judge_column_rule(const Claim& claim, const std::string& rule, Faults& faults) const;
  void judge_newest(const Claim& claim, bool tie, Faults& faults) const;
  void judge_tie(const Claim& claim, Faults& faults) const;
  void judge_stamp(const Claim& claim, Faults& faults) const;
  void judge_newer_in_truth(const Claim& claim, Faults& faults) const;
  /// The stamp or event that tells when it was edited was there to be had on that side.
  [[nodiscard]] bool had_time(const Claim& claim, Side side) const;
  /// A deletion that lost, lost to an edit that the deleter had not seen; and one that won, to none.
  void judge_contest(const Claim& claim, Faults& faults) const;
  void judge_deletion_rule(const Claim& claim, Faults& faults) const;
  void judge_values(const Claim& claim, Faults& faults) const;
  void judge_times(const Claim& claim, Faults& faults) const;
  void judge_tokens(const Claim& claim, Faults& faults) const;

  const Terms& terms_;
  const Ledger& ledger_;
  const Answers& answers_;
  std::map<std::pair<std::string, Side>, std::set<Moment>> carried_out_;  ///< by account and winner: choices
};

}  // namespace dualwrite::simulation
