#pragma once
// Which records cannot be written because rows that they refer to are not there yet. Two records may wait for each
// other, directly or by way of others: then one of them has to be written without its reference first.
#include <unordered_map>
#include <vector>

#include "dualwrite/model/record.hpp"

namespace dualwrite::sync {

/// Holds at most one entry for each record that waits. One thread.
class WaitGraph {
 public:
  /// What the record lacks now; nothing: it waits no more.
  void note(const RecordRef& child, const std::vector<RecordRef>& parents);
  void forget(const RecordRef& child) { lacks_.erase(child); }
  /// True if `from` is `to`, or waits for it, over any number of others.
  [[nodiscard]] bool leads(const RecordRef& from, const RecordRef& to) const;
  [[nodiscard]] std::size_t size() const noexcept { return lacks_.size(); }

 private:
  std::unordered_map<RecordRef, std::vector<RecordRef>> lacks_;
};

}  // namespace dualwrite::sync
