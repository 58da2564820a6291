#pragma once
// A record of a map: its canonical row and the key by which it is known.
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/base/id.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite {

/// The store's number for a map's name; stable for the life of the state file.
using MapId = Id<struct MapIdTag, std::int32_t>;

/// Canonical cells, one for each column of the map, in the map's order.
using Row = std::vector<Value>;

/// One column of a row, by its number in the map.
struct ColumnValue {
  std::size_t column = 0;
  Value value;
  ColumnValue() = default;
  ColumnValue(std::size_t c, Value v) : column(c), value(std::move(v)) {}
  friend bool operator==(const ColumnValue&, const ColumnValue&) = default;
};

/// The integration key: the key columns' values in the map's order, lower case, joined by '|' ('|' and '\' in a value
/// are escaped with '\'). The two keys of one record on the two sides give the same RecordKey.
class RecordKey {
 public:
  RecordKey() = default;
  explicit RecordKey(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  friend auto operator<=>(const RecordKey&, const RecordKey&) = default;

 private:
  std::string text_;
};

/// A record: a map and a key.
struct RecordRef {
  MapId map;
  RecordKey key;
  RecordRef() = default;
  RecordRef(MapId m, RecordKey k) : map(m), key(std::move(k)) {}
  friend auto operator<=>(const RecordRef&, const RecordRef&) = default;
};

}  // namespace dualwrite

template <>
struct std::hash<dualwrite::RecordKey> {
  std::size_t operator()(const dualwrite::RecordKey& key) const noexcept {
    return std::hash<std::string>{}(key.text());
  }
};

template <>
struct std::hash<dualwrite::RecordRef> {
  std::size_t operator()(const dualwrite::RecordRef& ref) const noexcept {
    return std::hash<dualwrite::RecordKey>{}(ref.key) * 31 + std::hash<dualwrite::MapId>{}(ref.map);
  }
};
