#include "demo/accounting.hpp"

#include <algorithm>

namespace dualwrite::demo {
namespace {

/// The journal line of a write is made after the write was acknowledged, so it may be a little later than an edit that
/// came after the write.
constexpr std::chrono::seconds journal_delay_max{5};

enum class Outcome : std::uint8_t { survived, lost, overwritten, deleted, unaccounted };

struct Judgement {
  Outcome outcome = Outcome::unaccounted;
  std::string why;
};

Judgement unaccounted(std::string why) {
  return {Outcome::unaccounted, std::move(why)};
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

class Judge {
 public:
  explicit Judge(const Evidence& evidence) : evidence_(evidence) {
    for (const Edit& edit : evidence.edits) by_record_[{edit.map, edit.key}].push_back(&edit);
    for (const JournalledLoser& loser : evidence.losers) losers_[{loser.map, loser.key}].push_back(&loser);
    for (const MapFile& map : evidence.maps) maps_[map.name] = &map;
  }

  [[nodiscard]] Judgement judge(const Edit& edit) const {
    switch (edit.kind) {
      case EditKind::update:
        return judge_update(edit);
      case EditKind::create:
        return judge_create(edit);
      case EditKind::remove:
        return judge_remove(edit);
    }
    return unaccounted("it is of no known kind");
  }

  /// Values and rows of one map that nobody can have written, and rows that nobody can have deleted.
  void find_phantoms(const MapFile& map, std::vector<Finding>& into) const {
    const auto last = evidence_.last.find(map.name);
    if (last == evidence_.last.end()) return;
    for (const Side side : both_sides) {
      for (const auto& [key, row] : last->second[side].rows) find_phantoms_in(map, side, key, row, into);
    }
    const auto baseline = evidence_.baseline.find(map.name);
    if (baseline == evidence_.baseline.end()) return;
    for (const Side side : both_sides) {
      for (const auto& [key, row] : baseline->second[side].rows) {
        if (last->second[side].find(key) != nullptr || any_edit(map.name, key, EditKind::remove) != nullptr) continue;
        into.push_back(
            {{map.name, key},
             map.name + " " + key + " is gone from " + std::string(to_string(side)) + " and nobody deleted it"});
      }
    }
  }

 private:
  [[nodiscard]] const std::vector<const Edit*>& edits_of(const std::string& map, const std::string& key) const {
    static const std::vector<const Edit*> none;
    const auto it = by_record_.find({map, key});
    return it == by_record_.end() ? none : it->second;
  }

  [[nodiscard]] const Edit* any_edit(const std::string& map, const std::string& key, EditKind kind) const {
    const auto& edits = edits_of(map, key);
    const auto it = std::find_if(edits.begin(), edits.end(), [&](const Edit* edit) { return edit->kind == kind; });
    return it == edits.end() ? nullptr : *it;
  }

  [[nodiscard]] PerSide<const TableRow*> last_rows(const Edit& edit) const {
    PerSide<const TableRow*> rows;
    const auto it = evidence_.last.find(edit.map);
    if (it == evidence_.last.end()) return rows;
    for (const Side side : both_sides) rows[side] = it->second[side].find(edit.key);
    return rows;
  }

  [[nodiscard]] std::string cell(const std::string& map, const TableRow& row, const std::string& column) const {
    const auto it = maps_.find(map);
    if (it == maps_.end()) return {};
    const auto& columns = it->second->columns;
    for (std::size_t i = 0; i < columns.size() && i < row.cells.size(); ++i) {
      if (columns[i].finops == column) return row.cells[i];
    }
    return {};
  }

  /// The journal line that says this edit lost: to `won`, or to anything.
  [[nodiscard]] bool journalled_loser(const Edit& edit, const std::optional<std::string>& won) const {
    const auto it = losers_.find({edit.map, edit.key});
    if (it == losers_.end()) return false;
    return std::any_of(it->second.begin(), it->second.end(), [&](const JournalledLoser* loser) {
      return loser->side == edit.side && loser->column == edit.column && loser->lost == edit.to &&
             (!won || loser->won == *won);
    });
  }

  [[nodiscard]] bool reached(const Edit& edit, Side target, Instant latest) const {
    const auto it = evidence_.writes.find({edit.map, edit.key});
    if (it == evidence_.writes.end()) return false;
    return std::any_of(it->second.begin(), it->second.end(), [&](const JournalledWrite& write) {
      return write.target == target && write.column == edit.column && write.to == edit.to &&
             write.at <= latest + journal_delay_max;
    });
  }

  [[nodiscard]] Judgement judge_update(const Edit& edit) const {
    const PerSide<const TableRow*> rows = last_rows(edit);
    const bool in_finops = rows[Side::finops] != nullptr;
    const bool in_dataverse = rows[Side::dataverse] != nullptr;
    if (!in_finops && !in_dataverse) return judge_in_deleted(edit);
    if (!in_finops || !in_dataverse) return unaccounted("only one side still has the record");
    const std::string finops = cell(edit.map, *rows[Side::finops], edit.column);
    const std::string dataverse = cell(edit.map, *rows[Side::dataverse], edit.column);
    const std::string both = "F&O has " + quoted(finops) + " and Dataverse " + quoted(dataverse);
    if (finops == edit.to && dataverse == edit.to) {
      if (edit.expected == Expectation::must_lose) return unaccounted("it was the earlier edit and yet it won");
      return {Outcome::survived, ""};
    }
    if (edit.expected == Expectation::must_win) return unaccounted("it was the later edit and yet it lost: " + both);
    if (finops != dataverse) return unaccounted("the sides differ: " + both);
    return judge_against_rival(edit, finops);
  }

  [[nodiscard]] Judgement judge_against_rival(const Edit& edit, const std::string& standing) const {
    for (const Edit* rival : edits_of(edit.map, edit.key)) {
      if (rival->kind != EditKind::update || rival->column != edit.column || rival->to != standing) continue;
      if (rival->side == edit.side) {
        if (rival->before >= edit.after) return {Outcome::overwritten, ""};  // changed again by the same hand
        continue;
      }
      if (journalled_loser(edit, standing)) return {Outcome::lost, ""};
      if (edit.expected == Expectation::none && reached(edit, rival->side, rival->after))
        return {Outcome::overwritten, ""};
      return unaccounted(quoted(standing) + " stands instead, and the journal does not say that this value lost to it");
    }
    return unaccounted(quoted(standing) + " stands on both sides, which no edit that competes with this one wrote");
  }

  [[nodiscard]] Judgement judge_in_deleted(const Edit& edit) const {
    const Edit* removal = nullptr;
    for (const Edit* other_edit : edits_of(edit.map, edit.key)) {
      if (other_edit->kind != EditKind::remove) continue;
      if (other_edit->side == edit.side) return {Outcome::deleted, ""};  // the row was there: deleted after the edit
      removal = other_edit;
    }
    if (removal == nullptr) return unaccounted("the record is gone from both sides and nobody deleted it");
    if (journalled_loser(edit, std::nullopt) || reached(edit, removal->side, removal->after)) {
      return {Outcome::deleted, ""};
    }
    return unaccounted(
        "the record was deleted on the other side, which had not seen this value, and the journal is silent");
  }

  [[nodiscard]] Judgement judge_create(const Edit& edit) const {
    const PerSide<const TableRow*> rows = last_rows(edit);
    if (any_edit(edit.map, edit.key, EditKind::remove) != nullptr) return {Outcome::deleted, ""};
    for (const Side side : both_sides) {
      if (rows[side] == nullptr) return unaccounted(std::string(to_string(side)) + " does not have the record");
      for (const auto& [column, value] : edit.values) {
        const std::string found = cell(edit.map, *rows[side], column);
        if (found == value || edited(edit, column, found)) continue;
        return unaccounted(std::string(to_string(side)) + " has " + quoted(found) + " in " + column + " instead of " +
                           quoted(value));
      }
    }
    return {Outcome::survived, ""};
  }

  [[nodiscard]] bool edited(const Edit& create, const std::string& column, const std::string& value) const {
    const auto& edits = edits_of(create.map, create.key);
    return std::any_of(edits.begin(), edits.end(), [&](const Edit* edit) {
      return edit->kind == EditKind::update && edit->column == column && edit->to == value;
    });
  }

  [[nodiscard]] Judgement judge_remove(const Edit& edit) const {
    const PerSide<const TableRow*> rows = last_rows(edit);
    for (const Side side : both_sides) {
      if (rows[side] != nullptr) return unaccounted(std::string(to_string(side)) + " still has the record");
    }
    return {Outcome::deleted, ""};
  }

  void find_phantoms_in(const MapFile& map, Side side, const std::string& key, const TableRow& row,
                        std::vector<Finding>& into) const {
    const auto baseline = evidence_.baseline.find(map.name);
    const TableRow* before = baseline == evidence_.baseline.end() ? nullptr : baseline->second[side].find(key);
    const Edit* created = any_edit(map.name, key, EditKind::create);
    const std::string where = map.name + " " + key + " in " + std::string(to_string(side));
    if (before == nullptr && created == nullptr) {
      into.push_back({{map.name, key}, where + ": nobody created this row"});
      return;
    }
    for (std::size_t i = 0; i < map.columns.size(); ++i) {
      const ColumnPair& column = map.columns[i];
      if (!column.both_ways || column.key) continue;
      if (before != nullptr && before->cells[i] == row.cells[i]) continue;
      if (somebody_wrote(map.name, key, column, row.cells[i])) continue;
      into.push_back({{map.name, key}, where + ", " + column.finops + ": nobody wrote " + quoted(row.cells[i])});
    }
  }

  [[nodiscard]] bool somebody_wrote(const std::string& map, const std::string& key, const ColumnPair& column,
                                    const std::string& value) const {
    const auto& edits = edits_of(map, key);
    return std::any_of(edits.begin(), edits.end(), [&](const Edit* edit) {
      if (edit->kind == EditKind::update) return edit->column == column.finops && edit->to == value;
      if (edit->kind != EditKind::create) return false;
      const auto given = edit->values.find(column.finops);
      return given == edit->values.end() || given->second == value;  // what was not given is the endpoint's default
    });
  }

  const Evidence& evidence_;
  std::map<RecordId, std::vector<const Edit*>> by_record_;
  std::map<RecordId, std::vector<const JournalledLoser*>> losers_;
  std::map<std::string, const MapFile*> maps_;
};

void count(const Edit& edit, Judgement judgement, Account& into) {
  switch (judgement.outcome) {
    case Outcome::survived:
      ++into.survived;
      return;
    case Outcome::lost:
      ++into.lost;
      return;
    case Outcome::overwritten:
      ++into.overwritten;
      return;
    case Outcome::deleted:
      ++into.deleted;
      return;
    case Outcome::unaccounted:
      break;
  }
  into.unaccounted.push_back({{edit.map, edit.key}, to_string(edit) + ": " + judgement.why});
}

}  // namespace

std::string to_string(const Edit& edit) {
  std::string text = edit.map + " " + edit.key;
  switch (edit.kind) {
    case EditKind::update:
      text += ", " + edit.column + " set to " + quoted(edit.to);
      break;
    case EditKind::create:
      text += " created";
      break;
    case EditKind::remove:
      text += " deleted";
      break;
  }
  return text + " in " + std::string(to_string(edit.side)) + " at " + format_instant(edit.after);
}

Account account(const Evidence& evidence) {
  Account result;
  const Judge judge(evidence);
  for (const Edit& edit : evidence.edits) {
    if (edit.acknowledged) count(edit, judge.judge(edit), result);
  }
  for (const MapFile& map : evidence.maps) judge.find_phantoms(map, result.phantoms);
  return result;
}

}  // namespace dualwrite::demo
