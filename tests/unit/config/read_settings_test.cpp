#include "config_fixture.hpp"
#include "support/golden.hpp"

namespace dualwrite::config {
namespace {

using ReadSettings = ConfigTest;

TEST_F(ReadSettings, FillsInWhatASmallConfigurationLeavesOut) {
  const auto settings = read(config());

  ASSERT_TRUE(settings) << mistakes_of(config());
  EXPECT_EQ(settings->state_file, (directory / "state.db").string());
  EXPECT_EQ(settings->log_level, "info");
  EXPECT_EQ(settings->admin.address, "127.0.0.1");
  EXPECT_EQ(settings->admin.port, 8700);
  EXPECT_EQ(settings->ingest.port, 8710);
  ASSERT_EQ(settings->links.size(), 1U);
  const LinkSettings& link = settings->links[0];
  EXPECT_EQ(link.finops.dialect, "finops");
  EXPECT_EQ(link.dataverse.dialect, "dataverse");
  EXPECT_EQ(link.finops.client_secret.reveal(), "s3cret");
  EXPECT_EQ(link.capture.delta_interval, std::chrono::seconds(10));
  ASSERT_EQ(link.maps.size(), 1U);
  EXPECT_EQ(link.maps[0].name, "m");
}

TEST_F(ReadSettings, ReadsEveryValueThatIsGiven) {
  write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  const std::string full_endpoint = endpoint(R"(, "caFile": "ca.pem", "connectionsMax": 3, "requestLimitMs": 2500)");
  const std::string text =
      R"({"$schema": "x", "state": {"file": "/s.db"}, "log": {"level": "debug"},
    "admin": {"listen": "[::1]:0", "key": {"file": "secret"}},
    "ingest": {"listen": "0.0.0.0:1", "key": {"file": "secret"}},
    "links": [{"name": "l-1", "finops": )" +
      full_endpoint + R"(, "dataverse": )" + full_endpoint +
      R"(, "capture": {"deltaIntervalMs": 100, "scanIntervalMs": 200}, "maps": ["maps/m.json"]}]})";

  const auto settings = read(text);

  ASSERT_TRUE(settings) << mistakes_of(text);
  EXPECT_EQ(settings->state_file, "/s.db");
  EXPECT_EQ(settings->log_level, "debug");
  EXPECT_EQ(settings->admin.address, "::1");
  EXPECT_EQ(settings->admin.port, 0);
  EXPECT_EQ(settings->admin.key.reveal(), "s3cret");
  EXPECT_EQ(settings->ingest.address, "0.0.0.0");
  const EndpointSettings& finops = settings->links[0].finops;
  EXPECT_EQ(finops.url, "https://org.example");
  EXPECT_EQ(finops.token_url, "https://login.example/t/token");
  EXPECT_EQ(finops.client_id, "me");
  EXPECT_EQ(finops.scope, "s");
  EXPECT_EQ(finops.ca_file, (directory / "ca.pem").string());
  EXPECT_EQ(finops.connections_max, 3U);
  EXPECT_EQ(finops.request_limit, std::chrono::milliseconds(2500));
  EXPECT_EQ(settings->links[0].capture.scan_interval, std::chrono::milliseconds(200));
}

TEST_F(ReadSettings, ReportsAllMistakesAtOnceInFileOrder) {
  write("maps/m.json", "{\"name\": \"m\",\n \"columns\": [}");
  write("maps/n.json", "{\"nam\": \"n\"}");
  const std::string bad = std::string(DUALWRITE_SOURCE_DIR) + "/tests/golden/config_with_mistakes.json";
  test::expect_golden("config_with_mistakes.txt", mistakes_of(test::read_text(bad)));
}

TEST_F(ReadSettings, ReadsMapsInAlphabeticalOrderAndEachOnce) {
  write("maps/b.json", map_text("b"));
  write("maps/a.json", map_text("a"));
  const std::string text = R"({"state": {"file": "s"}, "links": [{"name": "l", "finops": )" + endpoint() +
                           R"(, "dataverse": )" + endpoint() + R"(, "maps": ["maps/b*.json", "maps/*.json"]}]})";

  const auto settings = read(text);

  ASSERT_TRUE(settings) << mistakes_of(text);
  std::string names;
  for (const maps::TableMap& map : settings->links[0].maps) names += map.name + " ";
  EXPECT_EQ(names, "b a m ");
}

TEST_F(ReadSettings, RefusesTwoMapsOfOneName) {
  write("maps/n.json", map_text("m"));
  EXPECT_EQ(
      mistakes_of(config()),
      "DIR/maps/n.json:1: /name: the map DIR/maps/m.json has the name m too (give every map a name of its own)\n");
}

TEST_F(ReadSettings, RefusesAnOpenListenerWithoutAKey) {
  EXPECT_EQ(mistakes_of(config(R"(, "admin": {"listen": "0.0.0.0:8700"})")),
            "DIR/c.json:3: /admin/listen: others than this machine can reach this address, and \"key\" is missing (add "
            "\"key\": {\"file\": …}, or listen on 127.0.0.1)\n");
}

TEST_F(ReadSettings, SaysThatThereIsNoSuchFile) {
  const auto settings = read_settings((directory / "none.json").string());
  ASSERT_FALSE(settings);
  EXPECT_NE(to_string(settings.error().front()).find("cannot read the configuration file"), std::string::npos);
}

TEST_F(ReadSettings, AcceptsThePublishedExample) {
  setenv("DUALWRITE_SANDBOX_SECRET", "x", 1);
  const auto settings = read_settings(std::string(DUALWRITE_SOURCE_DIR) + "/config/dualwrite.example.json");
  unsetenv("DUALWRITE_SANDBOX_SECRET");

  ASSERT_TRUE(settings) << to_string(settings.error().front());
  EXPECT_EQ(settings->links.at(0).maps.size(), 3U);
}

TEST_F(ReadSettings, DeletionsAreRememberedLongEnoughToBeHeardOf) {
  const auto with = [](const std::string& hours, const std::string& capture) {
    return R"({"state": {"file": "s")" + hours + R"(}, "links": [)" + link(capture) + "]}";
  };
  const std::string slow = R"(, "capture": {"scanIntervalMs": 86400000})";
  ASSERT_EQ(mistakes_of(with("", slow)), "");
  EXPECT_EQ(read(with("", ""))->tombstone_retention, std::chrono::hours(24 * 90));
  EXPECT_EQ(read(with(R"(, "tombstoneRetentionHours": 1)", ""))->tombstone_retention, std::chrono::hours(1));
  const std::string short_ones = mistakes_of(with(R"(, "tombstoneRetentionHours": 48)", slow));
  EXPECT_NE(short_ones.find("at least 49"), std::string::npos) << short_ones;
  const std::string none = mistakes_of(with(R"(, "tombstoneRetentionHours": 0)", ""));
  EXPECT_NE(none.find("/state/tombstoneRetentionHours"), std::string::npos) << none;
}

}  // namespace
}  // namespace dualwrite::config
