#pragma once
// A bound on how many coroutines do something at once, first come first served. One thread only.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "dualwrite/async/task.hpp"

namespace dualwrite {

class Semaphore {
 public:
  /// Holds one place until it is destroyed.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& from) noexcept;
    Permit& operator=(Permit&& from) noexcept;
    ~Permit();

   private:
    friend class Semaphore;
    explicit Permit(Semaphore* owner) : owner_(owner) {}
    Semaphore* owner_ = nullptr;
  };

  Semaphore(Executor executor, std::size_t places);
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// Cancellation throws operation_aborted.
  Task<Permit> acquire();
  /// Nothing if no place became free within `limit`.
  Task<std::optional<Permit>> acquire_within(std::chrono::milliseconds limit);
  [[nodiscard]] std::size_t free_places() const noexcept;

 private:
  void release();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dualwrite
