#pragma once
// A bound on how many coroutines do something at once, where some are more urgent than others and the bound may change.
// One thread only.
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "dualwrite/async/task.hpp"

namespace dualwrite {

/// 0 is the most urgent.
inline constexpr std::size_t urgencies = 4;

class PriorityGate {
 public:
  /// Holds one place until it is destroyed.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& from) noexcept;
    Permit& operator=(Permit&& from) noexcept;
    ~Permit();

   private:
    friend class PriorityGate;
    explicit Permit(PriorityGate* owner) : owner_(owner) {}
    PriorityGate* owner_ = nullptr;
  };

  PriorityGate(Executor executor, std::size_t places);
  ~PriorityGate();
  PriorityGate(const PriorityGate&) = delete;
  PriorityGate& operator=(const PriorityGate&) = delete;

  /// Nothing if no place became free within `limit`. A free place goes to the most urgent, and among those to who has
  /// waited longest; but every eighth goes to who has waited longest of all, so that nobody starves. Cancellation
  /// throws operation_aborted.
  Task<std::optional<Permit>> acquire_within(std::size_t urgency, std::chrono::milliseconds limit);
  /// From now on. Those who are in stay in; at least 1.
  void set_places(std::size_t places);
  [[nodiscard]] std::size_t places() const noexcept;
  [[nodiscard]] std::size_t taken() const noexcept;

 private:
  void release();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dualwrite
