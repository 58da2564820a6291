#include "sync/held.hpp"

#include <spdlog/logger.h>

#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "sync/journal.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

using store::DeadLetterClass;

std::string hold_json(const Hold& hold) {
  std::string out;
  odata::ObjectWriter writer(out);
  writer.member("reason", Value::string(std::string(to_string(hold.what.reason))));
  writer.member("finops", hold.values[Side::finops]);
  writer.member("dataverse", hold.values[Side::dataverse]);
  writer.raw("finopsTime", time_json(hold.times[Side::finops]));
  writer.raw("dataverseTime", time_json(hold.times[Side::dataverse]));
  writer.member("finopsToken", Value::string(hold.tokens[Side::finops]));
  writer.member("dataverseToken", Value::string(hold.tokens[Side::dataverse]));
  writer.close();
  return out;
}

std::string names_of(const maps::TableMap& map, const std::vector<Hold>& holds, HoldReason reason) {
  std::string names;
  for (const Hold& hold : holds) {
    if (hold.what.reason != reason) continue;
    names += (names.empty() ? "" : ", ") + map.columns[hold.what.column].name();
  }
  return names;
}

}  // namespace

bool asks_for_choice(const store::DeadLetter& letter) noexcept {
  return letter.error_class == DeadLetterClass::conflict || letter.error_class == DeadLetterClass::oscillation;
}

store::JournalEntry held_line(const maps::TableMap& map, const RecordRef& record, const Hold& hold, Instant now) {
  const bool conflict = hold.what.reason == HoldReason::conflict;
  store::JournalEntry entry =
      line(record, store::JournalKind::held, held_side, conflict ? "manual" : "oscillation", now);
  entry.column = map.columns[hold.what.column].name();
  entry.detail = hold_json(hold);
  return entry;
}

store::DeadLetter held_letter(const maps::TableMap& map, const RecordRef& record, const Plan& plan,
                              const PerSide<Observation>& seen, Instant now) {
  const std::string conflicts = names_of(map, plan.holds, HoldReason::conflict);
  const std::string oscillations = names_of(map, plan.holds, HoldReason::oscillation);
  const std::optional<Side>& deleted = plan.next.held_deletion;
  Trouble trouble;
  trouble.side = held_side;
  trouble.error_class = deleted || !conflicts.empty() ? DeadLetterClass::conflict : DeadLetterClass::oscillation;
  if (deleted) {
    trouble.error = "deleted in " + std::string(to_string(*deleted)) + ", and edited in " +
                    std::string(to_string(other(*deleted))) + " by somebody who did not know";
  }
  if (!conflicts.empty()) trouble.error = "both sides changed " + conflicts;
  if (!oscillations.empty()) {
    trouble.error += (trouble.error.empty() ? "" : "; ") + std::string("the two sides keep rewriting ") + oscillations;
  }
  trouble.hint = deleted ? "choose the side that is right: its deletion or its row goes to the other one"
                         : "choose the side whose value is right, or make the two sides equal";
  if (!oscillations.empty()) {
    trouble.hint += "; find what rewrites the value (rounding, a default, a plug-in), or give the column one direction";
  }
  const PerSide<std::optional<Row>> rows(seen[Side::finops].row, seen[Side::dataverse].row);
  store::DeadLetter letter = dead_letter(map, record, trouble, {}, rows, now);
  letter.attempted.clear();
  odata::ObjectWriter writer(letter.attempted);
  for (const Hold& hold : plan.holds) writer.raw(map.columns[hold.what.column].name(), hold_json(hold));
  writer.close();
  return letter;
}

void Round::tell_held(Item& item, store::Transaction& transaction, Instant now) {
  const Plan& plan = item.plan;
  for (const Hold& hold : plan.holds) {
    if (!hold.fresh) continue;
    transaction.journal(held_line(map_.map(), ref(item), hold, now));
    services_.log->warn("column waits for a person map={} record=\"{}\" column={} why={}", map_.map().name,
                        item.key.text(), map_.map().columns[hold.what.column].name(), to_string(hold.what.reason));
  }
  if (plan.next.held_deletion && plan.next.held_deletion != item.coupling.held_deletion) {
    transaction.journal(line(ref(item), store::JournalKind::held, *plan.next.held_deletion, "manual", now));
    services_.log->warn("deletion waits for a person map={} record=\"{}\" side={}", map_.map().name, item.key.text(),
                        to_string(*plan.next.held_deletion));
  }
  const bool asked_again = item.dirt.read_both && waits_for_person(plan.next);
  if (plan.asks || asked_again) put_held_letter(item, transaction, now);
}

void Round::put_held_letter(Item& item, store::Transaction& transaction, Instant now) {
  transaction.dead_letter(held_letter(map_.map(), ref(item), item.plan, item.seen, now));
  note_letter(item, held_side, Letter::held);
}

}  // namespace dualwrite::sync
