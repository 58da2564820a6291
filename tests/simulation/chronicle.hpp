#pragma once
// What each side's rows held, version after version, in the order in which it came about.
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/model/side.hpp"
#include "simulation/columns.hpp"

namespace dualwrite::simulation {

using Moment = std::chrono::milliseconds;  ///< true time, which nobody in the simulation can see
/// Counts all that happens to rows: of two things that happen within one moment, one has the higher number.
using Number = std::int64_t;
constexpr Number never = std::numeric_limits<Number>::max();

enum class Author : std::uint8_t { person, daemon };

class Chronicle {
 public:
  struct Version {
    Number from = 0;
    Number until = never;  ///< another version took its place, or the row went
    Moment at{};
    bool row_ended = false;  ///< with `until`: the row went
    Author author = Author::person;
    std::string etag;
    Cells cells;
  };

  /// All that the side holds now, after something has happened there.
  void note(Side side, const Image& image, const std::map<std::string, std::string>& etags, Author author,
            Number number, Moment now);

  /// The last one of that name; nullptr: no such version.
  [[nodiscard]] const Version* version(Side side, const std::string& account, const std::string& etag) const;
  /// True if the row that stands there now ever had that version.
  [[nodiscard]] bool stands(Side side, const std::string& account, const std::string& etag) const;
  /// True if the cell held the value at any time from `since` on, and before `until` began.
  [[nodiscard]] bool held(const Place& place, Side side, const std::string& value, Number since = 0,
                          Number until = never) const;
  /// The row as it was last.
  [[nodiscard]] const Version* last(Side side, const std::string& account) const;

 private:
  using Versions = std::vector<Version>;
  [[nodiscard]] const Versions& of(Side side, const std::string& account) const;

  PerSide<std::map<std::string, Versions>> rows_;  ///< by account
};

}  // namespace dualwrite::simulation
