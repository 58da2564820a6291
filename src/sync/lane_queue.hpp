#pragma once
// The lanes of one map, in memory: which records are dirty, which are being worked on, which wait and for what. The
// durable truth is the store's mark log; this is its fold, rebuilt from it at start. One thread.
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dualwrite/model/change.hpp"
#include "sync/sighting.hpp"

namespace dualwrite::sync {

/// A row that was read together with a change, and the number of the read. A read that was sent before the record was
/// last decided on or written proves nothing any more.
struct SeenRow {
  Observation row;
  std::uint64_t read_number = 0;
  bool taken_in = true;  ///< the map's filter takes the row in
  Sighting sighting;
};

/// What is known of a dirty record: the fold of its marks.
/// An F&O record that a Dataverse row was found to be, in the version that was found.
struct Told {
  RecordKey key;
  Token token;
  Told(RecordKey k, Token t) : key(std::move(k)), token(std::move(t)) {}
};

struct Dirt {
  std::vector<MarkSeq> marks;  ///< those known when the record was taken
  PerSide<bool> dirty{false, false};
  PerSide<bool> deleted{false, false};
  PerSide<EditTime> time;
  PerSide<std::optional<SeenRow>> seen;
  /// Two marks named two different Dataverse rows: which of them holds the key is for a read by key to find out.
  bool ask_by_key = false;
  std::string dataverse_key;   ///< the row's GUID, where a mark told it
  std::string finops_key;      ///< where the record's row is now, which has been renamed there
  bool read_both = false;      ///< replay, repair and a person's choice trust nothing that is stored
  std::optional<Side> choice;  ///< the side that a person chose, for what is held
  bool initial = false;        ///< part of an initial sync
  bool captured = false;       ///< some mark came from outside, so that finding nothing to do means an echo
  /// Whose lane was told of this row, and is not told again while neither of the two rows changes: see match.cpp.
  std::optional<Told> told;
  /// Lookups without which the row is created, because what they refer to waits for this very record: column numbers.
  std::vector<std::size_t> left_out;
  int parent_rounds = 0;      ///< of these, how often a row that it refers to was not there
  int answered_failures = 0;  ///< of these, how often the service answered without an outcome that counts
  int attempts = 0;           ///< rounds without an end so far

  void fold(MarkSeq seq, const Mark& mark, std::optional<SeenRow> row);
  void merge(Dirt&& later);
  [[nodiscard]] bool deletion() const noexcept { return deleted[Side::finops] || deleted[Side::dataverse]; }

 private:
  void learn_key(std::string key);
  void learn_time(Side side, const EditTime& other);
};

class LaneQueue {
 public:
  enum class Wait : std::uint8_t { ready, delayed, parent, proof };

  /// Adds a mark. The record becomes ready unless it is being worked on or waits for a parent.
  void add(const RecordKey& key, MarkSeq seq, const Mark& mark, std::optional<SeenRow> row);

  /// The same for marks that were folded elsewhere.
  void adopt(const RecordKey& key, Dirt dirt);

  /// Takes up to `max` ready records; each is then being worked on until one of the calls below. `now` is steady time.
  std::vector<std::pair<RecordKey, Dirt>> take(std::size_t max, std::chrono::milliseconds now);

  /// The record came to an end: its taken marks are settled. What was marked meanwhile makes it ready again.
  void done(const RecordKey& key);
  /// Takes a record that nobody works on as done() will give it back, without its dirt: another record is about to
  /// become it. False if somebody works on it.
  bool claim(const RecordKey& key);
  void unclaim(const RecordKey& key);
  /// The record's round has no end yet: its dirt comes back, and it is ready at `at` (steady time).
  void again(const RecordKey& key, Dirt dirt, std::chrono::milliseconds at);
  /// It waits for a row of another map. A later mark of its own does not release it; the parent, or `at`, does.
  void park_on_parent(const RecordKey& key, Dirt dirt, const std::vector<RecordRef>& parents,
                      std::chrono::milliseconds at);
  /// It waits for proof that a row was deleted: the next mark releases it, or `at`.
  void park_for_proof(const RecordKey& key, Dirt dirt, std::chrono::milliseconds at);
  /// Records that wait for proof of a deletion are looked at again: rows that were out of sight have come back.
  void release_proofs();
  /// A record of another map has arrived.
  void release(const RecordRef& parent);

  /// True if the record waits, marked on that side and without a row read there: one more mark would tell nothing new.
  /// `delayed` says whether a record that keeps its distance from a service in trouble counts as waiting.
  [[nodiscard]] bool is_waiting(const RecordKey& key, Side side, bool delayed) const;
  [[nodiscard]] bool contains(const RecordKey& key) const { return lanes_.contains(key); }
  [[nodiscard]] std::size_t size() const noexcept { return lanes_.size(); }
  [[nodiscard]] std::size_t parked() const noexcept { return parked_; }
  [[nodiscard]] std::size_t initial() const noexcept { return initial_; }
  /// Of these, those that are parked.
  [[nodiscard]] std::size_t initial_parked() const noexcept { return initial_parked_; }
  /// How many records are marked as deleted on a side: those being worked on included, those that wait for proof not.
  [[nodiscard]] std::size_t deletions() const noexcept { return deletions_; }
  [[nodiscard]] bool is_deletion(const RecordKey& key) const;
  [[nodiscard]] std::vector<RecordKey> marked_deleted() const;
  [[nodiscard]] bool has_ready() const noexcept { return !ready_.empty(); }
  /// When the next delayed record becomes ready; nothing if none is delayed.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_due() const;

 private:
  struct Lane {
    Dirt dirt;
    bool busy = false;
    bool remarked = false;        ///< while busy
    bool queued = false;          ///< in ready_
    bool deletion = false;        ///< counted as marked as deleted, here or in the dirt that a worker has taken
    bool initial_parked = false;  ///< counted as such
    Wait wait = Wait::ready;
    std::chrono::milliseconds due{};
    std::vector<RecordRef> parents;
  };
  void make_ready(const RecordKey& key, Lane& lane);
  void marked(const RecordKey& key, Lane& lane, bool was_initial);
  void stop_waiting(const RecordKey& key, Lane& lane);
  void wait(const RecordKey& key, Lane& lane, Wait kind, std::chrono::milliseconds at);
  void count_deletion(Lane& lane, bool deletion);
  void count_initial_parked(Lane& lane, bool parked);
  Lane& give_back(const RecordKey& key, Dirt dirt);

  std::unordered_map<RecordKey, Lane> lanes_;
  std::deque<RecordKey> ready_;
  std::multimap<std::chrono::milliseconds, RecordKey> due_;
  std::unordered_multimap<RecordRef, RecordKey> children_;
  std::size_t parked_ = 0;
  std::size_t initial_ = 0;
  std::size_t initial_parked_ = 0;
  std::size_t deletions_ = 0;
};

}  // namespace dualwrite::sync
