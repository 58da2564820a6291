#pragma once
// Row locks of transactions that wait for something, and who waits for whom. One thread, like everything here.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/async/signal.hpp"
#include "sandbox/schema.hpp"
#include "sandbox/table.hpp"

namespace dualwrite::sandbox {

/// What one write needs for itself: the row, and the values of its alternate keys before and after.
std::vector<std::string> locks_of_write(const Table& table, const std::string& key, const Row* before,
                                        const Row* after);

/// A transaction that never waits holds no locks: it is over before anybody else can look. Those that do wait keep what
/// they wrote until they end.
class Locks {
 public:
  using Owner = std::uint64_t;

  [[nodiscard]] Owner new_owner() noexcept { return ++last_owner_; }
  [[nodiscard]] bool empty() const noexcept { return holders_.empty(); }
  /// Somebody else who holds one of them.
  [[nodiscard]] std::optional<Owner> other_holder(Owner self, const std::vector<std::string>& resources) const;
  void hold(Owner owner, const std::vector<std::string>& resources);
  /// Gives up all that it holds, and wakes those who wait for it.
  void release(Owner owner);

  /// `signal` is notified when the holder gives up its locks. It must live until waits_no_more().
  void waits(Owner owner, Owner holder, Signal& signal);
  void waits_no_more(Owner owner) { waiting_.erase(owner); }
  /// Whether `holder` waits, perhaps through others, for `owner`.
  [[nodiscard]] bool is_deadlock(Owner owner, Owner holder) const;
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] std::size_t held() const noexcept { return holders_.size(); }

 private:
  struct Waiting {
    Owner holder = 0;
    Signal* signal = nullptr;
  };
  Owner last_owner_ = 0;
  TextMap<Owner> holders_;
  std::map<Owner, std::vector<std::string>> held_;
  std::map<Owner, Waiting> waiting_;
};

}  // namespace dualwrite::sandbox
