#include "sync/journal.hpp"

#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::sync {
std::string time_json(const EditTime& time) {
  std::string out;
  odata::ObjectWriter writer(out);
  const bool known = time.source != TimeSource::none;
  writer.member("from", known && time.from != Instant{} ? Value::string(format_instant(time.from)) : Value::null());
  writer.member("to", known ? Value::string(format_instant(time.to)) : Value::null());
  writer.member("source", Value::string(std::string(to_string(time.source))));
  writer.close();
  return out;
}

store::JournalEntry line(const RecordRef& record, store::JournalKind kind, Side side, std::string rule, Instant now) {
  store::JournalEntry entry;
  entry.at = now;
  entry.record = record;
  entry.kind = kind;
  entry.side = side;
  entry.rule = std::move(rule);
  entry.detail = "{}";
  return entry;
}

store::JournalEntry lost_line(const maps::TableMap& map, const RecordRef& record, const Loser& loser, Instant now) {
  store::JournalEntry entry = line(record, store::JournalKind::lost, loser.side, loser.rule, now);
  const bool whole_row = loser.type == ConflictType::delete_recently_updated;
  if (!whole_row) entry.column = map.columns[loser.column].name();
  entry.detail.clear();
  odata::ObjectWriter writer(entry.detail);
  writer.member("type", Value::string(std::string(to_string(loser.type))));
  writer.member("lost", loser.lost);
  writer.member("won", loser.won);
  writer.raw("lostTime", time_json(loser.lost_time));
  writer.raw("wonTime", time_json(loser.won_time));
  writer.member("finopsToken", Value::string(loser.tokens[Side::finops]));
  writer.member("dataverseToken", Value::string(loser.tokens[Side::dataverse]));
  writer.close();
  return entry;
}

store::JournalEntry written_line(const maps::TableMap& map, const RecordRef& record, const PlannedWrite& write,
                                 IntentId intent, const std::optional<Row>& before, Instant now) {
  store::JournalKind kind = store::JournalKind::updated;
  if (write.kind == WriteKind::create) kind = store::JournalKind::created;
  if (write.kind == WriteKind::remove) kind = store::JournalKind::deleted;
  store::JournalEntry entry = line(record, kind, write.side, "agreed", now);
  entry.detail.clear();
  odata::ObjectWriter writer(entry.detail);
  writer.member("intent", Value::number(std::to_string(intent.value())));
  if (kind == store::JournalKind::updated) {
    std::string columns;
    odata::ObjectWriter list(columns);
    for (const ColumnValue& cell : write.cells) {
      std::string change;
      odata::ObjectWriter pair(change);
      pair.member("from", before ? (*before)[cell.column] : Value::null());
      pair.member("to", cell.value);
      pair.close();
      list.raw(map.columns[cell.column].name(), change);
    }
    list.close();
    writer.raw("columns", columns);
  }
  writer.close();
  return entry;
}

store::DeadLetter dead_letter(const maps::TableMap& map, const RecordRef& record, const Trouble& trouble,
                              const std::vector<ColumnValue>& attempted, const PerSide<std::optional<Row>>& rows,
                              Instant now) {
  store::DeadLetter letter;
  letter.record = record;
  letter.side = trouble.side;
  letter.error_class = trouble.error_class;
  letter.error = trouble.error;
  letter.hint = trouble.hint;
  letter.attempted = maps::cells_json(map, attempted);
  letter.finops_row = maps::row_json(map, rows[Side::finops]);
  letter.dataverse_row = maps::row_json(map, rows[Side::dataverse]);
  letter.first_at = now;
  letter.last_at = now;
  return letter;
}

Trouble trouble_of(Side side, endpoint::WriteOutcome outcome, const std::string& error) {
  Trouble trouble;
  trouble.side = side;
  trouble.error = error;
  const std::string there = side == Side::finops ? "finance and operations" : "Dataverse";
  if (outcome == endpoint::WriteOutcome::parent_missing) {
    trouble.error_class = store::DeadLetterClass::missing_parent;
    trouble.hint = "create the row that this one refers to in " + there + ", or start its map; then replay";
  } else if (outcome == endpoint::WriteOutcome::exists) {
    trouble.error_class = store::DeadLetterClass::duplicate;
    trouble.hint = "a row with that key exists in " + there + " and cannot be read: check the application's rights";
  } else if (outcome == endpoint::WriteOutcome::in_doubt || outcome == endpoint::WriteOutcome::precondition ||
             outcome == endpoint::WriteOutcome::missing) {
    trouble.error_class = store::DeadLetterClass::unsettled;
    trouble.hint = there + " answered again and again without taking the write: look at the error there; then replay";
  } else {
    trouble.error_class = store::DeadLetterClass::refused;
    trouble.hint = "correct the value on either side, or the rule in " + there + "; then replay";
  }
  return trouble;
}

}  // namespace dualwrite::sync
