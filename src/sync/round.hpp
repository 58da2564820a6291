#pragma once
// One round of a batch of records through their lanes: observe, decide, write, settle.
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/model/plan.hpp"
#include "sync/journal.hpp"
#include "sync/map_runtime.hpp"

namespace dualwrite::sync {

/// True if the record is ours already: rows of it are known, or writes to it are under way.
bool is_ours(const Coupling& coupling);

class Round {
 public:
  Round(MapRuntime& map, std::vector<std::pair<RecordKey, Dirt>> taken);
  ~Round();
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  /// Takes every record to its fate for this round and gives it back to the lanes. A failure of the store, or of a
  /// whole request, delays records; their marks stay.
  Task<void> run();

 private:
  enum class Fate : std::uint8_t {
    open,
    done,
    again,
    delayed,
    waits_for_parent,
    waits_for_proof,
    handed_over,  ///< its row belongs to another record, whose lane has taken its marks
    renamed       ///< the record goes on under `moved_to`, whose lane is claimed until this round ends
  };

  struct Sent {
    PlannedWrite write;
    IntentId intent;
    std::optional<Row> before;  ///< that side's shadow when it was decided
    std::vector<maps::Inquiry> inquiries;
    maps::Bindings bindings;  ///< answers to the inquiries
    bool partial = false;     ///< columns were left out that a further write has to bring
    bool unsent = false;      ///< it cannot be sent, and the reply says why
    endpoint::WriteReply reply;
  };

  struct Item {
    RecordKey key;
    Dirt dirt;
    bool stored = false;  ///< a coupling was in the store
    Coupling coupling;
    PerSide<Observation> seen;
    PerSide<bool> read{false, false};  ///< observed, as against taken from the shadow
    Plan plan;
    std::vector<Sent> sent;
    Fate fate = Fate::open;
    PerSide<std::optional<Letter>> letters;  ///< opened or closed by the transaction that is being built
    bool chosen = false;                     ///< the decision took up a person's choice
    bool refused = false;                    ///< a write of this round became a dead letter
    std::vector<RecordRef> parents;
    bool cut = false;                   ///< it is in a cycle, and is created without the lookup that closes it
    std::optional<Trouble> trouble;     ///< of a row that cannot be observed
    bool taken_in = false;              ///< the filter of some side takes in its row there
    std::optional<RecordKey> moved_to;  ///< the key that the row on `moved_on` has now
    Side moved_on = Side::finops;
    bool claimed = false;  ///< the lane of `moved_to` is, until this round ends
  };

  Task<bool> load();
  Task<void> observe();
  Task<void> observe_side(Side side);
  [[nodiscard]] bool names_another_row(const Item& item, Side side) const;
  bool take_known(Item& item, Side side);
  void take_read(Item& item, Side side, endpoint::RowRead read);
  void set_time(Item& item, Side side, const odata::Entity* entity);
  void cannot_observe(Item& item, Side side, store::DeadLetterClass error_class, const Error& error);

  /// Rows that belong to another record: it has been renamed. See rename.cpp.
  Task<void> find_kin();
  Task<void> find_kin(Side side);
  Task<void> confirm_moved(Side side, std::vector<std::pair<std::size_t, store::CouplingHead>> moved);
  void hand_over(Item& item, Side side, const store::CouplingHead& head);
  Task<void> judge_moves();
  void judge_move(Item& item, const std::optional<Coupling>& there);
  [[nodiscard]] bool lags_behind(const Item& item, Side side, const RecordKey& key) const;
  void key_trouble(Item& item, Side side, std::string error, std::string hint);
  void rename(Item& item, store::Transaction& transaction, Instant now);
  void give_to_new_key(Item& item);
  /// The dead letter of a record whose row on one side cannot be renamed.
  void tell_stuck(Item& item, store::Transaction& transaction, Instant now);

  /// New records that the other side may know under another key. See match.cpp.
  Task<void> match();
  Task<void> match_side(Side side);
  Task<std::vector<std::size_t>> match_by(Side side, const std::vector<std::size_t>& columns,
                                          std::vector<std::size_t> items);
  /// Has that record's lane look at both sides.
  void tell(const RecordKey& key);
  void take_match(Item& item, Side side, std::vector<Observation> found);
  [[nodiscard]] std::optional<Observation> matching(const Item& item, Side side,
                                                    const std::vector<std::size_t>& columns,
                                                    endpoint::RowRead& read) const;

  void plan_all();
  /// Deletions that are about to be sent wait, or hold the map, if they are too many.
  Task<void> guard_deletions();
  [[nodiscard]] bool guarded(const Item& item) const;
  Task<bool> decide();
  void take_up_choices(const std::vector<MarkSeq>& marks);
  void decide_item(Item& item, store::Transaction& transaction, Instant now);
  void close_letters(Item& item, store::Transaction& transaction, Instant now);
  void close_letter(Item& item, Side side, store::Transaction& transaction, Instant now);
  void note_letter(Item& item, Side side, Letter letter);
  /// Tells what waits for a person: a journal line for what is new, and the dead letter.
  void tell_held(Item& item, store::Transaction& transaction, Instant now);
  void put_held_letter(Item& item, store::Transaction& transaction, Instant now);
  /// What the map remembers of dead letters changes only when the store has them.
  void apply_letters();

  Task<void> write();
  Task<void> write_side(Side side);
  /// Finds the rows that Dataverse's lookups are to lead to, where their keys cannot stand in the write.
  Task<void> find_related();
  /// The rows that answer each question. An error of a question is its own; one that concerns all ends the asking.
  using Answer = Result<std::vector<std::string>>;
  Task<std::optional<Error>> ask(std::map<maps::Question, Answer>& questions);
  Task<std::optional<Error>> ask_some(std::vector<maps::Question> some, std::map<maps::Question, Answer>& questions);
  Task<void> settle();
  void settle_one(Item& item, Sent& sent, store::Transaction& transaction, Instant now);
  void settle_done(Item& item, Sent& sent, store::Transaction& transaction, Instant now);
  void refuse(Item& item, Sent& sent, store::Transaction& transaction, Instant now);
  /// What the writes lacked, and whether that waits for them in turn. See parents.cpp.
  Task<void> find_parents();
  struct Candidate {
    RecordRef parent;
    std::string navigation;
    Candidate(RecordRef p, std::string n) : parent(std::move(p)), navigation(std::move(n)) {}
  };
  [[nodiscard]] std::vector<Candidate> possible_parents(const Item& item, const Sent& sent) const;
  void cut_cycles();
  void leave_out(Item& item, const std::string& navigation);
  void give_back();
  [[nodiscard]] RecordRef ref(const Item& item) const { return {map_.id(), item.key}; }

  MapRuntime& map_;
  Services& services_;
  std::vector<Item> items_;
  std::vector<Sighting> sightings_;  ///< of what this round decides on
};

}  // namespace dualwrite::sync
