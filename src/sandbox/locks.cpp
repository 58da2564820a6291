#include "sandbox/locks.hpp"

namespace dualwrite::sandbox {

std::vector<std::string> locks_of_write(const Table& table, const std::string& key, const Row* before,
                                        const Row* after) {
  const TableSchema& schema = table.schema();
  const std::string name = std::to_string(schema.id);
  std::vector<std::string> resources{name + "/" + key};
  for (std::size_t i = 0; i < schema.keys.size(); ++i) {
    for (const Row* row : {before, after}) {
      if (row == nullptr) continue;
      const auto value = key_of(schema, schema.keys[i], *row, false);
      if (value) resources.push_back(name + "#" + std::to_string(i) + "/" + *value);
    }
  }
  return resources;
}

std::optional<Locks::Owner> Locks::other_holder(Owner self, const std::vector<std::string>& resources) const {
  for (const std::string& resource : resources) {
    const auto found = holders_.find(resource);
    if (found != holders_.end() && found->second != self) return found->second;
  }
  return std::nullopt;
}

void Locks::hold(Owner owner, const std::vector<std::string>& resources) {
  for (const std::string& resource : resources) {
    if (holders_.try_emplace(resource, owner).second) held_[owner].push_back(resource);
  }
}

void Locks::release(Owner owner) {
  const auto found = held_.find(owner);
  if (found == held_.end()) return;
  for (const std::string& resource : found->second) holders_.erase(resource);
  held_.erase(found);
  for (const auto& [waiter, waiting] : waiting_) {
    if (waiting.holder == owner) waiting.signal->notify();
  }
}

void Locks::waits(Owner owner, Owner holder, Signal& signal) {
  waiting_.insert_or_assign(owner, Waiting{holder, &signal});
}

bool Locks::is_deadlock(Owner owner, Owner holder) const {
  // Everybody waits for one other at most, so the way through them has no branches.
  for (std::size_t steps = 0; steps <= waiting_.size(); ++steps) {
    if (holder == owner) return true;
    const auto next = waiting_.find(holder);
    if (next == waiting_.end()) return false;
    holder = next->second.holder;
  }
  return false;
}

}  // namespace dualwrite::sandbox
