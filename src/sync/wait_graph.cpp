#include "sync/wait_graph.hpp"

#include <unordered_set>

namespace dualwrite::sync {

namespace {

/// A longer search says no: then the record waits, as it would without the search.
constexpr std::size_t visited_max = 10'000;

}  // namespace

void WaitGraph::note(const RecordRef& child, const std::vector<RecordRef>& parents) {
  if (parents.empty()) {
    forget(child);
  } else {
    lacks_[child] = parents;
  }
}

bool WaitGraph::leads(const RecordRef& from, const RecordRef& to) const {
  std::vector<RecordRef> open{from};
  std::unordered_set<RecordRef> visited;
  while (!open.empty() && visited.size() < visited_max) {
    const RecordRef at = std::move(open.back());
    open.pop_back();
    if (at == to) return true;
    if (!visited.insert(at).second) continue;
    const auto found = lacks_.find(at);
    if (found != lacks_.end()) open.insert(open.end(), found->second.begin(), found->second.end());
  }
  return false;
}

}  // namespace dualwrite::sync
