#pragma once
// Every read of the store, on one connection. Used by one thread at a time.
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/store/store.hpp"
#include "store/sqlite/connection.hpp"

namespace dualwrite::store::sqlite {

/// What these return and in which order: Store, which has the same functions. A read of many keys sees one state.
class Reads {
 public:
  explicit Reads(Connection& connection) : connection_(connection) {}

  Result<std::vector<std::optional<Coupling>>> couplings(const std::vector<RecordRef>& records);
  Result<std::vector<std::optional<CouplingHead>>> heads_by_endpoint_key(MapId map, Side side,
                                                                         const std::vector<std::string>& endpoint_keys);
  Result<std::vector<std::optional<CouplingHead>>> heads_by_row_id(MapId map, Side side,
                                                                   const std::vector<std::string>& row_ids);
  Result<std::vector<std::optional<CouplingHead>>> heads(MapId map, const std::vector<RecordKey>& keys);
  Result<std::vector<CouplingHead>> heads_after(MapId map, const RecordKey& after, std::size_t limit);
  Result<std::vector<PendingMark>> marks_after(MarkSeq after, std::size_t limit);
  Result<std::optional<std::string>> setting(const std::string& name);
  Result<std::vector<JournalEntry>> journal(const Filter& filter);
  Result<std::vector<DeadLetter>> dead_letters(const Filter& filter);
  Result<std::optional<DeadLetter>> dead_letter(DeadLetterId id);

 private:
  Connection& connection_;
};

}  // namespace dualwrite::store::sqlite
