#include "store/sqlite/counters.hpp"

namespace dualwrite::store::sqlite {
namespace {

void add_to(Counts& sum, const Counts& more) {
  sum.couplings += more.couplings;
  sum.marks += more.marks;
  sum.dead_letters_open += more.dead_letters_open;
  sum.conflicts += more.conflicts;
}

void count(Connection& connection, const char* sql, std::int64_t Counts::* member, std::int64_t sign,
           CountsDelta& into) {
  Query query(connection, sql);
  while (query.next()) into[MapId(static_cast<std::int32_t>(query.integer(0)))].*member += sign * query.integer(1);
}

}  // namespace

void Counters::rebuild(Connection& connection) {
  CountsDelta fresh;
  // All but the tombstones: both are counted in an index, the live ones could not be.
  count(connection, "SELECT map, count(*) FROM coupling GROUP BY map", &Counts::couplings, 1, fresh);
  count(connection, "SELECT map, count(*) FROM coupling WHERE live = 0 GROUP BY map", &Counts::couplings, -1, fresh);
  count(connection, "SELECT map, count(*) FROM mark GROUP BY map", &Counts::marks, 1, fresh);
  count(connection, "SELECT map, count(*) FROM dead_letter WHERE state = 'open' GROUP BY map",
        &Counts::dead_letters_open, 1, fresh);
  count(connection, "SELECT map, count(*) FROM journal WHERE kind = 'lost' GROUP BY map", &Counts::conflicts, 1, fresh);
  const std::lock_guard lock(mutex_);
  counts_ = std::move(fresh);
}

void Counters::add(const CountsDelta& delta) {
  const std::lock_guard lock(mutex_);
  for (const auto& [map, counts] : delta) add_to(counts_[map], counts);
}

Counts Counters::get(std::optional<MapId> map) const {
  const std::lock_guard lock(mutex_);
  Counts sum;
  for (const auto& [id, counts] : counts_) {
    if (!map || *map == id) add_to(sum, counts);
  }
  return sum;
}

}  // namespace dualwrite::store::sqlite
