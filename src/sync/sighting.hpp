#pragma once
// What was read and not yet decided on. A deletion of a row that no coupling knows means nothing before all that was
// read earlier is decided on: the row may be among it. One thread.
#include <cstdint>
#include <memory>
#include <set>

namespace dualwrite::sync {

/// In the set, under the number of its read, as long as it lives; the set outlives it.
class OpenSighting {
 public:
  OpenSighting(std::multiset<std::uint64_t>& open, std::uint64_t read_number)
      : open_(open), at_(open.insert(read_number)) {}
  ~OpenSighting() { open_.erase(at_); }
  OpenSighting(const OpenSighting&) = delete;
  OpenSighting& operator=(const OpenSighting&) = delete;

 private:
  std::multiset<std::uint64_t>& open_;
  std::multiset<std::uint64_t>::iterator at_;
};

/// Shared by the rows of one read: the last one that is decided on ends it.
using Sighting = std::shared_ptr<const OpenSighting>;

}  // namespace dualwrite::sync
