#include "dualwrite/maps/facts.hpp"

#include <algorithm>

namespace dualwrite::maps {

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::text:
      return "text";
    case Kind::whole:
      return "whole number";
    case Kind::decimal:
      return "number";
    case Kind::boolean:
      return "yes or no";
    case Kind::day:
      return "date";
    case Kind::moment:
      return "date and time";
    case Kind::choice:
      return "choice";
    case Kind::guid:
      return "GUID";
    case Kind::reference:
      return "lookup";
    case Kind::other:
      break;
  }
  return "other";
}

const PropertyFacts* EntityFacts::find(std::string_view property) const noexcept {
  const auto found = std::ranges::find(properties, property, &PropertyFacts::name);
  return found == properties.end() ? nullptr : &*found;
}

const ReferenceFacts* EntityFacts::reference(std::string_view navigation) const noexcept {
  const auto found = std::ranges::find(references, navigation, &ReferenceFacts::navigation);
  return found == references.end() ? nullptr : &*found;
}

}  // namespace dualwrite::maps
