#pragma once
// What a service's metadata says of an entity or table, as far as a map depends on it. Pure values: endpoint/ reads
// them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/model/value.hpp"

namespace dualwrite::maps {

/// What a property can hold, in one vocabulary for both services.
enum class Kind : std::uint8_t { text, whole, decimal, boolean, day, moment, choice, guid, reference, other };
std::string_view to_string(Kind kind) noexcept;

/// A member of an enumeration with its number, or a choice's label with its value.
struct Option {
  std::string name;
  std::int64_t value = 0;
};

struct PropertyFacts {
  std::string name;
  Kind kind = Kind::other;
  bool key = false;             ///< F&O: part of the entity's key
  bool required = false;        ///< a new row must have a value
  bool settable = true;         ///< when a row is created
  bool editable = true;         ///< later
  std::uint32_t length = 0;     ///< UTF-16 units that a text may have; 0: not told
  int precision = -1;           ///< decimals that are kept; -1: not told
  std::vector<Option> options;  ///< of a choice; none: not told
};

struct ReferenceFacts {
  std::string navigation;
  std::string table;      ///< logical name of the table that it leads to
  std::string attribute;  ///< the lookup column itself
};

struct EntityFacts {
  std::string name;  ///< F&O: entity set; Dataverse: logical name
  std::string set;
  std::string id;  ///< Dataverse: the primary key column
  bool tracks_changes = true;
  std::vector<PropertyFacts> properties;
  std::vector<ReferenceFacts> references;
  std::vector<std::vector<std::string>> keys;  ///< Dataverse: alternate keys, by columns
  /// nullptr: there is none.
  [[nodiscard]] const PropertyFacts* find(std::string_view property) const noexcept;
  [[nodiscard]] const ReferenceFacts* reference(std::string_view navigation) const noexcept;
};

}  // namespace dualwrite::maps
