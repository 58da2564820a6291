#pragma once
// What differs from run to run beside the faults: the map's policies, what its services do to values, and how finely
// they stamp. Drawn with dice of their own, so that a change here leaves the rest of a seed's run as it was.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dualwrite/model/policy.hpp"
#include "dualwrite/model/side.hpp"
#include "simulation/columns.hpp"

namespace dualwrite::simulation {

enum class TermsKind : std::uint8_t {
  plain,   ///< newest wins, a deletion wins, values stay as they are written
  chosen,  ///< by the seed
};

constexpr std::string_view to_string(TermsKind kind) noexcept {
  return kind == TermsKind::plain ? "plain" : "chosen";
}

std::optional<TermsKind> parse_terms_kind(std::string_view text) noexcept;

/// What a service makes of a value that is written to it. All but `fill` leave their own results alone.
enum class PlugIn : std::uint8_t {
  none,
  upper,  ///< v12 becomes V12
  lower,  ///< V12 becomes v12: with `upper` on the other side, the two rewrite each other for ever
  cut,    ///< v12 becomes v1: what does not fit is cut off or rounded away
  fill,   ///< a new row without a value gets one
};

std::string altered(PlugIn plug_in, const std::string& value);

struct Terms {
  std::array<ConflictRule, columns> conflict{};
  std::array<int, columns> group{};  ///< 0: on its own
  Side tie_break = Side::dataverse;
  DeletePolicy deletion = DeletePolicy::delete_wins;
  std::array<PerSide<PlugIn>, columns> plug_ins{};
  bool stamps = true;  ///< the map takes Dataverse's modifiedon into account

  [[nodiscard]] bool rewrites(std::size_t column) const noexcept {
    return plug_ins[column] == PerSide<PlugIn>(PlugIn::upper, PlugIn::lower) ||
           plug_ins[column] == PerSide<PlugIn>(PlugIn::lower, PlugIn::upper);
  }
  [[nodiscard]] bool has_plug_ins(Side side) const noexcept {
    return std::ranges::any_of(plug_ins, [side](const auto& of_column) { return of_column[side] != PlugIn::none; });
  }
  [[nodiscard]] bool has(PlugIn plug_in, std::size_t column) const noexcept {
    return plug_ins[column][Side::finops] == plug_in || plug_ins[column][Side::dataverse] == plug_in;
  }
  [[nodiscard]] bool alters(std::size_t column) const noexcept {
    return plug_ins[column] != PerSide<PlugIn>(PlugIn::none, PlugIn::none);
  }
  /// True if the daemon may have to ask somebody.
  [[nodiscard]] bool asks() const noexcept {
    const bool has_manual = std::ranges::find(conflict, ConflictRule::manual) != conflict.end();
    return has_manual || deletion == DeletePolicy::manual || has_plug_ins(Side::finops) ||
           has_plug_ins(Side::dataverse);
  }
  /// The columns that are decided on together with this one, itself included.
  [[nodiscard]] bool same_group(std::size_t one, std::size_t other) const noexcept {
    return one == other || (group[one] != 0 && group[one] == group[other]);
  }
  /// For the trace: one line.
  [[nodiscard]] std::string text() const;
};

Terms make_terms(TermsKind kind, std::uint64_t seed);

/// The map's file.
std::string map_text(const Terms& terms);

}  // namespace dualwrite::simulation
