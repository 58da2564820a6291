// What the services say about the configuration and the maps: `dualwrite check`, and a daemon that starts all the same.
#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include "demo/child.hpp"
#include "dualwrite/http/client.hpp"
#include "integration/input/fixture.hpp"
#include "support/run.hpp"

namespace dualwrite::test {
namespace {

using std::chrono::milliseconds;

class CheckedService : public InputTest {
 protected:
  /// A port of this machine on which nobody listens.
  std::uint16_t closed_port() {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
    const std::uint16_t port = acceptor.local_endpoint().port();
    ports.emplace_back(port, "CLOSED");
    return port;
  }
  /// Lets the Dataverse side's url be another one, and its scope stay.
  void move_dataverse_to(std::uint16_t port) {
    spoil("\"url\": \"" + services.urls().dataverse + "\"",
          "\"url\": \"http://127.0.0.1:" + std::to_string(port) + "\"");
  }
};

TEST_F(CheckedService, HasEverythingAndNothingIsWritten) {
  expect_of("check-fine", "check");

  EXPECT_FALSE(std::filesystem::exists(file("state")));
}

TEST_F(CheckedService, HasNotWhatAMapNames) {
  spoil("\"Currencies\"", "\"Currency\"", "map.json");
  spoil("\"currencyname\"", "\"curencyname\"", "map.json");
  spoil("\"transactioncurrencies\"", "\"transactioncurrencys\"", "map.json");

  expect_of("unknown-entity-and-column", "check");
}

TEST_F(CheckedService, IsNotReachable) {
  move_dataverse_to(closed_port());

  expect_of("endpoint-unreachable", "check");
}

TEST_F(CheckedService, AnswersWithAWebPage) {
  ports.emplace_back(services.website_port(), "WEBSITE");
  move_dataverse_to(services.website_port());

  expect_of("endpoint-answers-html", "check");
}

TEST_F(CheckedService, RefusesATokenForAnotherAudience) {
  spoil(services.urls().dataverse + "/.default", services.urls().finops + "/.default");

  expect_of("wrong-token-audience", "check");
}

TEST_F(CheckedService, RefusesTheSecret) {
  write("secret", "expired\n");

  const Ended ended = run_command(program_with({"check", "--config", file("dualwrite.json")}), directory);

  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.out.find("AADSTS7000215"), std::string::npos) << ended.out;
  EXPECT_EQ(ended.out.find("expired\n"), std::string::npos) << "the secret is not repeated";
}

TEST_F(CheckedService, IsReportedAsJsonToo) {
  spoil("\"currencyname\"", "\"curencyname\"", "map.json");

  const Ended ended = run_command(program_with({"check", "--json", "--config", file("dualwrite.json")}), directory);

  EXPECT_EQ(ended.status, 1);
  const nlohmann::json answer = nlohmann::json::parse(ended.out);
  ASSERT_EQ(answer.at("findings").size(), 1U) << ended.out;
  const nlohmann::json& finding = answer.at("findings").at(0);
  EXPECT_EQ(finding.at("file"), file("map.json"));
  EXPECT_EQ(finding.at("line"), 7);
  EXPECT_EQ(finding.at("map"), "currencies");
  EXPECT_EQ(finding.at("side"), "dataverse");
  EXPECT_EQ(finding.at("column"), "curencyname");
  EXPECT_EQ(finding.at("hint"), "did you mean \"currencyname\"?");
  EXPECT_EQ(answer.at("complete"), true);
}

Task<http::Response> get(http::Transport& daemon, std::string path) {
  http::Request request("GET", std::move(path));
  const milliseconds limit(20000);
  auto response = co_await daemon.send(std::move(request), limit);
  if (!response) throw std::runtime_error(response.error().text());
  co_return std::move(*response);
}

TEST_F(CheckedService, ThatIsDownLetsTheDaemonStartAndSay) {
  make_state_directory();
  const std::uint16_t port = closed_port();
  move_dataverse_to(port);
  auto daemon = demo::Child::start(
      "serve", {DUALWRITE_PROGRAM, "serve", "--announce", "--config", file("dualwrite.json")}, {}, directory);
  ASSERT_TRUE(daemon) << daemon.error().text();
  std::string url;

  const auto probe = run<http::Response>([&](Executor executor) -> Task<http::Response> {
    SystemClock clock;
    const milliseconds limit(30000);
    auto line = co_await daemon->first_line(clock, limit);
    if (!line) throw std::runtime_error(line.error().text());
    url = nlohmann::json::parse(*line).at("admin");
    auto client = http::make_client(executor, url);
    for (int look = 0;; ++look) {
      std::string path = "/readyz";
      auto response = co_await get(*client, std::move(path));
      if (response.status != 200 || look == 1500) co_return response;
      const milliseconds pause(20);
      co_await clock.sleep(pause);
    }
  });
  const Ended status = run_command(program_with({"status", "--url", url}), directory);
  daemon->stop();

  EXPECT_EQ(probe.status, 503);
  const std::string why = nlohmann::json::parse(probe.body).at("why");
  EXPECT_TRUE(std::regex_match(normal(why), std::regex("dataverse is down since 20[0-9TZ:.-]+: connecting to "
                                                       "127.0.0.1:CLOSED: Connection refused .*")))
      << why;
  EXPECT_EQ(status.status, 1);
  EXPECT_NE(status.out.find("not ready: dataverse is down since"), std::string::npos) << status.out;
  const std::string log = read_text(file("serve.err"));
  EXPECT_NE(log.find("endpoint down side=dataverse"), std::string::npos) << log;
  EXPECT_EQ(log.find("endpoint down side=finops"), std::string::npos) << log;
}

}  // namespace
}  // namespace dualwrite::test
