#pragma once
// The names seen in one JSON object, to find duplicates. Made to be cleared and filled again for every row of a page:
// nothing is freed, and clearing costs nothing.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dualwrite::odata {

class NameSet {
 public:
  void clear() noexcept {
    ++round_;
    count_ = 0;
    names_.clear();
  }

  /// False if the name is there already.
  bool insert(std::string_view name) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    const std::size_t hash = std::hash<std::string_view>{}(name);
    std::size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].round == round_; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && name_of(slots_[at]) == name) return false;
    }
    slots_[at] = {round_, hash, names_.size(), name.size()};
    names_ += name;
    ++count_;
    return true;
  }

 private:
  struct Slot {
    std::uint64_t round = 0;  // in use only if it is the set's own round
    std::size_t hash = 0;
    std::size_t offset = 0;
    std::size_t length = 0;
  };

  [[nodiscard]] std::string_view name_of(const Slot& slot) const noexcept {
    return std::string_view(names_).substr(slot.offset, slot.length);
  }

  void grow() {
    std::vector<Slot> bigger(slots_.empty() ? 64 : slots_.size() * 2);
    for (const Slot& slot : slots_) {
      if (slot.round != round_) continue;
      std::size_t at = slot.hash & (bigger.size() - 1);
      while (bigger[at].round == round_) at = (at + 1) & (bigger.size() - 1);
      bigger[at] = slot;
    }
    slots_ = std::move(bigger);
  }

  std::vector<Slot> slots_;  // open addressing, at most half full, a power of two
  std::string names_;
  std::uint64_t round_ = 1;
  std::size_t count_ = 0;
};

}  // namespace dualwrite::odata
