#include "admin/json_writer.hpp"

#include <gtest/gtest.h>

namespace dualwrite::admin {
namespace {

TEST(JsonWriter, PutsCommasAndNamesWhereTheyBelong) {
  JsonWriter json;
  json.open_object();
  json.open_array("a");
  json.open_object();
  json.close();
  json.number({}, 1);
  json.text({}, "x");
  json.close();
  json.flag("b", true);
  json.close();

  EXPECT_EQ(std::move(json).take(), R"({"a":[{},1,"x"],"b":true})");
}

TEST(JsonWriter, KeepsTheTextOfNumbersInValuesAndInEmbeddedJson) {
  JsonWriter json;
  json.open_object();
  json.value("a", Value::number("12345678901234567890.10"));
  json.embedded("b", R"({"x": [1.50, 9223372036854775808, "q\"", null, false]})");
  json.close();

  EXPECT_EQ(std::move(json).take(),
            R"({"a":12345678901234567890.10,"b":{"x":[1.50,9223372036854775808,"q\"",null,false]}})");
}

TEST(JsonWriter, WritesWhatIsNotKnownAsNull) {
  JsonWriter json;
  json.open_object();
  json.time("epoch", Instant{});
  json.value("absent", Value());
  json.text_or_null("empty", "");
  json.embedded("nothing", "");
  json.embedded("broken", "{\"a\":");
  json.close();

  EXPECT_EQ(std::move(json).take(), R"({"epoch":null,"absent":null,"empty":null,"nothing":null,"broken":null})");
}

}  // namespace
}  // namespace dualwrite::admin
