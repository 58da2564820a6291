#pragma once
// The system jobs of asynchronous steps: a row of asyncoperation for each call, from the commit that caused it until
// it succeeded, or for good where it failed (B4).
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "sandbox/dataverse/state.hpp"
#include "sandbox/dataverse/steps.hpp"

namespace dualwrite::sandbox::dataverse {

class Jobs {
 public:
  /// Jobs that have ended and still have their row; beyond that the oldest row goes, as clean-up jobs would have it.
  static constexpr std::size_t ended_max = 10000;

  /// `state` must outlive it.
  explicit Jobs(State& state) : state_(state) {}
  void enable() noexcept { is_enabled_ = true; }

  /// A job that waits: its id, 16 bytes; empty where no jobs are kept. The write that caused it is committed.
  std::string add(const Event& event, const Step& step);
  /// Nothing happens if the row has gone or the job has ended before.
  void ended(const Post& post, PostEnd end, const CallAnswer& answer);
  void failed(std::string_view job, const CallFailure& failure);
  /// The rows are others now.
  void forget() { is_stale_ = true; }

 private:
  void complete(std::string_view job, std::string_view status, const CallFailure& failure);
  [[nodiscard]] bool deletes_itself(const Row& row) const;
  void read_ended();
  void drop_oldest();
  State& state_;
  bool is_enabled_ = false;
  bool is_stale_ = false;
  std::deque<std::string> ended_;  ///< ids, the oldest first; a row may have been deleted meanwhile
};

}  // namespace dualwrite::sandbox::dataverse
