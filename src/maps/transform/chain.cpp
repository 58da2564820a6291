#include <algorithm>
#include <ranges>

#include "dualwrite/maps/transform.hpp"

namespace dualwrite::maps {

Result<Value> apply(const Chain& chain, Value value) {
  for (const Step& step : chain) {
    auto next = step.apply(value);
    if (!next) return next;
    value = std::move(*next);
  }
  return value;
}

Result<Value> invert(const Chain& chain, Value value) {
  for (const Step& step : std::views::reverse(chain)) {
    if (!step.invert) return fail(Errc::invalid, step.op + " has no way back");
    auto next = step.invert(value);
    if (!next) return next;
    value = std::move(*next);
  }
  return value;
}

std::string no_way_back(const Chain& chain) {
  const auto found = std::ranges::find_if(chain, [](const Step& step) { return !step.invert; });
  return found == chain.end() ? std::string() : found->op;
}

}  // namespace dualwrite::maps
