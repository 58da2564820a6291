#pragma once
// A generated story of one record: edits on both sides and rounds of the daemon whose writes may meet any fate. Played
// over the real planner and settle code, with several columns, all rules and directions, blanks and few values.
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"

namespace dualwrite::plan::testing {

/// What becomes of a write, if its guard holds.
enum class Fate : std::uint8_t { answered, answered_without_row, reply_lost, request_lost };

/// Values that stories type; number 0 is blank.
constexpr std::uint8_t story_values = 4;

struct Step {
  enum class Kind : std::uint8_t { edit, remove, create, round };
  Kind kind = Kind::edit;
  Side side = Side::finops;
  std::size_t column = 0;           ///< modulo the columns besides the key
  std::vector<std::uint8_t> typed;  ///< values by number, the first for an edit
  PerSide<Fate> fates{Fate::answered, Fate::answered};
};

struct Story {
  Policy policy;  ///< its first column is the key
  std::int64_t grain = 0;
  std::optional<Side> master;
  std::vector<Step> steps;
  bool counts_turns = false;  ///< the fixed-point guard is at work: a column that is typed to and fro may be held
};

std::ostream& operator<<(std::ostream& out, const Step& step);
std::ostream& operator<<(std::ostream& out, const Story& story);

/// The same story with the sides' parts exchanged.
Policy mirrored(Policy policy);
Story mirrored(Story story);

/// The record while a story is played.
class Stage {
 public:
  explicit Stage(const Story& story) : story_(story) {}

  /// All of it.
  void play();
  void play(const Step& step);
  /// What a round would plan now.
  [[nodiscard]] Plan plan() const;
  /// Rounds without mishaps until one plans nothing; how many wrote. More than `rounds_max`: it did not come to rest.
  int settle();
  static constexpr int rounds_max = 10;

  [[nodiscard]] const std::optional<Row>& row(Side side) const { return services_[side].row; }
  [[nodiscard]] const Coupling& coupling() const { return coupling_; }
  [[nodiscard]] PerSide<Observation> look() const;

 private:
  struct Service {
    std::optional<Row> row;
    int version = 0;
    std::int64_t stamp = 0;
  };

  bool round(const PerSide<Fate>& fates);
  bool land(const PlannedWrite& write);
  void touch(Side side);

  Story story_;
  PerSide<Service> services_;
  Coupling coupling_;
  std::int64_t time_ = 0;
  std::int64_t intents_ = 0;
};

}  // namespace dualwrite::plan::testing
