#include "simulation/judge.hpp"

#include <algorithm>
#include <ranges>
#include <set>
#include <vector>

namespace dualwrite::simulation {

Task<void> Judge::judge() {
  if (!node_.alive()) co_return;  // it never became quiet, and that has been said
  const Node::Visit here = node_.visit();
  co_await judge_journal();
  co_await judge_letters();
  co_await find_uncoupled();
  for (const Answers::Choice& choice : answers_.choices()) settlement_.chosen.insert(choice.account);
  const PerSide<Image> last(services_.image(Side::finops), services_.image(Side::dataverse));
  ledger_.judge(last, settlement_);
  if (!ledger_.violations().empty()) co_await tell_known(last);
}

Task<void> Judge::tell_known(PerSide<Image> last) {
  std::set<std::string> accounts;
  for (const Side side : both_sides) {
    for (const auto& [account, cells] : last[side]) accounts.insert(account);
  }
  for (const std::string& account : accounts) {
    std::string name = map_name;
    auto report = co_await node_.control().explain(std::move(name), "usmf|" + account);
    if (!report) {
      trace_("the daemon does not know " + account + ": " + report.error().text());
      continue;
    }
    std::string line = "the daemon knows " + account + " as " + report->state;
    for (const Side side : both_sides) {
      line += ", in " + std::string(to_string(side)) + " \"" + report->endpoint_keys[side] + "\" " +
              report->tokens[side] + " with " + std::to_string(report->intents_in_doubt[side]) + " in doubt";
    }
    trace_(line);
  }
}

Task<void> Judge::judge_journal() {
  store::Filter filter;
  filter.kind = store::JournalKind::lost;
  filter.limit = 500;
  std::vector<store::JournalEntry> all;  // the newest first
  for (;;) {
    auto lines = co_await node_.control().journal(filter);
    if (!lines) {
      ledger_.violate("the harness broke", lines.error().text());
      co_return;
    }
    all.insert(all.end(), lines->begin(), lines->end());
    if (lines->size() < filter.limit) break;
    filter.before_id = lines->back().id.value();
  }
  for (const store::JournalEntry& line : all | std::views::reverse) take(line);
}

void Judge::take(const store::JournalEntry& line) {
  ++conflicts_;
  trace_("journal " + format_instant(line.at) + " " + line.record.key.text() + " " + line.column + " " + line.rule +
         " " + std::string(to_string(line.side)) + " " + line.detail);
  const Claim claim = read_claim(line, clock_.now() - ledger_.now());
  for (const std::string& fault : oracle_.judge(claim)) {
    ledger_.violate("O12 journal truth", claim.text() + ": " + fault);
  }
  if (claim.column) {
    LostValue lost;
    lost.place = claim.place();
    lost.side = claim.side;
    lost.value = claim.lost.value_or("");
    lost.until = oracle_.latest(claim);
    lost.in_doubt = claim.rule == "in-doubt";
    ledger_.lost(lost);
  } else {
    settlement_.lost_deletions.insert({claim.account, {claim.side, oracle_.latest(claim)}});
  }
}

Task<void> Judge::judge_letters() {
  store::Filter open;
  open.state = store::DeadLetterState::open;
  auto letters = co_await node_.control().dead_letters(open);
  if (!letters) co_return;
  for (const store::DeadLetter& letter : *letters) {
    const std::string account = account_of(letter.record.key);
    const Image finops = services_.image(Side::finops);
    const Image dataverse = services_.image(Side::dataverse);
    const bool both = finops.contains(account) && dataverse.contains(account);
    const bool equal = both && finops.at(account) == dataverse.at(account);
    const std::string what = account + ", " + std::string(store::to_string(letter.error_class)) + ": " + letter.error;
    ledger_.violate(equal ? "O8 dead-letter truth" : "O6 quiescence", "an open dead letter: " + what);
  }
}

Task<void> Judge::find_uncoupled() {
  if (terms_.deletion != DeletePolicy::uncouple) co_return;
  for (const Side side : both_sides) {
    for (const auto& [account, cells] : services_.image(side)) {
      std::string name = map_name;
      auto report = co_await node_.control().explain(std::move(name), "usmf|" + account);
      if (report && report->state == "uncoupled") settlement_.uncoupled.insert(account);
    }
  }
}

Task<void> Judge::judge_oscillation() {
  if (!node_.alive()) co_return;
  const Node::Visit here = node_.visit();
  const Image finops = services_.image(Side::finops);
  const Image dataverse = services_.image(Side::dataverse);
  for (const auto& [account, cells] : finops) {
    const auto there = dataverse.find(account);
    if (there == dataverse.end()) continue;
    std::string name = map_name;
    auto report = co_await node_.control().explain(std::move(name), "usmf|" + account);
    if (!report) continue;
    for (std::size_t column = 0; column < columns; ++column) {
      const auto told = std::ranges::find(report->columns, column_names[column], &sync::RecordColumn::name);
      // A group waits as one. And a column that one side rounds counts a round whenever the other side edits it.
      bool altered_there = false;
      for (std::size_t each = 0; each < columns; ++each) {
        altered_there = altered_there || (terms_.same_group(column, each) && terms_.alters(each));
      }
      const bool waits = told != report->columns.end() && told->held == "oscillation";
      const bool differs = cells[column] != there->second[column];
      const std::string what = account + "/" + column_names[column];
      if (terms_.rewrites(column) && differs && !waits) {
        ledger_.violate("O13 oscillation", what + " is rewritten for ever, and nobody is asked");
      }
      if (waits && !altered_there) {
        ledger_.violate("O13 oscillation", what + " waits as oscillating, and nothing rewrites it");
      }
      if (waits && report->dead_letters.empty()) {
        ledger_.violate("O13 oscillation", what + " waits, and there is no dead letter");
      }
    }
  }
}

}  // namespace dualwrite::simulation
