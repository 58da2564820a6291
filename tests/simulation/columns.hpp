#pragma once
// The columns that are synchronised, their cells, and whole sides.
#include <array>
#include <compare>
#include <cstddef>
#include <map>
#include <string>

namespace dualwrite::simulation {

constexpr std::size_t columns = 3;
/// The map's names of the three, in order.
extern const std::array<const char*, columns> column_names;

using Cells = std::array<std::string, columns>;
/// One side's rows by account.
using Image = std::map<std::string, Cells>;

/// A cell of a record.
struct Place {
  std::string account;
  std::size_t column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

}  // namespace dualwrite::simulation
