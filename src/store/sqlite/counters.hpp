#pragma once
// The numbers of Counts per map, in memory: counting a million rows takes a quarter of a second, and status is asked
// often.
#include <map>
#include <mutex>
#include <optional>

#include "dualwrite/model/record.hpp"
#include "dualwrite/store/store.hpp"
#include "store/sqlite/connection.hpp"

namespace dualwrite::store::sqlite {

/// Changes of the counts, by map; kept apart until the transaction is committed.
using CountsDelta = std::map<MapId, Counts>;

/// Any thread.
class Counters {
 public:
  /// Counts what the file holds: about half a second for a million couplings.
  void rebuild(Connection& connection);
  void add(const CountsDelta& delta);
  /// Of one map, or of all.
  [[nodiscard]] Counts get(std::optional<MapId> map) const;

 private:
  mutable std::mutex mutex_;
  CountsDelta counts_;
};

}  // namespace dualwrite::store::sqlite
