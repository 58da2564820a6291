#include "store/sqlite/writes.hpp"

#include <string>
#include <utility>
#include <variant>

#include "store/codec/coupling_text.hpp"

namespace dualwrite::store::sqlite {
namespace {

class Steps {
 public:
  Steps(Connection& connection, CountsDelta& delta) : connection_(connection), delta_(delta) {}

  void operator()(const Transaction::PutCoupling& step);
  void operator()(const Transaction::ForgetCoupling& step);
  void operator()(const Transaction::AddMark& step);
  void operator()(const Transaction::DropMarks& step);
  void operator()(const Transaction::AddJournal& step);
  void operator()(const Transaction::PutDeadLetter& step);
  void operator()(const Transaction::CloseDeadLetter& step);
  void operator()(const Transaction::PutSetting& step);
  void operator()(const Transaction::ExpireTombstones& step);

  Committed committed;

 private:
  [[nodiscard]] std::int64_t last_id() const { return sqlite3_last_insert_rowid(connection_.handle()); }
  Counts& counts(MapId map) { return delta_[map]; }

  Connection& connection_;
  CountsDelta& delta_;
};

/// A row is known there; not while its deletion waits for a person, though its shadow is kept.
std::int64_t present(const Coupling& coupling, Side side) {
  return coupling.sides[side].shadow && coupling.held_deletion != side ? 1 : 0;
}

void bind_state(Query& query, const Coupling& coupling, const std::string& state) {
  const PerSide<SideState>& sides = coupling.sides;
  query.bind_unless_empty(sides[Side::finops].token)
      .bind_unless_empty(sides[Side::dataverse].token)
      .bind(coupling.tombstone ? 0 : 1)
      .bind(present(coupling, Side::finops))
      .bind(present(coupling, Side::dataverse))
      .bind(state);
}

/// What its rows are found by when their keys change, and from when on its tombstone may go: not while a row of it
/// still stands that could not be removed, which would look like a new one.
void bind_end(Query& query, const Coupling& coupling) {
  query.bind_unless_empty(coupling.sides[Side::finops].row_id);
  const bool stands = coupling.sides[Side::finops].shadow || coupling.sides[Side::dataverse].shadow;
  if (coupling.tombstone && !coupling.uncoupled && !stands) {
    query.bind(*coupling.tombstone);
  } else {
    query.bind_unless_empty(std::string_view());
  }
}

void Steps::operator()(const Transaction::PutCoupling& step) {
  const Coupling& coupling = step.coupling;
  const std::string& finops_key = coupling.sides[Side::finops].key;
  const std::string& dataverse_key = coupling.sides[Side::dataverse].key;
  const std::string state = coupling_text(coupling);
  const std::int64_t live = coupling.tombstone ? 0 : 1;
  const std::string& finops_row = coupling.sides[Side::finops].row_id;

  std::int64_t id = 0;
  std::int64_t lived = 0;
  bool same_keys = false;
  {
    Query old(connection_,
              "SELECT id, live, finops_key, dataverse_key, finops_row FROM coupling WHERE map = ? AND key = ?");
    old.bind(coupling.record.map.value()).bind(coupling.record.key.text());
    if (old.next()) {
      id = old.integer(0);
      lived = old.integer(1);
      same_keys = old.view(2) == finops_key && old.view(3) == dataverse_key && old.view(4) == finops_row &&
                  lived == live && live == 1;
    }
  }
  if (id == 0) {
    Query insert(connection_,
                 "INSERT INTO coupling(map, key, finops_key, dataverse_key, finops_token, dataverse_token, live,"
                 " finops_present, dataverse_present, state, finops_row, tombstone_at)"
                 " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(coupling.record.map.value()).bind(coupling.record.key.text());
    insert.bind_unless_empty(finops_key).bind_unless_empty(dataverse_key);
    bind_state(insert, coupling, state);
    bind_end(insert, coupling);
    insert.run();
  } else if (same_keys) {
    // The usual case. A statement that names an index's column rewrites that index, even with the same value.
    Query update(connection_,
                 "UPDATE coupling SET finops_token = ?, dataverse_token = ?, finops_present = ?, dataverse_present = ?,"
                 " state = ? WHERE id = ?");
    update.bind_unless_empty(coupling.sides[Side::finops].token)
        .bind_unless_empty(coupling.sides[Side::dataverse].token)
        .bind(present(coupling, Side::finops))
        .bind(present(coupling, Side::dataverse))
        .bind(state)
        .bind(id);
    update.run();
  } else {
    Query update(connection_,
                 "UPDATE coupling SET finops_key = ?, dataverse_key = ?, finops_token = ?, dataverse_token = ?,"
                 " live = ?, finops_present = ?, dataverse_present = ?, state = ?, finops_row = ?, tombstone_at = ?"
                 " WHERE id = ?");
    update.bind_unless_empty(finops_key).bind_unless_empty(dataverse_key);
    bind_state(update, coupling, state);
    bind_end(update, coupling);
    update.bind(id);
    update.run();
  }
  counts(coupling.record.map).couplings += live - lived;
}

void Steps::operator()(const Transaction::ForgetCoupling& step) {
  Query query(connection_, "DELETE FROM coupling WHERE map = ? AND key = ? RETURNING live");
  query.bind(step.record.map.value()).bind(step.record.key.text());
  while (query.next()) counts(step.record.map).couplings -= query.integer(0);
}

void Steps::operator()(const Transaction::AddMark& step) {
  const Mark& mark = step.mark;
  Query query(connection_,
              "INSERT INTO mark(map, side, source, key, endpoint_key, time_from, time_to, time_source, deleted)"
              " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
  query.bind(mark.map.value())
      .bind(to_string(mark.side))
      .bind(to_string(mark.source))
      .bind(mark.key.text())
      .bind(mark.endpoint_key)
      .bind(mark.time.from)
      .bind(mark.time.to)
      .bind(to_string(mark.time.source))
      .bind(mark.deleted ? 1 : 0);
  query.run();
  committed.marks.emplace_back(last_id());
  ++counts(mark.map).marks;
}

void Steps::operator()(const Transaction::DropMarks& step) {
  Query query(connection_, "DELETE FROM mark WHERE seq = ? RETURNING map");
  for (const MarkSeq seq : step.marks) {
    query.again().bind(seq.value());
    while (query.next()) --counts(MapId(static_cast<std::int32_t>(query.integer(0)))).marks;
  }
}

void Steps::operator()(const Transaction::AddJournal& step) {
  const JournalEntry& entry = step.entry;
  Query query(
      connection_,
      "INSERT INTO journal(at, map, key, kind, side, column_name, rule, detail) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  query.bind(entry.at)
      .bind(entry.record.map.value())
      .bind(entry.record.key.text())
      .bind(to_string(entry.kind))
      .bind(to_string(entry.side))
      .bind(entry.column)
      .bind(entry.rule)
      .bind(entry.detail);
  query.run();
  if (entry.kind == JournalKind::lost) ++counts(entry.record.map).conflicts;
}

void Steps::operator()(const Transaction::PutDeadLetter& step) {
  const DeadLetter& letter = step.letter;
  const bool open = letter.state == DeadLetterState::open;
  Query update(connection_,
               "UPDATE dead_letter SET state = ?, error_class = ?, error = ?, hint = ?, attempted = ?, finops_row = ?,"
               " dataverse_row = ?, last_at = ?, closed_by = ?, attempts = attempts + 1"
               " WHERE map = ? AND key = ? AND side = ? AND state = 'open' RETURNING id");
  update.bind(to_string(letter.state))
      .bind(to_string(letter.error_class))
      .bind(letter.error)
      .bind(letter.hint)
      .bind(letter.attempted)
      .bind(letter.finops_row)
      .bind(letter.dataverse_row)
      .bind(letter.last_at)
      .bind(letter.closed_by)
      .bind(letter.record.map.value())
      .bind(letter.record.key.text())
      .bind(to_string(letter.side));
  bool replaced = false;
  while (update.next()) replaced = true;
  if (replaced) {
    if (!open) --counts(letter.record.map).dead_letters_open;
    return;
  }
  Query insert(connection_,
               "INSERT INTO dead_letter(map, key, side, state, error_class, error, hint, attempted, finops_row,"
               " dataverse_row, attempts, first_at, last_at, closed_by)"
               " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(letter.record.map.value())
      .bind(letter.record.key.text())
      .bind(to_string(letter.side))
      .bind(to_string(letter.state))
      .bind(to_string(letter.error_class))
      .bind(letter.error)
      .bind(letter.hint)
      .bind(letter.attempted)
      .bind(letter.finops_row)
      .bind(letter.dataverse_row)
      .bind(letter.attempts)
      .bind(letter.first_at)
      .bind(letter.last_at)
      .bind(letter.closed_by);
  insert.run();
  if (open) ++counts(letter.record.map).dead_letters_open;
}

void Steps::operator()(const Transaction::CloseDeadLetter& step) {
  if (step.state == DeadLetterState::open) return;  // that closes nothing
  Query query(connection_,
              "UPDATE dead_letter SET state = ?, closed_by = ?, last_at = ?"
              " WHERE map = ? AND key = ? AND side = ? AND state = 'open' RETURNING id");
  query.bind(to_string(step.state))
      .bind(step.closed_by)
      .bind(step.at)
      .bind(step.record.map.value())
      .bind(step.record.key.text())
      .bind(to_string(step.side));
  while (query.next()) --counts(step.record.map).dead_letters_open;
}

void Steps::operator()(const Transaction::PutSetting& step) {
  Query query(connection_,
              "INSERT INTO setting(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value");
  query.bind(step.name).bind(step.value);
  query.run();
}

void Steps::operator()(const Transaction::ExpireTombstones& step) {
  Query query(connection_,
              "DELETE FROM coupling WHERE id IN (SELECT id FROM coupling INDEXED BY coupling_tombstone_at"
              " WHERE map = ? AND tombstone_at < ? ORDER BY tombstone_at LIMIT ?) RETURNING id");
  query.bind(step.map.value()).bind(step.before).bind(static_cast<std::int64_t>(step.limit));
  while (query.next()) ++committed.expired;
}

}  // namespace

Committed write_steps(Connection& connection, const Transaction& transaction, CountsDelta& delta) {
  Steps steps(connection, delta);
  for (const Transaction::Step& step : transaction.steps()) std::visit(steps, step);
  return std::move(steps.committed);
}

}  // namespace dualwrite::store::sqlite
