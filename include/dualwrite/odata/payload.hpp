#pragma once
// JSON payloads of OData v4 (OData JSON Format 4.0/4.01): rows are flat lists of named values, numbers keep their text.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite::odata {

/// Bounds for every JSON text from outside. Breaking one gives Errc::invalid with the byte offset; so does a number
/// that no double can hold (1e400).
struct JsonLimits {
  std::size_t bytes_max = 256u << 20;
  std::size_t depth_max = 64;
};

/// One JSON object, flattened: an expanded single-valued navigation "nav":{"col":1} gives a member "nav/col", and
/// "nav":null gives a member "nav" that is null. Values that are arrays are kept as their JSON text in `arrays`.
struct Entity {
  std::string etag;      ///< @odata.etag
  std::string id;        ///< @odata.id, or `id` of a deleted item
  std::string context;   ///< @odata.context of the item
  bool removed = false;  ///< a deleted item of a delta page: $deletedEntity (4.0) or @removed (4.01); member "reason"
  std::vector<std::pair<std::string, Value>> members;  ///< in order; other annotations included by name
  std::vector<std::pair<std::string, std::string>> arrays;

  /// The member of that name (case-sensitive), or nullptr.
  [[nodiscard]] const Value* find(std::string_view name) const noexcept;
};

struct Page {
  std::vector<Entity> entities;
  std::string next_link;
  std::string delta_link;
  std::optional<std::int64_t> count;
};

/// Reads `{"value":[…], "@odata.nextLink":…}`. Errc::invalid when it is not that.
Result<Page> parse_page(std::string_view body, const JsonLimits& limits = {});

/// Reads one object. Duplicate names, wrong UTF-8, nesting deeper than the limit: Errc::invalid.
Result<Entity> parse_entity(std::string_view body, const JsonLimits& limits = {});

/// Appends text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends a value as JSON; absent is written as null.
void append_json(std::string& out, const Value& value);

/// Builds one JSON object: {"a":1,"b":"x"}.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out);
  void member(std::string_view name, const Value& value);
  /// `json` is put in as it is.
  void raw(std::string_view name, std::string_view json);
  /// Closes the object. Call once.
  void close();

 private:
  std::string& out_;
  bool first_ = true;
};

/// An error reply of either service: {"error":{"code","message","innererror":{"message","type"}}}.
struct WireError {
  std::string code;
  std::string message;
  std::string inner_message;
  std::string inner_type;
  /// The most telling text in it: the inner message's last infolog line (one that only says on which data source a
  /// validation failed is passed over for the one before), else the inner message, else the message.
  [[nodiscard]] std::string text() const;
};

/// Reads an error body; a body that is none gives its first 200 bytes, made printable, as the message.
WireError parse_error(std::string_view body);

}  // namespace dualwrite::odata
