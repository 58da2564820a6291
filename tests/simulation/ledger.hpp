#pragma once
// What the people on both sides have written, and what became of it: the simulation's memory, which shares nothing with
// the engine. Values are unique unless a person retypes one, so a value tells whose edit it is.
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dualwrite/model/side.hpp"
#include "simulation/columns.hpp"
#include "simulation/terms.hpp"

namespace dualwrite::simulation {

/// Something that must never be: the oracle that says so, and what it saw.
struct Violation {
  std::string oracle;
  std::string what;
};

/// What the daemon says of itself when all is quiet, as far as judging needs it.
struct Settlement {
  std::set<std::string> uncoupled;  ///< accounts
  std::set<std::string> restored;   ///< accounts with a deletion that is journalled as lost
};

class Ledger {
 public:
  using Moment = std::chrono::milliseconds;  ///< true time, which nobody in the simulation can see
  struct Span {
    Moment first{};
    Moment last{};
  };

  Ledger(const Terms& terms, std::function<Moment()> now) : terms_(terms), now_(std::move(now)) {}

  // What people do.
  void wrote(Side side, const Place& place, const std::string& before, const std::string& value);
  void created(Side side, const std::string& account, const Cells& cells);
  /// `coupled`: the daemon knew the rows of both sides. Until then it cannot tell a deleted row from one never made.
  void removed(Side side, const std::string& account, const Cells& cells, bool coupled);

  /// What one request of the daemon changed on a side.
  void daemon_changed(Side side, const Image& before, const Image& after);
  /// A row of the daemon's was written again as it was.
  void daemon_wrote_nothing(Side side, const std::string& account);

  /// A value that the journal says has lost.
  void lost(const Place& place, const std::string& value, Side side);

  /// What a side's rows hold, and under which versions.
  void note_versions(Side side, const Image& image, const std::map<std::string, std::string>& etags);
  /// Somebody may not know whether a write took effect: a reply got lost, a process ended, a disk failed.
  void note_doubt() noexcept { ++doubts_; }
  /// An event did not come, or late: an earlier one's time may be taken for a later edit's.
  void note_missed_event() noexcept { ++missed_events_; }
  [[nodiscard]] std::int64_t missed_events() const noexcept { return missed_events_; }
  /// A clock was set by so much.
  void note_step(Moment by) noexcept { steps_ += by < Moment(0) ? -by : by; }

  /// Judges when all is quiet.
  void judge(const PerSide<Image>& last, const Settlement& settlement);

  // What was, for whoever judges the journal.
  /// Nothing if that side's people, or its plug-ins, never wrote the value there.
  [[nodiscard]] std::optional<Span> written(const Place& place, Side side, const std::string& value) const;
  /// When that side's row was last edited there, up to that moment: stamps and windows are of rows, not of columns.
  [[nodiscard]] std::optional<Moment> last_edit(const std::string& account, Side side, Moment until) const;
  [[nodiscard]] bool held(const Place& place, Side side, const std::string& value) const;
  [[nodiscard]] bool removed(const std::string& account, Side side) const;
  /// nullptr: no such version.
  [[nodiscard]] const Cells* version(Side side, const std::string& account, const std::string& etag) const;
  [[nodiscard]] std::int64_t doubts() const noexcept { return doubts_; }
  [[nodiscard]] Moment steps() const noexcept { return steps_; }

  [[nodiscard]] const std::vector<Violation>& violations() const noexcept { return violations_; }
  void violate(std::string oracle, std::string what);
  [[nodiscard]] std::int64_t edits() const noexcept { return edits_; }
  [[nodiscard]] std::int64_t daemon_writes() const noexcept { return daemon_writes_; }

 private:
  struct Origin {
    Side side = Side::finops;
    std::int64_t number = 0;
  };
  struct Record {
    bool removed_last = false;  ///< the last that a person did was to delete it, when the daemon knew both rows
    std::array<PerSide<bool>, columns> touched{};  ///< people of that side wrote the column, or the whole record
    PerSide<bool> gone{false, false};              ///< a person deleted the row there, and nobody has made one since
    PerSide<bool> removed{false, false};           ///< a person ever deleted a row there
  };

  void set(Side side, const Place& place, const std::string& value);
  void look_at(Side side, const Place& place, const std::string& before, const std::string& after);
  /// True if the side's plug-in made that value out of what was written; it then counts as an edit made there.
  bool altered_there(Side side, const Place& place, const std::string& after);
  void judge_alone(const std::string& account, Side side, const Settlement& settlement);
  void judge_pair(const std::string& account, const PerSide<Cells>& cells, const Settlement& settlement);
  [[nodiscard]] bool touched(const Place& place, Side side) const;

  const Terms& terms_;
  std::function<Moment()> now_;
  std::map<Place, std::set<std::string>> outstanding_;    ///< values that nobody has overwritten knowingly
  std::map<Place, PerSide<std::set<std::string>>> held_;  ///< every value that a side's cell has had
  std::map<Place, std::map<std::string, Origin>> origins_;
  std::map<Place, PerSide<std::int64_t>> newest_;  ///< the highest number of the other side's that was written there
  std::map<Place, std::map<std::string, PerSide<std::optional<Span>>>> spans_;
  PerSide<std::map<std::string, std::vector<Moment>>> edits_of_;           ///< by account
  PerSide<std::map<std::string, std::map<std::string, Cells>>> versions_;  ///< by account, by ETag
  std::map<Place, std::set<std::string>> logged_;
  std::map<std::string, Record> records_;
  std::vector<Violation> violations_;
  std::int64_t number_ = 0;
  std::int64_t edits_ = 0;
  std::int64_t daemon_writes_ = 0;
  std::int64_t doubts_ = 0;
  std::int64_t missed_events_ = 0;
  Moment steps_{0};
};

}  // namespace dualwrite::simulation
