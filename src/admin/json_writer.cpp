#include "admin/json_writer.hpp"

#include <cassert>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::admin {

using maps::JsonNode;

void JsonWriter::lead(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  if (open_.empty() || open_.back() != '}') return;
  append_json_quoted(out_, name);
  out_ += ':';
}

void JsonWriter::open_object(std::string_view name) {
  lead(name);
  out_ += '{';
  open_.push_back('}');
  first_ = true;
}

void JsonWriter::open_array(std::string_view name) {
  lead(name);
  out_ += '[';
  open_.push_back(']');
  first_ = true;
}

void JsonWriter::close() {
  assert(!open_.empty());
  out_ += open_.back();
  open_.pop_back();
  first_ = false;
}

void JsonWriter::text(std::string_view name, std::string_view value) {
  lead(name);
  append_json_quoted(out_, value);
}

void JsonWriter::text_or_null(std::string_view name, std::string_view value) {
  if (value.empty()) return null(name);
  text(name, value);
}

void JsonWriter::number(std::string_view name, std::int64_t value) {
  lead(name);
  out_ += std::to_string(value);
}

void JsonWriter::flag(std::string_view name, bool value) {
  lead(name);
  out_ += value ? "true" : "false";
}

void JsonWriter::time(std::string_view name, Instant value) {
  if (value == Instant{}) return null(name);
  text(name, format_instant(value));
}

void JsonWriter::null(std::string_view name) {
  lead(name);
  out_ += "null";
}

void JsonWriter::value(std::string_view name, const Value& value) {
  lead(name);
  odata::append_json(out_, value);
}

// The depth is bounded: parse_json refuses more than json_file_depth_max levels.
void JsonWriter::node(std::string_view name, const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null:
      return null(name);
    case JsonNode::Kind::boolean:
    case JsonNode::Kind::number:
      lead(name);
      out_ += node.text;
      return;
    case JsonNode::Kind::string:
      return text(name, node.text);
    case JsonNode::Kind::array:
      open_array(name);
      break;
    case JsonNode::Kind::object:
      open_object(name);
      break;
  }
  for (const JsonNode& child : node.children) this->node(child.name, child);
  close();
}

void JsonWriter::embedded(std::string_view name, std::string_view json) {
  const auto read = read_json(json);
  if (!read) return null(name);
  node(name, *read);
}

std::string JsonWriter::take() && {
  assert(open_.empty());
  return std::move(out_);
}

std::optional<JsonNode> read_json(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::vector<maps::Mistake> mistakes;
  return maps::parse_json("", text, mistakes);
}

}  // namespace dualwrite::admin
