#pragma once
// The state file in the simulation's own thread: the product's Database on a MemoryVfs, with other coroutines let in
// before and after every call, as the threaded store would.
#include <functional>
#include <memory>

#include "dualwrite/store/store.hpp"
#include "simulation/dice.hpp"
#include "store/sqlite/database.hpp"

namespace dualwrite::simulation {

class InlineStore final : public store::Store {
 public:
  /// `dead` says whether the process has ended: then nothing is read or written any more.
  InlineStore(std::unique_ptr<store::sqlite::Database> database, Dice& dice, std::function<bool()> dead);

  Task<Result<MapId>> map_id(std::string name) override;
  Task<Result<store::Committed>> commit(store::Transaction transaction) override;
  Task<Result<std::vector<std::optional<Coupling>>>> couplings(std::vector<RecordRef> records) override;
  Task<Result<std::vector<std::optional<store::CouplingHead>>>> heads_by_endpoint_key(
      MapId map, Side side, std::vector<std::string> endpoint_keys) override;
  Task<Result<std::vector<std::optional<store::CouplingHead>>>> heads_by_row_id(
      MapId map, Side side, std::vector<std::string> row_ids) override;
  Task<Result<std::vector<std::optional<store::CouplingHead>>>> heads(MapId map, std::vector<RecordKey> keys) override;
  Task<Result<std::vector<store::CouplingHead>>> heads_after(MapId map, RecordKey after, std::size_t limit) override;
  Task<Result<std::vector<store::PendingMark>>> marks_after(MarkSeq after, std::size_t limit) override;
  Task<Result<std::optional<std::string>>> setting(std::string name) override;
  Task<Result<std::vector<store::JournalEntry>>> journal(store::Filter filter) override;
  Task<Result<std::vector<store::DeadLetter>>> dead_letters(store::Filter filter) override;
  Task<Result<std::optional<store::DeadLetter>>> dead_letter(store::DeadLetterId id) override;
  Task<Result<store::Counts>> counts(std::optional<MapId> map) override;
  Task<void> answered() override;

  /// What is stored at this moment, for whoever looks from outside.
  [[nodiscard]] store::sqlite::Database& database() noexcept { return *database_; }

 private:
  template <class T, class Work>
  Task<Result<T>> run(Work work);
  Task<void> let_others_run();

  std::unique_ptr<store::sqlite::Database> database_;
  Dice& dice_;
  std::function<bool()> dead_;
};

}  // namespace dualwrite::simulation
