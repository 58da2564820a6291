#pragma once
// What the people on both sides have written, and what became of it: the simulation's memory, which shares nothing with
// the engine. Values are unique unless a person retypes one, so a value tells whose edit it is.
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dualwrite/model/side.hpp"
#include "simulation/chronicle.hpp"
#include "simulation/columns.hpp"
#include "simulation/edits.hpp"
#include "simulation/incidents.hpp"
#include "simulation/terms.hpp"

namespace dualwrite::simulation {

/// Something that must never be: the oracle that says so, and what it saw.
struct Violation {
  std::string oracle;
  std::string what;
};

/// What the daemon says of itself when all is quiet, as far as judging needs it.
struct Settlement {
  struct LostDeletion {
    Side deleter = Side::finops;
    Moment until{};  ///< when it was decided on, at the latest
  };
  std::set<std::string> uncoupled;                          ///< accounts
  std::set<std::string> chosen;                             ///< accounts of which a person chose something
  std::multimap<std::string, LostDeletion> lost_deletions;  ///< by account: those that are journalled as lost
};

/// What the journal says has lost.
struct LostValue {
  Place place;
  Side side = Side::finops;
  std::string value;
  Moment until{};         ///< when it was decided on, at the latest
  bool in_doubt = false;  ///< it may have been our own write
};

class Ledger {
 public:
  struct Span {
    Moment first{};
    Moment last{};
  };

  Ledger(const Terms& terms, std::function<Moment()> now) : terms_(terms), now_(std::move(now)), history_(terms) {}

  [[nodiscard]] Moment now() const { return now_(); }

  // What people do.
  void wrote(Side side, const Place& place, const std::string& before, const std::string& value);
  void created(Side side, const std::string& account, const Cells& cells);
  /// `coupled`: the daemon knew these rows of both sides. Until then it cannot tell a deleted row from one never made.
  void removed(Side side, const std::string& account, const Cells& cells, bool coupled);

  /// What one request of the daemon, sent at that moment, changed on a side. `there` is what the other side holds.
  void daemon_changed(Side side, const Image& before, const Image& after, Moment sent, const Image& there);
  /// A row of the daemon's was written again as it was.
  void daemon_wrote_nothing(Side side, const std::string& account);

  void lost(const LostValue& value);

  /// What a side's rows hold, and under which versions.
  void note_versions(Side side, const Image& image, const std::map<std::string, std::string>& etags, Author author);
  /// The daemon has stored that it saw this version.
  void note_known(Side side, const std::string& account, const std::string& etag);
  /// The daemon may not know whether a write of that record's, sent then, took effect: a reply got lost, a process
  /// ended, a disk failed.
  void note_doubt(Side side, const std::string& account, Moment sent) { doubts_.note(side, account, sent); }
  /// An event of that record's did not come, or late: an earlier one's time may be taken for a later edit's.
  void note_missed_event(Side side, const std::string& account) { missed_events_.note(side, account, now_()); }
  /// A clock was set by so much.
  void note_step(Moment by, bool daemons);

  /// Judges when all is quiet.
  void judge(const PerSide<Image>& last, const Settlement& settlement);

  // What was, for whoever judges the journal.
  /// Nothing if that side's people, or its plug-ins, never wrote the value there.
  [[nodiscard]] std::optional<Span> written(const Place& place, Side side, const std::string& value) const;
  /// When that side's row was last edited there, up to that moment: stamps and windows are of rows, not of columns.
  [[nodiscard]] std::optional<Moment> last_edit(const std::string& account, Side side, Moment until) const;
  [[nodiscard]] bool removed(const std::string& account, Side side) const;
  [[nodiscard]] const Chronicle& chronicle() const noexcept { return chronicle_; }
  [[nodiscard]] const Edits& history() const noexcept { return history_; }
  /// True if a write of that record's was in doubt within the lifetime of a request before that moment.
  [[nodiscard]] bool doubted(const std::string& account, Moment until) const;
  [[nodiscard]] bool missed_event(Side side, const std::string& account, Moment since, Moment until) const {
    return missed_events_.any(side, account, since, until);
  }
  /// By how much clocks were set in all, and the daemon's own among them.
  [[nodiscard]] Moment steps() const noexcept { return steps_; }
  [[nodiscard]] Moment own_steps() const noexcept { return own_steps_; }

  [[nodiscard]] const std::vector<Violation>& violations() const noexcept { return violations_; }
  void violate(std::string oracle, std::string what);
  [[nodiscard]] std::int64_t edits() const noexcept { return edits_; }
  [[nodiscard]] std::int64_t daemon_writes() const noexcept { return daemon_writes_; }

 private:
  struct Origin {
    Side side = Side::finops;
    Number number = 0;
  };
  struct Record {
    bool removed_last = false;  ///< the last that a person did was to delete it, when the daemon knew both rows
    std::array<PerSide<bool>, columns> touched{};  ///< people of that side wrote the column, or the whole record
    PerSide<bool> gone{false, false};              ///< a person deleted the row there, and nobody has made one since
    PerSide<bool> removed{false, false};           ///< a person ever deleted a row there
    Moment removed_at{};                           ///< last
    Side removed_by = Side::finops;                ///< last
  };

  void set(Side side, const Place& place, const std::string& value);
  /// True if the daemon may have seen that value last, or wrote it itself: then nothing tells the edit from none.
  [[nodiscard]] bool is_hidden(Side side, const Place& place, const std::string& value) const;
  /// Somebody replaces what stands there, and with it whatever the side's plug-in made it of.
  void overwrite(Side side, const Place& place, const std::string& known);
  void look_at(Side side, const Place& place, const std::string& before, const std::string& after);
  /// True if the side's plug-in made that value out of what was written; it then counts as an edit made there.
  bool altered_there(Side side, const Place& place, const std::string& after);
  void judge_alone(const std::string& account, Side side, const Settlement& settlement);
  void judge_pair(const std::string& account, const PerSide<Cells>& cells, const Settlement& settlement);
  void judge_groups(const std::string& account, const Cells& cells, const Settlement& settlement);
  void judge_values(const PerSide<Image>& last);
  [[nodiscard]] bool touched(const Place& place, Side side) const;
  /// True if nobody on the other side had edited the column, or its group, without knowing of what has lost.
  [[nodiscard]] bool needless(const LostValue& value) const;
  [[nodiscard]] bool altered_in_group(std::size_t column) const;
  [[nodiscard]] const Edit* last_typed(const Place& place, const std::string& value) const;

  const Terms& terms_;
  std::function<Moment()> now_;
  std::map<Place, std::set<std::string>> outstanding_;  ///< values that nobody has overwritten knowingly
  std::map<Place, std::map<std::string, Origin>> origins_;
  std::map<Place, PerSide<Number>> newest_;  ///< the highest number of the other side's that was written there
  std::map<Place, std::map<std::string, PerSide<std::optional<Span>>>> spans_;
  PerSide<std::map<std::string, std::vector<Moment>>> edits_of_;  ///< by account
  PerSide<std::map<std::string, Number>> known_from_;             ///< by account: of the version last known
  Chronicle chronicle_;
  Edits history_;
  Incidents doubts_;
  Incidents missed_events_;
  std::map<Place, std::set<std::string>> logged_;
  std::map<std::string, Record> records_;
  std::vector<Violation> violations_;
  Number number_ = 0;
  std::int64_t edits_ = 0;
  std::int64_t daemon_writes_ = 0;
  Moment steps_{0};
  Moment own_steps_{0};
};

}  // namespace dualwrite::simulation
