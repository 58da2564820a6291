#pragma once
// Numbers that name things, each of its own type, so that a mark's number never compares with a journal line's.
#include <compare>
#include <cstdint>
#include <functional>

namespace dualwrite {

template <class Tag, class Rep = std::int64_t>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const noexcept { return value_; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  Rep value_{};
};

}  // namespace dualwrite

template <class Tag, class Rep>
struct std::hash<dualwrite::Id<Tag, Rep>> {
  std::size_t operator()(dualwrite::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value()); }
};
