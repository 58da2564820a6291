// Mistakes that are in the files: exit status 2, every one of them with its place.
#include "integration/input/fixture.hpp"

namespace dualwrite::test {
namespace {

using Configuration = InputTest;

TEST_F(Configuration, IsMissing) {
  std::filesystem::remove(file("dualwrite.json"));

  expect_of("missing-config", "serve");
}

TEST_F(Configuration, IsBrokenJson) {
  spoil("\"name\": \"test\",", "\"name\": \"test\"");

  expect_of("broken-json", "serve");
}

TEST_F(Configuration, HasUnknownKeysAndAllAreNamed) {
  spoil("\"state\": {\"file\"", "\"state\": {\"fiel\"");
  spoil("\"maps\"", "\"capture\": {\"deltaIntervall\": 5},\n    \"maps\"");
  spoil("\"key\": true", "\"kee\": true", "map.json");

  expect_of("unknown-keys", "serve");
}

TEST_F(Configuration, HasAMapWithoutAKey) {
  spoil(", \"key\": true", "", "map.json");

  expect_of("map-without-key", "serve");
}

TEST_F(Configuration, NamesSecretsThatAreNotThere) {
  std::string text = config();
  const std::string file_reference = R"({"file": "secret"})";
  text.replace(text.find(file_reference), file_reference.size(), R"({"file": "no-such"})");
  text.replace(text.find(file_reference), file_reference.size(), R"({"env": "DUALWRITE_TEST_UNSET"})");
  write("dualwrite.json", text);
  spoil("\"127.0.0.1:0\"}", "\"127.0.0.1:0\", \"key\": {\"credential\": \"admin\"}}");

  expect_of("secret-not-found", "serve");
}

TEST_F(Configuration, NamesOneMapTwice) {
  write("other.json", map);
  spoil("[\"map.json\"]", "[\"map.json\", \"other.json\"]");

  expect_of("map-named-twice", "serve");
}

TEST_F(Configuration, IsWhatCheckReportsToo) {
  spoil("\"admin\"", "\"adnim\"");

  expect_of("check-configuration", "check");
}

}  // namespace
}  // namespace dualwrite::test
