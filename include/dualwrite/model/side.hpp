#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace dualwrite {

enum class Side : std::uint8_t { finops, dataverse };

constexpr Side other(Side side) noexcept {
  return side == Side::finops ? Side::dataverse : Side::finops;
}
constexpr std::string_view to_string(Side side) noexcept {
  return side == Side::finops ? "finops" : "dataverse";
}
constexpr std::array<Side, 2> both_sides{Side::finops, Side::dataverse};

/// One T for each side.
template <class T>
class PerSide {
 public:
  PerSide() = default;
  PerSide(T finops, T dataverse) : values_{std::move(finops), std::move(dataverse)} {}
  T& operator[](Side side) noexcept { return values_[static_cast<std::size_t>(side)]; }
  const T& operator[](Side side) const noexcept { return values_[static_cast<std::size_t>(side)]; }
  friend bool operator==(const PerSide&, const PerSide&) = default;

 private:
  std::array<T, 2> values_{};
};

}  // namespace dualwrite
