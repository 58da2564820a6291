#pragma once
// The state seam. No SQL and no SQLite type gets out of it.
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/model/change.hpp"
#include "dualwrite/model/coupling.hpp"
#include "dualwrite/store/records.hpp"

namespace dualwrite::store {

/// Things to do in one transaction, in order.
class Transaction {
 public:
  struct PutCoupling {
    Coupling coupling;
  };
  struct ForgetCoupling {
    RecordRef record;
  };
  struct AddMark {
    Mark mark;
  };
  struct DropMarks {
    std::vector<MarkSeq> marks;
  };
  struct AddJournal {
    JournalEntry entry;
  };
  struct PutDeadLetter {
    DeadLetter letter;
  };
  /// Closes the open dead letter of that record and side, if there is one.
  struct CloseDeadLetter {
    RecordRef record;
    Side side;
    DeadLetterState state;
    std::string closed_by;
    Instant at;
  };
  struct PutSetting {
    std::string name;
    std::string value;
  };  ///< checkpoints, map states, small facts
  /// Removes tombstones of a map from before a time, the oldest first, at most so many. Those of uncoupled records
  /// stay.
  struct ExpireTombstones {
    MapId map;
    Instant before;
    std::size_t limit;
  };
  using Step = std::variant<PutCoupling, ForgetCoupling, AddMark, DropMarks, AddJournal, PutDeadLetter, CloseDeadLetter,
                            PutSetting, ExpireTombstones>;

  void put(Coupling coupling) { steps_.emplace_back(PutCoupling{std::move(coupling)}); }
  void forget(RecordRef record) { steps_.emplace_back(ForgetCoupling{std::move(record)}); }
  void mark(Mark mark) { steps_.emplace_back(AddMark{std::move(mark)}); }
  void drop(std::vector<MarkSeq> marks) {
    if (!marks.empty()) steps_.emplace_back(DropMarks{std::move(marks)});
  }
  void journal(JournalEntry entry) { steps_.emplace_back(AddJournal{std::move(entry)}); }
  void dead_letter(DeadLetter letter) { steps_.emplace_back(PutDeadLetter{std::move(letter)}); }
  void close_dead_letter(RecordRef record, Side side, DeadLetterState state, std::string by, Instant at) {
    steps_.emplace_back(CloseDeadLetter{std::move(record), side, state, std::move(by), at});
  }
  void setting(std::string name, std::string value) {
    steps_.emplace_back(PutSetting{std::move(name), std::move(value)});
  }

  void expire_tombstones(MapId map, Instant before, std::size_t limit) {
    steps_.emplace_back(ExpireTombstones{map, before, limit});
  }

  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  [[nodiscard]] bool empty() const noexcept { return steps_.empty(); }

 private:
  std::vector<Step> steps_;
};

/// What a commit gave numbers to, in the order of the steps.
struct Committed {
  std::vector<MarkSeq> marks;
  std::size_t expired = 0;  ///< tombstones that were removed
};

struct PendingMark {
  MarkSeq seq;
  Mark mark;
};

/// A coupling's key and tokens, for a scan.
struct CouplingHead {
  RecordKey key;
  PerSide<std::string> endpoint_keys;
  PerSide<Token> tokens;
  PerSide<bool> present;  ///< a row is known on that side
};

struct Counts {
  std::int64_t couplings = 0;  ///< live ones, without tombstones
  std::int64_t marks = 0;
  std::int64_t dead_letters_open = 0;
  std::int64_t conflicts = 0;
};

/// Durable state. Calls come from the engine's executor; a commit returns after fsync. All failures are Errc::storage,
/// with the file's name and what SQLite said; after one, nothing of that transaction is stored.
class Store {
 public:
  virtual ~Store() = default;

  /// The map's number, made on first sight.
  virtual Task<Result<MapId>> map_id(std::string name) = 0;
  /// Commits all steps or none. Transactions that are handed in while another one is being written share its fsync.
  virtual Task<Result<Committed>> commit(Transaction transaction) = 0;

  /// One per key, in the order of the keys; nothing where there is none.
  virtual Task<Result<std::vector<std::optional<Coupling>>>> couplings(std::vector<RecordRef> records) = 0;
  /// By the row's key on one side (GUID on the Dataverse side); nothing where there is none.
  virtual Task<Result<std::vector<std::optional<CouplingHead>>>> heads_by_endpoint_key(
      MapId map, Side side, std::vector<std::string> endpoint_keys) = 0;
  /// By what stays of a row when its key changes (SideState::row_id), among live couplings that know a row there.
  virtual Task<Result<std::vector<std::optional<CouplingHead>>>> heads_by_row_id(MapId map, Side side,
                                                                                 std::vector<std::string> row_ids) = 0;
  virtual Task<Result<std::vector<std::optional<CouplingHead>>>> heads(MapId map, std::vector<RecordKey> keys) = 0;
  /// The next couplings of a map in key order, live ones only.
  virtual Task<Result<std::vector<CouplingHead>>> heads_after(MapId map, RecordKey after, std::size_t limit) = 0;

  /// Marks that were never settled, in order, after a number.
  virtual Task<Result<std::vector<PendingMark>>> marks_after(MarkSeq after, std::size_t limit) = 0;
  virtual Task<Result<std::optional<std::string>>> setting(std::string name) = 0;

  virtual Task<Result<std::vector<JournalEntry>>> journal(Filter filter) = 0;
  virtual Task<Result<std::vector<DeadLetter>>> dead_letters(Filter filter) = 0;
  virtual Task<Result<std::optional<DeadLetter>>> dead_letter(DeadLetterId id) = 0;
  virtual Task<Result<Counts>> counts(std::optional<MapId> map) = 0;

  /// Returns when whatever works behind this store has taken up a piece of work handed over now: proof that it is not
  /// stuck. Says nothing of whether a commit would succeed.
  virtual Task<void> answered() = 0;
};

}  // namespace dualwrite::store
