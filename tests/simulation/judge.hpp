#pragma once
// The judgement when all is quiet: what the daemon says of itself, against what the ledger and the services know.
#include "simulation/journal_oracle.hpp"

namespace dualwrite::simulation {

class Judge {
 public:
  Judge(const Clock& clock, const Terms& terms, Node& node, const Services& services, Ledger& ledger,
        const Answers& answers, Trace trace)
      : clock_(clock),
        terms_(terms),
        node_(node),
        services_(services),
        ledger_(ledger),
        answers_(answers),
        oracle_(terms, ledger, answers),
        trace_(std::move(trace)) {}

  /// O13, before anybody has answered what oscillates: whatever is rewritten for ever waits, and nothing else does.
  Task<void> judge_oscillation();
  /// All the others.
  Task<void> judge();
  [[nodiscard]] std::int64_t conflicts() const noexcept { return conflicts_; }

 private:
  Task<void> judge_journal();
  Task<void> judge_letters();
  Task<void> find_uncoupled();
  /// For whoever reads the trace of a run that failed.
  Task<void> tell_known(PerSide<Image> last);
  void take(const store::JournalEntry& line);

  const Clock& clock_;
  const Terms& terms_;
  Node& node_;
  const Services& services_;
  Ledger& ledger_;
  const Answers& answers_;
  JournalOracle oracle_;
  Trace trace_;
  Settlement settlement_;
  std::int64_t conflicts_ = 0;
};

}  // namespace dualwrite::simulation
