#pragma once
// OData v4 metadata (CSDL XML) as data. Read as a stream, so that tens of megabytes are no matter; what a document says
// beyond the members below is passed over. References to names are checked, aliases resolved, base types folded in.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/base/error.hpp"

namespace dualwrite::odata::csdl {

struct Property {
  std::string name;
  std::string type;  ///< of the items if it is a collection: "Edm.String", "Namespace.Kind"
  bool is_collection = false;
  bool is_nullable = true;
  std::uint32_t length_max = 0;  ///< characters; 0: none given, or "max"
  int precision = -1;            ///< -1: none given
  int scale = -1;                ///< -1: none given, or "variable"
  bool is_read_only = false;     ///< Core.Computed, or Core.Permissions is Read
  bool is_create_only = false;   ///< Core.Immutable, or F&O's AllowEdit is false
  bool is_required = false;      ///< F&O's IsRequired
  std::uint32_t line = 0;
};

struct Navigation {
  std::string name;
  std::string type;
  bool is_collection = false;
  std::vector<std::pair<std::string, std::string>> constraints;  ///< property here, property there
  std::uint32_t line = 0;
};

struct AlternateKey {
  std::string name;  ///< may be empty
  std::vector<std::string> properties;
};

struct EntityType {
  std::string name;  ///< with its namespace, as all names of types
  std::string base;
  bool is_abstract = false;
  std::vector<std::string> key;      ///< inherited if the type has none of its own
  std::vector<Property> properties;  ///< those of the base types first
  std::vector<Navigation> navigations;
  std::vector<AlternateKey> alternate_keys;
  std::uint32_t line = 0;
  /// nullptr if there is none of that name.
  [[nodiscard]] const Property* find(std::string_view property) const noexcept;
};

struct EnumType {
  std::string name;
  bool is_flags = false;
  std::vector<std::pair<std::string, std::int64_t>> members;
  std::uint32_t line = 0;
};

struct EntitySet {
  std::string name;
  std::string type;
  std::uint32_t line = 0;
};

struct Document {
  std::vector<EntityType> entity_types;  ///< complex types are not kept
  std::vector<EnumType> enum_types;
  std::vector<EntitySet> entity_sets;
  [[nodiscard]] const EntityType* find_type(std::string_view name) const noexcept;
  [[nodiscard]] const EnumType* find_enum(std::string_view name) const noexcept;
};

/// The part of a type's name behind its namespace.
std::string_view bare_name(std::string_view qualified) noexcept;

/// Errc::invalid with "FILE:LINE: what is wrong" for what is not well-formed, breaks a rule of CSDL, has a document
/// type declaration, or exceeds a bound; Errc::storage if the file cannot be read.
Result<Document> read_csdl_file(const std::string& path);
/// The same of text; `name` stands for the file in errors.
Result<Document> parse_csdl(std::string_view xml, const std::string& name);

}  // namespace dualwrite::odata::csdl
