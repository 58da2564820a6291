#pragma once
// The steps that turn one side's value into the other's, with their inverses. Pure; docs/MAPS.md lists them.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite::maps {

/// A function on canonical values: texts without blanks at their end, numbers in canonical_number's form, date-times
/// with whole seconds in UTC. Null stands for blank and stays null unless the step is about blanks. Errc::invalid says
/// what the value is not. Lengths are counted as both services count them: in UTF-16 units, and no character is cut in
/// two.
struct Step {
  std::string op;  ///< as in the map's file
  std::function<Result<Value>(const Value&)> apply;
  std::function<Result<Value>(const Value&)> invert;  ///< empty: the step has no inverse
};

using Chain = std::vector<Step>;

/// From the first step to the last.
Result<Value> apply(const Chain& chain, Value value);
/// The inverses, from the last step to the first. Errc::invalid if some step has none.
Result<Value> invert(const Chain& chain, Value value);
/// The name of the first step without an inverse; empty if the chain can be gone back.
std::string no_way_back(const Chain& chain);

}  // namespace dualwrite::maps
