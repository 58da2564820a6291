// Write and settle: the batch goes out under the tokens that the plan saw, and every answer is settled durably.
#include <spdlog/logger.h>

#include <algorithm>

#include "dualwrite/maps/translate.hpp"
#include "dualwrite/plan/settle.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

using endpoint::WriteOutcome;

/// A create that keeps meeting a row which cannot be read, or a parent that never comes, becomes a dead letter.
constexpr int rounds_max = 8;
constexpr int rounds_without_parent_max = 1;

/// When the edits in the reply to our own write happened: its stamp is our write's, and tells nothing. In the write's
/// own reply they are what the service made of the values that we brought, so they are as old as those; what was read
/// after it may hold an edit of any time since the last look.
EditTime time_of_answer(const Coupling& coupling, const PlannedWrite& write, bool of_write, const EditTime& window) {
  if (!of_write || !coupling.agreed) return window;
  EditTime time;
  for (const ColumnValue& cell : write.cells) {
    const EditTime& brought = (*coupling.agreed)[cell.column].time;
    if (brought.source == TimeSource::none) return window;
    if (time.source == TimeSource::none) time = brought;
    time.from = std::min(time.from, brought.from);
    time.to = std::max(time.to, brought.to);
    time.source = std::max(time.source, brought.source);
  }
  return time.source == TimeSource::none ? window : time;
}

bool is_rename(const PlannedWrite& write, const Policy& policy) {
  return write.kind == WriteKind::update &&
         std::ranges::any_of(write.cells, [&](const ColumnValue& cell) { return policy.columns[cell.column].key; });
}

void rename_refused(Trouble& trouble, const RecordKey& key, const std::string& row) {
  if (trouble.error_class != store::DeadLetterClass::refused) return;
  trouble.error_class = store::DeadLetterClass::key_changed;
  trouble.error = "renaming the row " + row + " to " + key.text() + " was refused: " + trouble.error;
  trouble.hint = "rename or remove the row that has the new key there, or change the key back; then replay";
}

}  // namespace

Task<void> Round::write() {
  for (const Side side : both_sides) co_await write_side(side);
}

Task<void> Round::write_side(Side side) {
  if (side == Side::dataverse) co_await find_related();
  std::vector<endpoint::RowWrite> writes;
  std::vector<Sent*> sent;
  for (Item& item : items_) {
    for (Sent& each : item.sent) {
      if (each.write.side != side || each.unsent) continue;
      endpoint::RowWrite write;
      write.kind = each.write.kind;
      write.record = item.key;
      write.key = each.write.key;
      write.guard = each.write.guard;
      write.intent = each.intent;
      if (write.kind != WriteKind::remove) {
        auto body =
            maps::body(map_.map(), side, write.kind, each.write.cells, map_.company_id(item.key), each.bindings);
        if (!body) {
          each.reply.outcome = WriteOutcome::refused;
          each.reply.error = body.error().text();
          continue;
        }
        write.body = std::move(*body);
      }
      writes.push_back(std::move(write));
      sent.push_back(&each);
    }
  }
  if (writes.empty()) co_return;
  auto replies = co_await services_.endpoint(side).write(map_.map(), std::move(writes));
  services_.pass(CrashPoint::effect);
  for (std::size_t index = 0; index < sent.size(); ++index) sent[index]->reply = std::move(replies[index]);
}

Task<void> Round::settle() {
  store::Transaction transaction;
  const Instant now = services_.clock.now();
  for (Item& item : items_) {
    if (item.fate != Fate::open) continue;
    for (Sent& sent : item.sent) settle_one(item, sent, transaction, now);
    if (item.fate == Fate::open) {
      item.fate = Fate::done;
      transaction.drop(item.dirt.marks);
      if (!item.refused) close_letters(item, transaction, now);  // also one about a row that could not be read
    }
    transaction.put(item.coupling);
  }
  if (transaction.empty()) co_return;
  services_.pass(CrashPoint::settling);
  auto committed = co_await services_.store.commit(std::move(transaction));
  if (committed) {
    apply_letters();
    co_return;
  }
  // The intents that decide stored are still there: the next round reads the rows and adopts what arrived.
  map_.fault(MapRuntime::Source::store, committed.error().text());
  for (Item& item : items_) {
    if (item.sent.empty()) continue;
    item.dirt.read_both = true;
    item.fate = Fate::delayed;
  }
}

void Round::settle_one(Item& item, Sent& sent, store::Transaction& transaction, Instant now) {
  const Side side = sent.write.side;
  WriteOutcome outcome = sent.reply.outcome;
  if (sent.write.kind == WriteKind::remove && outcome == WriteOutcome::missing) outcome = WriteOutcome::done;
  if (outcome == WriteOutcome::in_doubt) {
    // Neither done nor not done: the intent stays, and the row tells.
    map_.fault(MapRuntime::Source::writing, sent.reply.error);
    if (sent.reply.answered && ++item.dirt.answered_failures >= rounds_max) {
      refuse(item, sent, transaction, now);  // the service answers, and it never becomes an outcome; the intent stays
      return;
    }
    item.dirt.dirty[side] = true;
    item.fate = Fate::delayed;
    return;
  }
  if (outcome == WriteOutcome::done) {
    map_.fine(MapRuntime::Source::writing);
    settle_done(item, sent, transaction, now);
    return;
  }
  item.coupling = plan::settle_not_written(item.coupling, side, sent.intent);
  switch (outcome) {
    case WriteOutcome::precondition:
    case WriteOutcome::missing:
    case WriteOutcome::exists:
      if (++item.dirt.answered_failures >= rounds_max) {
        refuse(item, sent, transaction, now);
      } else {
        item.dirt.dirty[side] = true;
        item.fate = Fate::again;
      }
      return;
    case WriteOutcome::parent_missing:
      if (item.cut) {
        item.dirt.dirty[side] = true;
        item.fate = Fate::again;
        return;
      }
      // A parent that no map brings does not come by waiting: the second try is for one that has just arrived.
      if (++item.dirt.parent_rounds > (item.parents.empty() ? rounds_without_parent_max : rounds_max)) {
        refuse(item, sent, transaction, now);
      } else {
        item.dirt.dirty[side] = true;
        item.fate = item.parents.empty() ? Fate::delayed : Fate::waits_for_parent;
      }
      return;
    case WriteOutcome::retry:
      map_.fault(MapRuntime::Source::writing, sent.reply.error);
      item.fate = Fate::delayed;
      return;
    default:
      refuse(item, sent, transaction, now);
      return;
  }
}

void Round::settle_done(Item& item, Sent& sent, store::Transaction& transaction, Instant now) {
  const Side side = sent.write.side;
  plan::Acknowledged reply;
  reply.key = sent.reply.key;
  if (sent.reply.entity) {
    reply.row_id = services_.endpoint(side).row_id(map_.map(), *sent.reply.entity);
    auto row = maps::to_row(map_.map(), side, *sent.reply.entity);
    if (row) {
      reply.row = std::move(*row);
      reply.token = sent.reply.entity->etag;
    }
  }
  plan::Settled settled = plan::settle_written(item.coupling, side, sent.intent, reply, map_.policy());
  item.coupling = std::move(settled.next);
  transaction.journal(written_line(map_.map(), ref(item), sent.write, sent.intent, sent.before, now));
  WriteCounters& counters = map_.written[side];
  switch (sent.write.kind) {
    case WriteKind::create:
      ++counters.created;
      if (item.dirt.initial) ++map_.initial.created;
      break;
    case WriteKind::update:
      ++counters.updated;
      if (item.dirt.initial) ++map_.initial.updated;
      break;
    case WriteKind::remove:
      ++counters.deleted;
      break;
  }
  close_letter(item, side, transaction, now);
  if (sent.partial) {
    item.dirt.left_out.clear();
    item.dirt.parent_rounds = 0;
    item.dirt.dirty[side] = true;
    item.fate = Fate::again;
  }
  if (!settled.again) return;
  // What came back is itself an observation: no further read is needed to plan from it.
  item.dirt.dirty[side] = true;
  item.fate = Fate::again;
  if (!reply.row) return;  // nothing came back: the next round reads
  SeenRow seen;
  seen.row.key = sent.reply.key;
  seen.row.row = std::move(reply.row);
  seen.row.token = reply.token;
  seen.row.row_id = reply.row_id;
  seen.row.answer = true;
  seen.row.time = time_of_answer(item.coupling, sent.write, sent.reply.of_write,
                                 EditTime(map_.last_scan_start[side], now, TimeSource::window));
  item.dirt.seen[side] = std::move(seen);
}

void Round::refuse(Item& item, Sent& sent, store::Transaction& transaction, Instant now) {
  Trouble trouble = trouble_of(sent.write.side, sent.reply.outcome, sent.reply.error);
  if (is_rename(sent.write, map_.policy())) rename_refused(trouble, item.key, sent.write.key);
  const PerSide<std::optional<Row>> rows(item.coupling.sides[Side::finops].shadow,
                                         item.coupling.sides[Side::dataverse].shadow);
  transaction.dead_letter(dead_letter(map_.map(), ref(item), trouble, sent.write.cells, rows, now));
  transaction.journal(line(ref(item), store::JournalKind::refused, trouble.side, trouble.error, now));
  item.refused = true;
  note_letter(item, trouble.side, Letter::trouble);
  if (item.dirt.initial) ++map_.initial.failed;
  services_.log->warn("write refused map={} record=\"{}\" side={} class={} why=\"{}\"", map_.map().name,
                      item.key.text(), to_string(trouble.side), store::to_string(trouble.error_class), trouble.error);
}

}  // namespace dualwrite::sync
