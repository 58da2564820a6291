// Decide: one transaction before any write. What it commits is never undone: a refused or lost write leads to a new
// observation and a new plan.
#include <spdlog/logger.h>

#include <algorithm>

#include "dualwrite/plan/settle.hpp"
#include "sync/held.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {

Task<bool> Round::decide() {
  store::Transaction transaction;
  const Instant now = services_.clock.now();
  for (Item& item : items_) {
    const bool out_of_scope = item.fate == Fate::done;
    if (out_of_scope) {
      transaction.drop(item.dirt.marks);
    } else if (item.fate == Fate::open) {
      decide_item(item, transaction, now);
    }
  }
  if (transaction.empty()) co_return true;
  auto committed = co_await services_.store.commit(std::move(transaction));
  if (committed) {
    map_.fine(MapRuntime::Source::store);
    services_.pass(CrashPoint::decided);
    take_up_choices(committed->marks);
    apply_letters();
    co_return true;
  }
  map_.fault(MapRuntime::Source::store, committed.error().text());
  for (Item& item : items_) {
    item.sent.clear();
    for (const Side side : both_sides) item.letters[side].reset();
    if (item.fate == Fate::handed_over) continue;
    item.chosen = false;
    item.fate = Fate::delayed;
  }
  co_return false;
}

void Round::decide_item(Item& item, store::Transaction& transaction, Instant now) {
  if (item.trouble) {
    const PerSide<std::optional<Row>> rows(item.seen[Side::finops].row, item.seen[Side::dataverse].row);
    transaction.dead_letter(dead_letter(map_.map(), ref(item), *item.trouble, {}, rows, now));
    transaction.journal(line(ref(item), store::JournalKind::refused, item.trouble->side, item.trouble->error, now));
    transaction.drop(item.dirt.marks);
    services_.log->warn("record needs a person map={} record=\"{}\" side={} class={} why=\"{}\"", map_.map().name,
                        item.key.text(), to_string(item.trouble->side), store::to_string(item.trouble->error_class),
                        item.trouble->error);
    note_letter(item, item.trouble->side, Letter::trouble);
    if (item.dirt.initial) ++map_.initial.failed;
    item.fate = Fate::done;
    return;
  }
  if (item.moved_to) {
    rename(item, transaction, now);
    return;
  }
  const Plan& plan = item.plan;
  Coupling next = plan.next;
  if (next.tombstone && *next.tombstone == Instant{}) next.tombstone = now;
  if (next.uncoupled && item.coupling.uncoupled) {
    // A lone row was edited: when its new counterpart comes, that edit is no older than the last time it was seen.
    for (const Side side : both_sides) {
      if (next.sides[side].token != item.coupling.sides[side].token) next.tombstone = now;
    }
  }
  for (const Loser& loser : plan.losers) transaction.journal(lost_line(map_.map(), ref(item), loser, now));
  tell_held(item, transaction, now);
  tell_stuck(item, transaction, now);
  for (const PlannedWrite& write : plan.writes) {
    Sent sent;
    sent.write = write;
    if (write.kind == WriteKind::create) {
      sent.write.key = services_.endpoint(write.side).key_for_create(map_.map(), next);
      if (write.side == Side::dataverse) {
        const auto is_left_out = [&](const ColumnValue& cell) {
          return std::ranges::find(item.dirt.left_out, cell.column) != item.dirt.left_out.end();
        };
        sent.partial = std::erase_if(sent.write.cells, is_left_out) > 0;
      }
    }
    sent.intent = services_.next_intent();
    sent.before = next.sides[write.side].shadow;
    plan::add_intent(next, sent.write, sent.intent, now);
    item.sent.push_back(std::move(sent));
  }
  if (plan.verdict == Plan::Verdict::forgotten) {
    if (item.stored) transaction.forget(ref(item));
  } else if (plan.changed || !item.sent.empty()) {
    transaction.put(next);
  }
  // What was told of a deletion is in the plan now: where the record lives on, it says nothing of the row to come.
  if (next.agreed && !next.held_deletion) item.dirt.deleted = PerSide<bool>(false, false);
  if (item.dirt.choice && !item.sent.empty()) {
    // It was about what waited until now: what comes to wait before the writes are through is another question.
    Mark instead;
    instead.map = map_.id();
    instead.side = *item.dirt.choice;
    instead.source = CaptureSource::replay;
    instead.key = item.key;
    transaction.drop(item.dirt.marks);
    transaction.mark(std::move(instead));
    item.chosen = true;
  }
  const bool nothing_new = item.stored && plan.losers.empty() && next.agreed == item.coupling.agreed;
  item.coupling = std::move(next);
  if (item.sent.empty()) {
    if (nothing_new && item.dirt.captured) ++map_.echoes;
    transaction.drop(item.dirt.marks);
    close_letters(item, transaction, now);
    item.fate = Fate::done;
  }
}

/// Plain marks have taken the place of those with a choice.
void Round::take_up_choices(const std::vector<MarkSeq>& marks) {
  std::size_t next = 0;
  for (Item& item : items_) {
    if (!item.chosen) continue;
    item.dirt.marks.assign(1, marks.at(next++));
    item.dirt.choice.reset();
  }
}

void Round::close_letters(Item& item, store::Transaction& transaction, Instant now) {
  for (const Side side : both_sides) close_letter(item, side, transaction, now);
}

void Round::close_letter(Item& item, Side side, store::Transaction& transaction, Instant now) {
  const Letter open = item.letters[side].value_or(map_.letter(item.key, side));
  if (open == Letter::none) return;
  if (item.plan.key_stuck == side && !item.refused) return;
  if (side == held_side && waits_for_person(item.coupling)) {
    // A record has one letter for a side: the trouble that took the place of the question is over.
    if (open == Letter::trouble && !item.refused) put_held_letter(item, transaction, now);
    return;
  }
  const char* by = item.dirt.read_both ? "replayed" : "converged";
  if (item.dirt.choice || item.chosen) by = "chosen";
  transaction.close_dead_letter(ref(item), side, store::DeadLetterState::resolved, by, now);
  transaction.journal(line(ref(item), store::JournalKind::resolved, side, by, now));
  note_letter(item, side, Letter::none);
}

void Round::note_letter(Item& item, Side side, Letter letter) {
  item.letters[side] = letter;
}

void Round::apply_letters() {
  for (Item& item : items_) {
    for (const Side side : both_sides) {
      if (item.letters[side]) map_.note_letter(item.key, side, *item.letters[side]);
      item.letters[side].reset();
    }
  }
}

}  // namespace dualwrite::sync
