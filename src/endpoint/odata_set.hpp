#pragma once
// What $metadata says of one entity set of an OData v4 service, and how values stand in its URLs and bodies. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/record.hpp"
#include "dualwrite/model/side.hpp"
#include "dualwrite/odata/csdl.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::endpoint {

/// The name that a map has for its rows' set on that side.
const std::string& set_name(const maps::TableMap& map, Side side);
/// The name of a column on that side.
const std::string& column_name(const maps::Column& column, Side side);

class ODataSet {
 public:
  ODataSet(std::string name, const odata::csdl::EntityType& type) : name_(std::move(name)), type_(type) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::vector<std::string>& key() const noexcept { return type_.key; }
  [[nodiscard]] const odata::csdl::EntityType& type() const noexcept { return type_; }
  [[nodiscard]] bool is_key(std::string_view property) const noexcept;
  /// True if the property's literals stand in quotes.
  [[nodiscard]] bool is_text(std::string_view property) const noexcept;

  /// A value as it stands in a URL, by the property's type: 'it''s', 42, a GUID without quotes, Ns.Kind'Red'.
  [[nodiscard]] std::string literal(std::string_view property, const Value& value) const;
  /// What stands between the brackets of the row's URL, not yet percent-encoded: 'x' or A='x',B=1. Errc::invalid if the
  /// row lacks a part of it.
  [[nodiscard]] Result<std::string> predicate(const odata::Entity& row) const;
  /// A filter that finds the record by the map's key columns. A record's key has lost its case: where `folds` the
  /// service compares in lower case itself, else the two usual ways of writing it are tried.
  [[nodiscard]] Result<std::string> record_filter(const maps::TableMap& map, Side side, const RecordKey& record,
                                                  bool folds) const;
  /// The rows behind that one, in the order of the key.
  [[nodiscard]] Result<std::string> behind(const odata::Entity& row) const;

  /// The body in the forms of this service: true for F&O's Yes, a day for F&O's noon, null for F&O's 1900-01-01.
  /// `chosen_key` is put in where the service lets us choose it and the body does not say it.
  [[nodiscard]] Result<odata::Entity> adapted(std::string_view body, std::string_view chosen_key) const;

 private:
  std::string name_;
  odata::csdl::EntityType type_;
};

/// The token of a row without an ETag: a digest of the named values. The same values always give the same token.
std::string row_digest(const odata::Entity& row, const std::vector<std::string>& names);
/// True for what row_digest() made.
bool is_digest(std::string_view token) noexcept;
/// A token of the same form that no row has: who honours If-Match refuses it.
std::string stale(std::string_view etag);

/// What a map reads on that side: its names and the key, each once.
std::vector<std::string> names_read(const maps::TableMap& map, Side side, const ODataSet& set);

}  // namespace dualwrite::endpoint
