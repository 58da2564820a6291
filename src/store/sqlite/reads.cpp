#include "store/sqlite/reads.hpp"

#include <algorithm>
#include <utility>

#include "store/codec/coupling_text.hpp"
#include "store/names.hpp"

namespace dualwrite::store::sqlite {
namespace {

// No page is longer, whatever was asked for.
constexpr std::size_t page_lines_max = 100'000;

#define HEAD_COLUMNS "key, finops_key, dataverse_key, finops_token, dataverse_token, finops_present, dataverse_present"
constexpr std::string_view coupling_by_key =
    "SELECT key, finops_key, dataverse_key, finops_token, dataverse_token, state, finops_row FROM coupling"
    " WHERE map = ? AND key = ?";
constexpr std::string_view head_by_key = "SELECT " HEAD_COLUMNS " FROM coupling WHERE map = ? AND key = ?";
// A row's key may once have belonged to a record that was deleted or got another key: the living one counts.
constexpr std::string_view head_by_finops_key =
    "SELECT " HEAD_COLUMNS
    " FROM coupling WHERE map = ? AND finops_key = ? ORDER BY live DESC, finops_present DESC, id DESC LIMIT 1";
constexpr std::string_view head_by_dataverse_key =
    "SELECT " HEAD_COLUMNS
    " FROM coupling WHERE map = ? AND dataverse_key = ? ORDER BY live DESC, dataverse_present DESC, id DESC LIMIT 1";
constexpr std::string_view head_by_finops_row =
    "SELECT " HEAD_COLUMNS
    " FROM coupling WHERE map = ? AND finops_row = ? AND live = 1 AND finops_present = 1 LIMIT 1";
constexpr std::string_view heads_in_order =
    "SELECT " HEAD_COLUMNS
    " FROM coupling INDEXED BY coupling_key WHERE map = ? AND key > ? AND live = 1 ORDER BY key LIMIT ?";
#undef HEAD_COLUMNS
constexpr std::string_view marks_in_order =
    "SELECT seq, map, side, source, key, endpoint_key, time_from, time_to, time_source, deleted FROM mark"
    " WHERE seq > ? ORDER BY seq LIMIT ?";
constexpr std::string_view journal_columns =
    "SELECT id, at, map, key, kind, side, column_name, rule, detail FROM journal WHERE 1";
constexpr std::string_view dead_letter_columns =
    "SELECT id, map, key, side, state, error_class, error, hint, attempted, finops_row, dataverse_row, attempts,"
    " first_at, last_at, closed_by FROM dead_letter WHERE 1";

std::int64_t page_length(std::size_t limit) {
  return static_cast<std::int64_t>(std::min(limit, page_lines_max));
}

template <class Enum>
Enum word(const Connection& connection, std::string_view text, Enum last) {
  const auto found = named<Enum>(text, last);
  if (!found) {
    throw Failure(Error(Errc::storage,
                        "state file " + connection.file() + ": unknown word '" + std::string(text) + '\'',
                        "somebody edited the file; restore it from a backup"));
  }
  return *found;
}

RecordRef record_at(const Query& query, int column) {
  return {MapId(static_cast<std::int32_t>(query.integer(column))), RecordKey(query.text(column + 1))};
}

CouplingHead head(const Query& query) {
  CouplingHead out;
  out.key = RecordKey(query.text(0));
  out.endpoint_keys = PerSide<std::string>(query.text(1), query.text(2));
  out.tokens = PerSide<Token>(query.text(3), query.text(4));
  out.present = PerSide<bool>(query.integer(5) != 0, query.integer(6) != 0);
  return out;
}

Coupling coupling(const Connection& connection, const Query& query, const RecordRef& record) {
  Coupling out;
  out.record = record;
  out.sides[Side::finops].key = query.text(1);
  out.sides[Side::dataverse].key = query.text(2);
  out.sides[Side::finops].token = query.text(3);
  out.sides[Side::dataverse].token = query.text(4);
  out.sides[Side::finops].row_id = query.text(6);
  auto read = read_coupling_text(query.view(5), out);
  if (!read) {
    throw Failure(
        std::move(read).error().while_doing("state file " + connection.file() + ", record " + record.key.text()));
  }
  return out;
}

JournalEntry journal_entry(const Connection& connection, const Query& query) {
  JournalEntry out;
  out.id = JournalId(query.integer(0));
  out.at = query.instant(1);
  out.record = record_at(query, 2);
  out.kind = word(connection, query.view(4), JournalKind::renamed);
  out.side = word(connection, query.view(5), Side::dataverse);
  out.column = query.text(6);
  out.rule = query.text(7);
  out.detail = query.text(8);
  return out;
}

DeadLetter letter(const Connection& connection, const Query& query) {
  DeadLetter out;
  out.id = DeadLetterId(query.integer(0));
  out.record = record_at(query, 1);
  out.side = word(connection, query.view(3), Side::dataverse);
  out.state = word(connection, query.view(4), DeadLetterState::discarded);
  out.error_class = word(connection, query.view(5), DeadLetterClass::oscillation);
  out.error = query.text(6);
  out.hint = query.text(7);
  out.attempted = query.text(8);
  out.finops_row = query.text(9);
  out.dataverse_row = query.text(10);
  out.attempts = static_cast<int>(query.integer(11));
  out.first_at = query.instant(12);
  out.last_at = query.instant(13);
  out.closed_by = query.text(14);
  return out;
}

// "+" keeps SQLite from an index that finds too much and must then be sorted: a map without a key is most of the table,
// which is better walked from its end.
std::string record_condition(const Filter& filter) {
  std::string sql;
  if (filter.map) sql += filter.key ? " AND map = ?" : " AND +map = ?";
  if (filter.key) sql += " AND key = ?";
  return sql;
}

void bind_record(Query& query, const Filter& filter) {
  if (filter.map) query.bind(filter.map->value());
  if (filter.key) query.bind(filter.key->text());
}

}  // namespace

Result<std::vector<std::optional<Coupling>>> Reads::couplings(const std::vector<RecordRef>& records) {
  return guarded("reading couplings", [&] {
    std::vector<std::optional<Coupling>> out;
    out.reserve(records.size());
    Scope snapshot(connection_, Scope::Kind::read);
    Query query(connection_, coupling_by_key);
    for (const RecordRef& record : records) {
      query.again().bind(record.map.value()).bind(record.key.text());
      out.emplace_back(query.next() ? std::optional(coupling(connection_, query, record)) : std::nullopt);
    }
    return out;
  });
}

Result<std::vector<std::optional<CouplingHead>>> Reads::heads_by_endpoint_key(
    MapId map, Side side, const std::vector<std::string>& endpoint_keys) {
  return guarded("reading couplings by row key", [&] {
    std::vector<std::optional<CouplingHead>> out;
    out.reserve(endpoint_keys.size());
    Scope snapshot(connection_, Scope::Kind::read);
    Query query(connection_, side == Side::finops ? head_by_finops_key : head_by_dataverse_key);
    for (const std::string& key : endpoint_keys) {
      query.again().bind(map.value()).bind(key);
      out.emplace_back(query.next() ? std::optional(head(query)) : std::nullopt);
    }
    return out;
  });
}

Result<std::vector<std::optional<CouplingHead>>> Reads::heads_by_row_id(MapId map, Side side,
                                                                        const std::vector<std::string>& row_ids) {
  return guarded("reading couplings by row", [&] {
    std::vector<std::optional<CouplingHead>> out;
    out.reserve(row_ids.size());
    Scope snapshot(connection_, Scope::Kind::read);
    Query query(connection_, head_by_finops_row);
    for (const std::string& row_id : row_ids) {
      query.again().bind(map.value()).bind(row_id);
      const bool asked = side == Side::finops && !row_id.empty();
      out.emplace_back(asked && query.next() ? std::optional(head(query)) : std::nullopt);
    }
    return out;
  });
}

Result<std::vector<std::optional<CouplingHead>>> Reads::heads(MapId map, const std::vector<RecordKey>& keys) {
  return guarded("reading couplings", [&] {
    std::vector<std::optional<CouplingHead>> out;
    out.reserve(keys.size());
    Scope snapshot(connection_, Scope::Kind::read);
    Query query(connection_, head_by_key);
    for (const RecordKey& key : keys) {
      query.again().bind(map.value()).bind(key.text());
      out.emplace_back(query.next() ? std::optional(head(query)) : std::nullopt);
    }
    return out;
  });
}

Result<std::vector<CouplingHead>> Reads::heads_after(MapId map, const RecordKey& after, std::size_t limit) {
  return guarded("reading couplings in order", [&] {
    std::vector<CouplingHead> out;
    Query query(connection_, heads_in_order);
    query.bind(map.value()).bind(after.text()).bind(page_length(limit));
    while (query.next()) out.push_back(head(query));
    return out;
  });
}

Result<std::vector<PendingMark>> Reads::marks_after(MarkSeq after, std::size_t limit) {
  return guarded("reading marks", [&] {
    std::vector<PendingMark> out;
    Query query(connection_, marks_in_order);
    query.bind(after.value()).bind(page_length(limit));
    while (query.next()) {
      PendingMark& pending = out.emplace_back();
      pending.seq = MarkSeq(query.integer(0));
      Mark& mark = pending.mark;
      mark.map = MapId(static_cast<std::int32_t>(query.integer(1)));
      mark.side = word(connection_, query.view(2), Side::dataverse);
      mark.source = word(connection_, query.view(3), CaptureSource::choice);
      mark.key = RecordKey(query.text(4));
      mark.endpoint_key = query.text(5);
      mark.time = EditTime(query.instant(6), query.instant(7), word(connection_, query.view(8), TimeSource::none));
      mark.deleted = query.integer(9) != 0;
    }
    return out;
  });
}

Result<std::optional<std::string>> Reads::setting(const std::string& name) {
  return guarded("reading the setting " + name, [&] {
    Query query(connection_, "SELECT value FROM setting WHERE name = ?");
    query.bind(name);
    return query.next() ? std::optional(query.text(0)) : std::nullopt;
  });
}

Result<std::vector<JournalEntry>> Reads::journal(const Filter& filter) {
  return guarded("reading the journal", [&] {
    std::string sql(journal_columns);
    sql += record_condition(filter);
    if (filter.kind) sql += filter.key ? " AND +kind = ?" : " AND kind = ?";
    if (filter.before_id > 0) sql += " AND id < ?";
    sql += " ORDER BY id DESC LIMIT ?";

    Query query(connection_, sql);
    bind_record(query, filter);
    if (filter.kind) query.bind(to_string(*filter.kind));
    if (filter.before_id > 0) query.bind(filter.before_id);
    query.bind(page_length(filter.limit));
    std::vector<JournalEntry> out;
    while (query.next()) out.push_back(journal_entry(connection_, query));
    return out;
  });
}

Result<std::vector<DeadLetter>> Reads::dead_letters(const Filter& filter) {
  return guarded("reading dead letters", [&] {
    std::string sql(dead_letter_columns);
    sql += record_condition(filter);
    if (filter.state) sql += filter.key ? " AND +state = ?" : " AND state = ?";
    if (filter.error_class) sql += " AND error_class = ?";
    if (filter.before_id > 0) sql += " AND id < ?";
    sql += " ORDER BY id DESC LIMIT ?";

    Query query(connection_, sql);
    bind_record(query, filter);
    if (filter.state) query.bind(to_string(*filter.state));
    if (filter.error_class) query.bind(to_string(*filter.error_class));
    if (filter.before_id > 0) query.bind(filter.before_id);
    query.bind(page_length(filter.limit));
    std::vector<DeadLetter> out;
    while (query.next()) out.push_back(letter(connection_, query));
    return out;
  });
}

Result<std::optional<DeadLetter>> Reads::dead_letter(DeadLetterId id) {
  return guarded("reading dead letter " + std::to_string(id.value()), [&] {
    Query query(connection_, std::string(dead_letter_columns) + " AND id = ?");
    query.bind(id.value());
    return query.next() ? std::optional(letter(connection_, query)) : std::nullopt;
  });
}

}  // namespace dualwrite::store::sqlite
