#pragma once
// Writes JSON: the only place in this room that puts commas and quotes.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/time.hpp"
#include "dualwrite/maps/json_document.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite::admin {

/// Values get a name inside an object and none inside an array. Numbers keep their text.
class JsonWriter {
 public:
  void open_object(std::string_view name = {});
  void open_array(std::string_view name = {});
  void close();

  void text(std::string_view name, std::string_view value);
  /// null where the text is empty.
  void text_or_null(std::string_view name, std::string_view value);
  void number(std::string_view name, std::int64_t value);
  void flag(std::string_view name, bool value);
  /// ISO 8601; the epoch, which means "not known", becomes null.
  void time(std::string_view name, Instant value);
  void null(std::string_view name);
  /// An absent value becomes null.
  void value(std::string_view name, const Value& value);
  /// A tree that was read, numbers as they were written.
  void node(std::string_view name, const maps::JsonNode& node);
  /// JSON text that the engine made; null where it is empty or broken.
  void embedded(std::string_view name, std::string_view json);

  /// The text. Everything that was opened must be closed.
  [[nodiscard]] std::string take() &&;

 private:
  void lead(std::string_view name);

  std::string out_;
  std::vector<char> open_;  ///< the closing brackets that are due
  bool first_ = true;
};

/// Reads JSON text that the engine made; nothing where it is empty or broken.
std::optional<maps::JsonNode> read_json(std::string_view text);

}  // namespace dualwrite::admin
