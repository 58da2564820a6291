#include "simulation/journal_oracle.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace dualwrite::simulation {
namespace {

using nlohmann::json;

constexpr std::string_view first_coupling = "first-coupling/";
constexpr Side master = Side::finops;  // of every initial sync here
/// A second of granularity on either side, and what a slow reply leaves open of a clock's offset.
constexpr std::chrono::seconds tie_max{10};

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
  claim.decided = std::chrono::duration_cast<Moment>(line.at - beginning);
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

std::vector<std::string> JournalOracle::judge(const Claim& claim) {
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

void JournalOracle::judge_rule(const Claim& claim, Faults& faults) {
  if (claim.rule == "in-doubt") {
    if (!ledger_.doubted(claim.account, latest(claim))) faults.emplace_back("no write of the record's was in doubt");
    return;
  }
  if (claim.type == "delete_recently_updated") judge_contest(claim, faults);
  if (claim.rule == "manual") return judge_choice(claim, faults);
  if (about_deletion(claim)) return judge_deletion_rule(claim, faults);
  const bool first = claim.rule.starts_with(first_coupling);
  if (first != (claim.type == "insert_exists")) faults.emplace_back("the type is not that of the rule");
  judge_column_rule(claim, first ? claim.rule.substr(first_coupling.size()) : claim.rule, faults);
}

void JournalOracle::judge_choice(const Claim& claim, Faults& faults) {
  bool asked = terms_.deletion == DeletePolicy::manual;
  for (std::size_t column = 0; column < columns; ++column) {
    if (claim.column && !terms_.same_group(*claim.column, column)) continue;
    asked = asked || (claim.column && (terms_.conflict[column] == ConflictRule::manual || terms_.alters(column)));
  }
  if (!asked) faults.emplace_back("nobody is asked for a choice there");
  const Side winner = other(claim.side);
  std::set<Moment>& carried_out = carried_out_[{claim.account, winner}];
  carried_out.insert(claim.decided);
  const auto made = std::ranges::count_if(answers_.choices(), [&](const Answers::Choice& choice) {
    return choice.account == claim.account && choice.winner == winner && choice.at <= latest(claim);
  });
  if (std::cmp_greater(carried_out.size(), made)) {
    faults.emplace_back("nobody chose the other side so often: " + std::to_string(carried_out.size()) + " times");
  }
}

void JournalOracle::judge_column_rule(const Claim& claim, const std::string& rule, Faults& faults) const {
  if (rule == "row-deleted") {
    if (!ledger_.removed(claim.account, claim.side)) faults.emplace_back("nobody deleted the row that held it");
    return;
  }
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
  judge_stamp(claim, faults);
  const bool newer = certainly_before(claim.lost_time, claim.won_time);
  const bool older = certainly_before(claim.won_time, claim.lost_time);
  if (tie) {
    if (newer || older) faults.emplace_back("the times do not overlap");
    judge_tie(claim, faults);
    if (claim.side == terms_.tie_break) faults.emplace_back("it is on the side that wins ties");
    return;
  }
  if (!newer) faults.emplace_back("its time is not certainly before the winner's");
  judge_newer_in_truth(claim, faults);
}

/// A stamp tells better than a window when somebody made that very version.
void JournalOracle::judge_stamp(const Claim& claim, Faults& faults) const {
  const Side side = Side::dataverse;
  const bool lost = claim.side == side;
  const EditTime& time = lost ? claim.lost_time : claim.won_time;
  if (!terms_.stamps || time.source == TimeSource::stamp || claim.rule.starts_with(first_coupling)) return;
  const std::string value = (lost ? claim.lost : claim.won).value_or("");
  const Edit* const edit = ledger_.history().last(claim.place(), side, value, latest(claim));
  const Chronicle::Version* const row = ledger_.chronicle().version(side, claim.account, claim.tokens[side]);
  if (edit == nullptr || row == nullptr || row->author != Author::person) return;
  const bool made_it = edit->number > row->from && edit->number <= row->from + static_cast<Number>(columns);
  if (made_it) faults.emplace_back("the version " + row->etag + " bears the stamp of that edit");
}

void JournalOracle::judge_newer_in_truth(const Claim& claim, Faults& faults) const {
  // An event tells of one edit, and the row may hold a later one whose event did not come.
  const bool by_event = claim.lost_time.source == TimeSource::event;
  if (by_event && ledger_.missed_event(claim.side, claim.account, Moment(0), latest(claim))) return;
  const auto lost = ledger_.written(claim.place(), claim.side, claim.lost.value_or(""));
  // A clock that was set just before an edit is wrong until its service is heard of again.
  const Moment decided = claim.decided + ledger_.steps();
  const auto won = ledger_.last_edit(claim.account, other(claim.side), decided);
  if (lost && won && lost->first > *won + ledger_.steps()) {
    faults.emplace_back("it was written at " + std::to_string(lost->first.count()) +
                        ", and the winner's row last edited at " + std::to_string(won->count()));
  }
}

bool JournalOracle::had_time(const Claim& claim, Side side) const {
  const Chronicle::Version* const row = ledger_.chronicle().version(side, claim.account, claim.tokens[side]);
  if (row == nullptr || row->author != Author::person) return false;
  const bool stamped = side == Side::dataverse && terms_.stamps;
  return stamped || !ledger_.missed_event(side, claim.account, Moment(0), latest(claim));
}

/// Edits that were made long after one another do not tie where both sides' times were told.
void JournalOracle::judge_tie(const Claim& claim, Faults& faults) const {
  if (claim.rule.starts_with(first_coupling)) return;
  if (!had_time(claim, Side::finops) || !had_time(claim, Side::dataverse)) return;
  const Edit* const lost = ledger_.history().last(claim.place(), claim.side, claim.lost.value_or(""), latest(claim));
  if (lost == nullptr) return;
  const auto met = ledger_.history().met_by(claim.place(), *lost, latest(claim));
  // Stamps and events tell of rows: any later edit of the row's makes it look newer.
  const auto last = ledger_.last_edit(claim.account, claim.side, latest(claim));
  const auto others = ledger_.last_edit(claim.account, other(claim.side), latest(claim));
  if (met.empty() || !last || !others) return;
  const auto far = [&](Moment early, Moment late) { return late - early > tie_max + ledger_.steps(); };
  const bool all_earlier = std::ranges::all_of(met, [&](const Edit* edit) { return far(edit->at, lost->at); });
  const bool all_later = std::ranges::all_of(met, [&](const Edit* edit) { return far(*last, edit->at); });
  // An event tells since when a row is as it is; only a stamp tells that it was not edited again.
  const auto ends = [&](Side side) { return side == Side::dataverse && terms_.stamps; };
  const bool certain =
      (ends(other(claim.side)) && all_earlier && far(*others, lost->at)) || (ends(claim.side) && all_later);
  if (certain) {
    faults.emplace_back("it was written at " + std::to_string(lost->at.count()) + ", and what it met at " +
                        std::to_string(met.back()->at.count()) + ": that is no tie");
  }
}

void JournalOracle::judge_contest(const Claim& claim, Faults& faults) const {
  if (terms_.deletion == DeletePolicy::uncouple) return;  // it loses to any row that is left
  const bool doubtful = ledger_.doubted(claim.account, latest(claim)) || terms_.has_plug_ins(Side::finops) ||
                        terms_.has_plug_ins(Side::dataverse);
  if (claim.type == "delete_recently_updated") {
    if (!ledger_.history().contested(claim.account, claim.side, latest(claim), doubtful)) {
      faults.emplace_back("nobody had edited the row without the deleter's knowledge");
    }
    return;
  }
  if (claim.rule != to_string(DeletePolicy::edit_restores) || doubtful || !claim.lost) return;
  const Removal* const removal = ledger_.history().last_removal(claim.account, other(claim.side), latest(claim));
  const Edit* const edit = ledger_.history().last(claim.place(), claim.side, *claim.lost, latest(claim));
  const Chronicle::Version* const row =
      ledger_.chronicle().version(claim.side, claim.account, claim.tokens[claim.side]);
  if (removal == nullptr || edit == nullptr || row == nullptr || edit->hidden) return;
  if (row->cells[*claim.column] != *claim.lost) return;
  if (Edits::unseen(*removal, *edit, *claim.column, false)) {
    faults.emplace_back("the deleter had not seen it, and an edit restores");
  }
}

void JournalOracle::judge_deletion_rule(const Claim& claim, Faults& faults) const {
  const bool deletion_lost = claim.type == "delete_recently_updated";
  if (!deletion_lost) judge_contest(claim, faults);
  const Side deleter = deletion_lost ? claim.side : other(claim.side);
  // A deletion on its own side may be carried out over a new row that holds what a create of ours, still in doubt,
  // wrote.
  const bool own =
      !deletion_lost && ledger_.removed(claim.account, claim.side) && ledger_.doubted(claim.account, latest(claim));
  if (!ledger_.removed(claim.account, deleter) && !own) {
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
  if (!lost.empty() && !ledger_.chronicle().held(claim.place(), claim.side, lost)) {
    faults.emplace_back("the side never held the value");
  }
  const std::string won = claim.won.value_or("");
  const bool known = ledger_.chronicle().held(claim.place(), Side::finops, won) ||
                     ledger_.chronicle().held(claim.place(), Side::dataverse, won);
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
    const Chronicle::Version* const row = ledger_.chronicle().version(side, claim.account, token);
    if (row == nullptr) {
      faults.emplace_back("the row never had the version " + token);
      continue;
    }
    if (side != claim.side || !claim.column || claim.rule == "in-doubt") continue;
    // What was taken over before and has since been overwritten on its own side has lost, too.
    const std::string& held = row->cells[*claim.column];
    const auto since = ledger_.written(claim.place(), side, held);
    const auto lost = ledger_.written(claim.place(), side, claim.lost.value_or(""));
    const bool moved_on = since && lost && since->last > lost->first;
    if (held != claim.lost.value_or("") && !moved_on)
      faults.emplace_back("the version " + token + " held \"" + held + "\"");
  }
}

}  // namespace dualwrite::simulation
