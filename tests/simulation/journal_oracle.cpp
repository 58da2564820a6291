#include "simulation/journal_oracle.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dualwrite::simulation {
namespace {

using nlohmann::json;

constexpr std::string_view first_coupling = "first-coupling/";
constexpr Side master = Side::finops;  // of every initial sync here

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return std::nullopt;
}

EditTime time_of(const json& in) {
  EditTime time;
  const std::string source = in.at("source").get<std::string>();
  for (const TimeSource each : {TimeSource::stamp, TimeSource::event, TimeSource::window}) {
    if (to_string(each) == source) time.source = each;
  }
  if (const auto from = text_of(in.at("from"))) time.from = parse_instant(*from).value();
  if (const auto to = text_of(in.at("to"))) time.to = parse_instant(*to).value();
  return time;
}

bool about_deletion(const Claim& claim) {
  return claim.type == "update_recently_deleted" || claim.type == "delete_recently_updated";
}

}  // namespace

std::string Claim::text() const {
  const std::string what = column ? std::string("/") + column_names[*column] + " \"" + lost.value_or("") + "\"" : "";
  return account + what + " of " + std::string(to_string(side)) + ", " + type + " by " + rule;
}

Claim read_claim(const store::JournalEntry& line, Instant beginning) {
  const json detail = json::parse(line.detail);
  Claim claim;
  claim.side = line.side;
  claim.account = account_of(line.record.key);
  claim.rule = line.rule;
  claim.decided = std::chrono::duration_cast<Ledger::Moment>(line.at - beginning);
  claim.type = detail.at("type").get<std::string>();
  for (std::size_t column = 0; column < columns; ++column) {
    if (line.column == column_names[column]) claim.column = column;
  }
  claim.lost = text_of(detail.at("lost"));
  claim.won = text_of(detail.at("won"));
  claim.lost_time = time_of(detail.at("lostTime"));
  claim.won_time = time_of(detail.at("wonTime"));
  claim.tokens[Side::finops] = detail.at("finopsToken").get<std::string>();
  claim.tokens[Side::dataverse] = detail.at("dataverseToken").get<std::string>();
  return claim;
}

std::vector<std::string> JournalOracle::judge(const Claim& claim) const {
  Faults faults;
  if (claim.column.has_value() == (claim.type == "delete_recently_updated")) {
    faults.emplace_back("a lost deletion is of the whole row, and anything else of a column");
    return faults;
  }
  judge_rule(claim, faults);
  judge_values(claim, faults);
  judge_times(claim, faults);
  judge_tokens(claim, faults);
  return faults;
}

void JournalOracle::judge_rule(const Claim& claim, Faults& faults) const {
  if (claim.rule == "in-doubt") {
    if (ledger_.doubts() == 0) faults.emplace_back("no write was ever in doubt");
    return;
  }
  if (claim.rule == "manual") {
    // Or the row that held it was deleted, and what was typed into the other one meanwhile stands until somebody chooses.
    const bool went_with_row = terms_.deletion == DeletePolicy::manual && ledger_.removed(claim.account, claim.side);
    if (!answers_.chose(claim.account, other(claim.side)) && !went_with_row) {
      faults.emplace_back("nobody chose the other side");
    }
    return;
  }
  if (about_deletion(claim)) return judge_deletion_rule(claim, faults);
  const bool first = claim.rule.starts_with(first_coupling);
  if (first != (claim.type == "insert_exists")) faults.emplace_back("the type is not that of the rule");
  judge_column_rule(claim, first ? claim.rule.substr(first_coupling.size()) : claim.rule, faults);
}

void JournalOracle::judge_column_rule(const Claim& claim, const std::string& rule, Faults& faults) const {
  if (rule == "master") {
    if (claim.side == master) faults.emplace_back("it is the master's own");
    return;
  }
  if (rule == to_string(DeletePolicy::edit_restores)) {
    // What waited for a choice went with the row that held it.
    if (terms_.deletion != DeletePolicy::edit_restores) faults.emplace_back("the map's policy is another");
    if (!ledger_.removed(claim.account, claim.side)) faults.emplace_back("nobody deleted the row that held it");
    return;
  }
  const ConflictRule of_column = terms_.conflict[*claim.column];
  const bool tie = rule == "newest-wins/tie-break";
  if (rule != to_string(of_column) && !(tie && of_column == ConflictRule::newest_wins)) {
    faults.emplace_back("the column's rule is " + std::string(to_string(of_column)));
    return;
  }
  switch (of_column) {
    case ConflictRule::newest_wins:
      judge_newest(claim, tie, faults);
      break;
    case ConflictRule::finops_wins:
      if (claim.side == Side::finops) faults.emplace_back("F&O does not lose by it");
      break;
    case ConflictRule::dataverse_wins:
      if (claim.side == Side::dataverse) faults.emplace_back("Dataverse does not lose by it");
      break;
    case ConflictRule::manual:
      faults.emplace_back("nothing loses by it without a choice");
      break;
  }
}

void JournalOracle::judge_newest(const Claim& claim, bool tie, Faults& faults) const {
  const bool newer = certainly_before(claim.lost_time, claim.won_time);
  const bool older = certainly_before(claim.won_time, claim.lost_time);
  if (tie) {
    if (newer || older) faults.emplace_back("the times do not overlap");
    if (claim.side == terms_.tie_break) faults.emplace_back("it is on the side that wins ties");
    return;
  }
  if (!newer) faults.emplace_back("its time is not certainly before the winner's");
  const bool by_event = claim.lost_time.source == TimeSource::event || claim.won_time.source == TimeSource::event;
  if (by_event && ledger_.missed_events() > 0) return;
  const auto lost = ledger_.written(claim.place(), claim.side, claim.lost.value_or(""));
  // A clock that was set just before an edit is wrong until its service is heard of again.
  const Ledger::Moment decided = claim.decided + ledger_.steps();
  const auto won = ledger_.last_edit(claim.account, other(claim.side), decided);
  if (lost && won && lost->first > *won + ledger_.steps()) {
    faults.emplace_back("it was written at " + std::to_string(lost->first.count()) +
                        ", and the winner's row last edited at " + std::to_string(won->count()));
  }
}

void JournalOracle::judge_deletion_rule(const Claim& claim, Faults& faults) const {
  const bool deletion_lost = claim.type == "delete_recently_updated";
  const Side deleter = deletion_lost ? claim.side : other(claim.side);
  if (!ledger_.removed(claim.account, deleter)) {
    faults.emplace_back("nobody deleted the row in " + std::string(to_string(deleter)));
  }
  if (claim.rule == "re-created") {
    if (deletion_lost) faults.emplace_back("a deletion does not lose by it");
    return;
  }
  if (claim.rule != to_string(terms_.deletion)) {
    faults.emplace_back("the map's policy is " + std::string(to_string(terms_.deletion)));
  }
  const bool loses = terms_.deletion == DeletePolicy::edit_restores || terms_.deletion == DeletePolicy::uncouple;
  if (deletion_lost && !loses) faults.emplace_back("a deletion does not lose by it");
}

/// The side held what is said to have lost there, and somebody wrote what won.
void JournalOracle::judge_values(const Claim& claim, Faults& faults) const {
  if (!claim.column) return;
  const std::string lost = claim.lost.value_or("");
  if (!lost.empty() && !ledger_.held(claim.place(), claim.side, lost)) {
    faults.emplace_back("the side never held the value");
  }
  const std::string won = claim.won.value_or("");
  const bool known =
      ledger_.held(claim.place(), Side::finops, won) || ledger_.held(claim.place(), Side::dataverse, won);
  if (!won.empty() && !known) faults.emplace_back("nobody ever held what it lost to");
  if (claim.type != "update_recently_deleted" && lost == won) faults.emplace_back("it lost to itself");
}

void JournalOracle::judge_times(const Claim& claim, Faults& faults) const {
  if (claim.lost_time.source == TimeSource::none) faults.emplace_back("its time is not told");
  if (claim.won_time.source == TimeSource::none) faults.emplace_back("the winner's time is not told");
}

/// The versions are such as the rows had, and the loser's held what lost.
void JournalOracle::judge_tokens(const Claim& claim, Faults& faults) const {
  for (const Side side : both_sides) {
    const std::string& token = claim.tokens[side];
    if (token.empty()) {
      const bool may_lack_row = ledger_.removed(claim.account, side) || ledger_.removed(claim.account, other(side));
      if (!may_lack_row) faults.emplace_back("no version of " + std::string(to_string(side)));
      continue;
    }
    const Cells* row = ledger_.version(side, claim.account, token);
    if (row == nullptr) {
      faults.emplace_back("the row never had the version " + token);
      continue;
    }
    if (side != claim.side || !claim.column || claim.rule == "in-doubt") continue;
    // What was taken over before and has since been overwritten on its own side has lost, too.
    const std::string& held = (*row)[*claim.column];
    const auto since = ledger_.written(claim.place(), side, held);
    const auto lost = ledger_.written(claim.place(), side, claim.lost.value_or(""));
    const bool moved_on = since && lost && since->last > lost->first;
    if (held != claim.lost.value_or("") && !moved_on)
      faults.emplace_back("the version " + token + " held \"" + held + "\"");
  }
}

}  // namespace dualwrite::simulation
