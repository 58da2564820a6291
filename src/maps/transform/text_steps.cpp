#include <algorithm>

#include "maps/transform/steps.hpp"
#include "maps/transform/utf.hpp"

namespace dualwrite::maps {
namespace {

using TextFunction = std::function<Result<Value>(const std::string&)>;

Value text_or_null(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text.empty() ? Value::null() : Value::string(std::move(text));
}

/// Null stays null; what is no text is refused.
std::function<Result<Value>(const Value&)> on_text(std::string op, TextFunction function) {
  return [op = std::move(op), function = std::move(function)](const Value& value) -> Result<Value> {
    if (value.is_null() || value.is_absent()) return value;
    if (value.kind() != Value::Kind::string) return fail(Errc::invalid, op + ": " + to_string(value) + " is no text");
    return function(value.text());
  };
}

Step step(const std::string& op, TextFunction apply, TextFunction invert = {}) {
  Step made;
  made.op = op;
  made.apply = on_text(op, std::move(apply));
  if (invert) made.invert = on_text(op, std::move(invert));
  return made;
}

std::string replace_all(const std::string& text, const std::string& find, const std::string& with) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t hit = text.find(find); hit != std::string::npos; hit = text.find(find, at)) {
    out.append(text, at, hit - at).append(with);
    at = hit + find.size();
  }
  return out.append(text, at);
}

}  // namespace

Step trim_step(End end) {
  return step("trim", [end](const std::string& text) -> Result<Value> {
    constexpr const char* blanks = " \t\r\n";
    std::size_t from = 0;
    std::size_t to = text.size();
    if (end != End::end) from = std::min(text.find_first_not_of(blanks), text.size());
    if (end != End::start) to = std::max(from, text.find_last_not_of(blanks) + 1);
    return text_or_null(text.substr(from, to - from));
  });
}

Step upper_step() {
  return step("upper", [](const std::string& text) -> Result<Value> { return Value::string(upper_case(text)); });
}

Step lower_step() {
  return step("lower", [](const std::string& text) -> Result<Value> { return Value::string(lower_case(text)); });
}

Step truncate_step(std::size_t units) {
  return step("truncate", [units](const std::string& text) -> Result<Value> {
    return text_or_null(text.substr(0, advance_units(text, 0, units)));
  });
}

Step pad_step(std::size_t units, std::string fill, End end) {
  const bool front = end == End::start;
  const auto apply = [units, fill, front](const std::string& text) -> Result<Value> {
    const std::size_t width = units_of(text);
    std::string padding;
    for (std::size_t missing = width < units ? units - width : 0; missing >= units_of(fill);
         missing -= units_of(fill)) {
      padding += fill;
    }
    return Value::string(front ? padding + text : text + padding);
  };
  const auto invert = [fill, front](const std::string& text) -> Result<Value> {
    std::string_view rest = text;
    while (front && rest.starts_with(fill)) rest.remove_prefix(fill.size());
    while (!front && rest.ends_with(fill)) rest.remove_suffix(fill.size());
    return text_or_null(std::string(rest));
  };
  return step("pad", apply, invert);
}

Step prefix_step(std::string prefix) {
  const auto invert = [prefix](const std::string& text) -> Result<Value> {
    if (text.starts_with(prefix)) return text_or_null(text.substr(prefix.size()));
    return fail(Errc::invalid, "prefix: \"" + text + "\" does not begin with \"" + prefix + "\"");
  };
  return step(
      "prefix", [prefix](const std::string& text) -> Result<Value> { return Value::string(prefix + text); }, invert);
}

Step suffix_step(std::string suffix) {
  const auto invert = [suffix](const std::string& text) -> Result<Value> {
    if (text.ends_with(suffix)) return text_or_null(text.substr(0, text.size() - suffix.size()));
    return fail(Errc::invalid, "suffix: \"" + text + "\" does not end with \"" + suffix + "\"");
  };
  return step(
      "suffix", [suffix](const std::string& text) -> Result<Value> { return Value::string(text + suffix); }, invert);
}

Step split_step(std::string separator, std::size_t part) {
  return step("split", [separator = std::move(separator), part](const std::string& text) -> Result<Value> {
    std::size_t from = 0;
    for (std::size_t index = 0; index < part; ++index) {
      const std::size_t hit = text.find(separator, from);
      if (hit == std::string::npos) return Value::null();
      from = hit + separator.size();
    }
    return text_or_null(text.substr(from, text.find(separator, from) - from));
  });
}

Step substring_step(std::size_t start, std::optional<std::size_t> units) {
  return step("substring", [start, units](const std::string& text) -> Result<Value> {
    const std::size_t from = advance_units(text, 0, start);
    const std::size_t to = units ? advance_units(text, from, *units) : text.size();
    return text_or_null(text.substr(from, to - from));
  });
}

Step replace_step(std::string find, std::string with) {
  const auto apply = [find, with](const std::string& text) -> Result<Value> {
    return text_or_null(replace_all(text, find, with));
  };
  if (with.empty()) return step("replace", apply);
  return step("replace", apply, [find, with](const std::string& text) -> Result<Value> {
    return text_or_null(replace_all(text, with, find));
  });
}

Step default_step(Value value) {
  Step made;
  made.op = "default";
  made.apply = [value](const Value& given) -> Result<Value> { return given.is_null() ? value : given; };
  made.invert = [value](const Value& given) -> Result<Value> { return given == value ? Value::null() : given; };
  return made;
}

Step blank_step(Value value) {
  Step made = default_step(std::move(value));
  made.op = "blank";
  std::swap(made.apply, made.invert);
  return made;
}

}  // namespace dualwrite::maps
