#pragma once
// Where validate() collects what it finds.
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/maps/validate.hpp"

namespace dualwrite::maps {

namespace code {
inline constexpr std::string_view no_entity = "no-entity";
inline constexpr std::string_view no_table = "no-table";
inline constexpr std::string_view wrong_set = "wrong-set";
inline constexpr std::string_view wrong_id = "wrong-id";
inline constexpr std::string_view no_change_tracking = "no-change-tracking";
inline constexpr std::string_view no_version = "no-version";
inline constexpr std::string_view no_column = "no-column";
inline constexpr std::string_view no_lookup = "no-lookup";
inline constexpr std::string_view wrong_lookup_set = "wrong-lookup-set";
inline constexpr std::string_view lookup_key = "lookup-key";
inline constexpr std::string_view company_mismatch = "company-mismatch";
inline constexpr std::string_view no_key = "no-key";
inline constexpr std::string_view key_not_mapped = "key-not-mapped";
inline constexpr std::string_view key_not_in_entity = "key-not-in-entity";
inline constexpr std::string_view key_one_way = "key-one-way";
inline constexpr std::string_view required_not_mapped = "required-not-mapped";
inline constexpr std::string_view read_only = "read-only";
inline constexpr std::string_view write_once = "write-once";
inline constexpr std::string_view type_mismatch = "type-mismatch";
inline constexpr std::string_view too_fine = "too-fine";
inline constexpr std::string_view too_short = "too-short";
inline constexpr std::string_view unknown_member = "unknown-member";
inline constexpr std::string_view unknown_option = "unknown-option";
inline constexpr std::string_view member_without_pair = "member-without-pair";
inline constexpr std::string_view no_labels = "no-labels";
inline constexpr std::string_view filter_column = "filter-column";
inline constexpr std::string_view constant_column = "constant-column";
}  // namespace code

class ProblemList {
 public:
  explicit ProblemList(const TableMap& map) : map_(map) {}

  void error(std::string_view code, Side side, std::size_t line, std::string path, std::string column, std::string what,
             std::string hint) {
    add(code, false, side, line, std::move(path), std::move(column), std::move(what), std::move(hint));
  }
  void warning(std::string_view code, Side side, std::size_t line, std::string path, std::string column,
               std::string what, std::string hint) {
    add(code, true, side, line, std::move(path), std::move(column), std::move(what), std::move(hint));
  }
  [[nodiscard]] std::vector<Problem> take() && { return std::move(found_); }

 private:
  void add(std::string_view code, bool warning, Side side, std::size_t line, std::string path, std::string column,
           std::string what, std::string hint) {
    found_.push_back(
        {code, warning, side, std::move(column), {map_.file, line, std::move(path), std::move(what), std::move(hint)}});
  }

  const TableMap& map_;
  std::vector<Problem> found_;
};

/// What is compared of one column: validate() calls it for each that both services have.
void validate_values(const TableMap& map, std::size_t index, const PropertyFacts& finops,
                     const PropertyFacts& dataverse, ProblemList& into);

}  // namespace dualwrite::maps
