#include <nlohmann/json.hpp>

#include "config/config_keys.hpp"
#include "config_fixture.hpp"
#include "support/golden.hpp"
#include "support/schema_walk.hpp"

namespace dualwrite::config {
namespace {

using ConfigSchema = ConfigTest;

nlohmann::json schema() {
  return nlohmann::json::parse(test::read_text(std::string(DUALWRITE_SOURCE_DIR) + "/config/dualwrite.schema.json"));
}

TEST_F(ConfigSchema, DescribesExactlyTheKeysThatTheReaderKnows) {
  test::SchemaObjects objects;
  std::string problems;
  test::walk_schema(schema(), "", objects, problems);

  EXPECT_EQ(problems, "");
  const test::SchemaObjects expected = {
      {"", test::name_set(keys::root)},
      {"/properties/state", test::name_set(keys::state)},
      {"/properties/log", test::name_set(keys::log)},
      {"/properties/links/items", test::name_set(keys::link)},
      {"/properties/links/items/properties/capture", test::name_set(keys::capture)},
      {"/$defs/listener", test::name_set(keys::listener)},
      {"/$defs/secret", test::name_set(keys::secret)},
      {"/$defs/endpoint", test::name_set(keys::endpoint)},
      {"/$defs/token", test::name_set(keys::token)},
      {"/$defs/token/properties/certificate", test::name_set(keys::certificate)},
  };
  EXPECT_EQ(objects, expected);
}

// A value that is right nowhere, put under each key in turn, must be complained about: so every key is really read.
TEST_F(ConfigSchema, EveryKeyItDescribesIsReadAndChecked) {
  const auto complaint = [&](const std::string& text, const std::string& pointer) {
    const auto settings = read(text);
    if (settings) return false;
    for (const maps::Mistake& mistake : settings.error()) {
      if (mistake.path.starts_with(pointer) && mistake.what.find("unknown key") == std::string::npos) return true;
    }
    return false;
  };
  const auto check = [&](const auto& names, const std::string& before, const std::string& after,
                         const std::string& at) {
    for (const std::string_view name : names) {
      const std::string text = before + "{\"" + std::string(name) + "\": [[0]]}" + after;
      EXPECT_TRUE(complaint(text, at + "/" + std::string(name))) << at << "/" << name;
    }
  };
  check(keys::root, "", "", "");
  check(keys::state, R"({"state": )", "}", "/state");
  check(keys::log, R"({"log": )", "}", "/log");
  check(keys::listener, R"({"admin": )", "}", "/admin");
  check(keys::listener, R"({"ingest": )", "}", "/ingest");
  check(keys::secret, R"({"admin": {"key": )", "}}", "/admin/key");
  check(keys::link, R"({"links": [)", "]}", "/links/0");
  check(keys::capture, R"({"links": [{"capture": )", "}]}", "/links/0/capture");
  for (const std::string side : {"finops", "dataverse"}) {
    check(keys::endpoint, R"({"links": [{")" + side + "\": ", "}]}", "/links/0/" + side);
    check(keys::token, R"({"links": [{")" + side + R"(": {"token": )", "}}]}", "/links/0/" + side + "/token");
    check(keys::certificate, R"({"links": [{")" + side + R"(": {"token": {"certificate": )", "}}}]}",
          "/links/0/" + side + "/token/certificate");
  }
}

TEST_F(ConfigSchema, RequiresWhatTheReaderRequires) {
  const auto missing = [&](const std::string& text, const std::string& at) {
    std::set<std::string> names;
    const auto settings = read(text);
    if (settings) return names;
    for (const maps::Mistake& mistake : settings.error()) {
      if (mistake.path == at && mistake.what.ends_with(" is missing") && mistake.what.starts_with('"')) {
        names.insert(mistake.what.substr(1, mistake.what.find('"', 1) - 1));
      }
    }
    return names;
  };
  const nlohmann::json root = schema();
  const auto required = [&](const std::string& place) {
    return test::name_set(root.at(nlohmann::json::json_pointer(place + "/required")).get<std::vector<std::string>>());
  };
  EXPECT_EQ(missing("{}", ""), required(""));
  EXPECT_EQ(missing(R"({"state": {}})", "/state"), required("/properties/state"));
  EXPECT_EQ(missing(R"({"links": [{}]})", "/links/0"), required("/properties/links/items"));
  EXPECT_EQ(missing(R"({"links": [{"finops": {}}]})", "/links/0/finops"), required("/$defs/endpoint"));
  EXPECT_EQ(missing(R"({"links": [{"finops": {"token": {"scope": "s"}}}]})", "/links/0/finops/token"),
            required("/$defs/token/oneOf/0"));
  EXPECT_EQ(missing(R"({"links": [{"finops": {"token": {"user": "u"}}}]})", "/links/0/finops/token"),
            std::set<std::string>{"password"});
  EXPECT_EQ(missing(R"({"links": [{"finops": {"token": {"certificate": {}}}}]})", "/links/0/finops/token/certificate"),
            required("/$defs/token/properties/certificate"));
}

}  // namespace
}  // namespace dualwrite::config
