#include "maps/read_values.hpp"

#include "dualwrite/base/text.hpp"

namespace dualwrite::maps {
namespace {

constexpr std::size_t values_max = 1000;
constexpr const char* example =
    "must be {\"No\": 806380000, \"Yes\": 806380001}, [[\"No\", 806380000], …], or \"labels\"";

/// Dataverse's value of a pair; absent if it cannot be one.
Value dataverse_value(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null:
      return Value::null();
    case JsonNode::Kind::boolean:
      return Value::boolean(node.text == "true");
    case JsonNode::Kind::number: {
      std::string number = canonical_number(node.text);
      return number.empty() || number.find('.') != std::string::npos ? Value() : Value::number(std::move(number));
    }
    case JsonNode::Kind::string:
      return node.text.empty() ? Value::null() : Value::string(node.text);
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      break;
  }
  return {};
}

class PairReader {
 public:
  PairReader(Column& column, bool strict, MistakeList& mistakes)
      : column_(column), strict_(strict), mistakes_(mistakes) {}

  void add(const JsonNode& node, const std::string& path, const std::string& member, const JsonNode& dataverse) {
    Value value = dataverse_value(dataverse);
    if (value.is_absent()) {
      mistakes_.add(node.line, path, "must be Dataverse's value for it: a whole number, true, false, a text or null");
      return;
    }
    for (const ValuePair& before : column_.values) {
      const bool same_member = equal_ignoring_case(before.finops, member);
      const bool same_value = before.dataverse == value;
      if (same_member && (strict_ || same_value)) {
        mistakes_.add(node.line, path, "is the same F&O member as " + before.finops,
                      "F&O compares members without case");
      } else if (same_value && strict_) {
        mistakes_.add(node.line, path, "has the same Dataverse value as " + before.finops,
                      "if both stand for one value, write a list of pairs, and first the one that is written to F&O");
      }
    }
    column_.values.push_back({member, std::move(value)});
  }

 private:
  Column& column_;
  bool strict_;  ///< one to one
  MistakeList& mistakes_;
};

}  // namespace

void read_values(const JsonNode& node, const std::string& path, Column& column, MistakeList& mistakes) {
  if (node.kind == JsonNode::Kind::string && node.text == "labels") {
    column.by_label = true;
    return;
  }
  const bool object = node.kind == JsonNode::Kind::object;
  if ((!object && node.kind != JsonNode::Kind::array) || node.children.empty() || node.children.size() > values_max) {
    mistakes.add(node.line, path, example);
    return;
  }
  PairReader reader(column, object && column.direction == Direction::both, mistakes);
  for (std::size_t index = 0; index < node.children.size(); ++index) {
    const JsonNode& item = node.children[index];
    const std::string item_path = pointer_to(path, object ? item.name : std::to_string(index));
    if (object) {
      reader.add(item, item_path, item.name, item);
    } else if (item.kind == JsonNode::Kind::array && item.children.size() == 2 &&
               item.children[0].kind == JsonNode::Kind::string) {
      reader.add(item, item_path, item.children[0].text, item.children[1]);
    } else {
      mistakes.add(item.line, item_path, "must be a pair such as [\"No\", 806380000]");
    }
  }
  unite(column.values);
}

}  // namespace dualwrite::maps
