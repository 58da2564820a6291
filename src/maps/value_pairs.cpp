#include <numeric>

#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

void unite(std::vector<ValuePair>& pairs) {
  std::vector<std::size_t> family(pairs.size());
  std::iota(family.begin(), family.end(), 0);
  const auto join = [&family](std::size_t a, std::size_t b) {
    const std::size_t from = family[b];
    const std::size_t to = family[a];
    for (std::size_t& member : family) {
      if (member == from) member = to;
    }
  };
  for (std::size_t second = 0; second < pairs.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      const bool shared = equal_ignoring_case(pairs[first].finops, pairs[second].finops) ||
                          pairs[first].dataverse == pairs[second].dataverse;
      if (shared) join(first, second);
    }
  }
  for (std::size_t index = 0; index < pairs.size(); ++index) {
    std::size_t chosen = pairs.size();
    for (std::size_t other = 0; other < pairs.size(); ++other) {
      if (family[other] != family[index]) continue;
      const bool better = chosen == pairs.size() || (pairs[chosen].finops.empty() && !pairs[other].finops.empty());
      if (better) chosen = other;
    }
    pairs[index].stands_in = chosen;
  }
}

}  // namespace dualwrite::maps
