#pragma once
// Whether the tasks of a link move. Each says so itself at every step; a watchdog asks why_stuck().
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "dualwrite/async/beat.hpp"

namespace dualwrite::sync {

/// One thread only. What add() returns lives as long as this does.
class Watch {
 public:
  /// A task that must move at least every `limit`. `inner` are the beats of what its steps go through page by page: a
  /// step that reads a million rows is long, and moves.
  Beat& add(std::string task, const Clock& clock, std::chrono::milliseconds limit, std::vector<const Beat*> inner);

  /// The first task beyond its limit; empty if there is none.
  [[nodiscard]] std::string why_stuck() const;
  /// The same for one task that moved `age` ago.
  static std::string why_stuck(const std::string& task, std::chrono::milliseconds age, std::chrono::milliseconds limit);

 private:
  struct Watched {
    Watched(std::string t, const Clock& clock, std::chrono::milliseconds l, std::vector<const Beat*> i)
        : task(std::move(t)), beat(clock), limit(l), inner(std::move(i)) {}

    std::string task;
    Beat beat;
    std::chrono::milliseconds limit;
    std::vector<const Beat*> inner;
  };

  std::deque<Watched> watched_;  // a deque, so that beats stay where they are
};

}  // namespace dualwrite::sync
