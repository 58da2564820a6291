#include <cassert>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::odata {

void append_json_string(std::string& out, std::string_view text) {
  append_json_quoted(out, text);
}

void append_json(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::absent:
    case Value::Kind::null:
      out += "null";
      return;
    case Value::Kind::boolean:
    case Value::Kind::number:
      assert(!value.text().empty());
      out += value.text();
      return;
    case Value::Kind::string:
      append_json_quoted(out, value.text());
      return;
  }
}

ObjectWriter::ObjectWriter(std::string& out) : out_(out) {
  out_ += '{';
}

void ObjectWriter::member(std::string_view name, const Value& value) {
  raw(name, {});
  append_json(out_, value);
}

void ObjectWriter::raw(std::string_view name, std::string_view json) {
  if (!first_) out_ += ',';
  first_ = false;
  append_json_quoted(out_, name);
  out_ += ':';
  out_ += json;
}

void ObjectWriter::close() {
  out_ += '}';
}

}  // namespace dualwrite::odata
