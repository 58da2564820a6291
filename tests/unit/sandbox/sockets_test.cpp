// The sandbox as its users meet it: through sockets.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/server.hpp"
#include "dualwrite/http/token_source.hpp"
#include "dualwrite/sandbox/sandbox.hpp"
#include "support/run.hpp"

namespace dualwrite::sandbox {
namespace {

using nlohmann::json;
constexpr std::chrono::milliseconds limit{20000};

SandboxSettings any_ports() {
  SandboxSettings settings;
  settings.dataverse_port = 0;
  settings.finops_port = 0;
  settings.token_port = 0;
  settings.control = true;
  return settings;
}

/// Receives posts; answers the first ones with the scripted statuses, the rest with 200.
class Receiver {
 public:
  explicit Receiver(Executor executor)
      : arrived_(executor),
        server_(
            executor, {}, [this](http::Request request) { return take(std::move(request)); },
            [](const std::string&) {}) {
    server_.start();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/hook"; }
  Task<void> wait_for(std::size_t count) {
    while (requests.size() < count) {
      co_await arrived_.wait(limit);
    }
  }
  Task<void> stop() { co_await server_.stop(); }

  std::vector<http::Request> requests;
  std::vector<int> script;

 private:
  Task<http::Response> take(http::Request request) {
    const std::size_t index = requests.size();
    requests.push_back(std::move(request));
    arrived_.notify();
    co_return http::Response(index < script.size() ? script[index] : 200);
  }
  Signal arrived_;
  http::Server server_;
};

/// A client of both services with the tokens that it needs.
class Caller {
 public:
  Caller(Executor executor, Clock& clock, const Urls& urls)
      : dataverse_(http::make_client(executor, urls.dataverse)),
        finops_(http::make_client(executor, urls.finops)),
        dataverse_tokens_(tokens(executor, clock, urls, urls.dataverse)),
        finops_tokens_(tokens(executor, clock, urls, urls.finops)) {}

  Task<http::Response> dataverse(std::string method, std::string target, std::string body) {
    const auto token = co_await dataverse_tokens_->token();
    http::Request request = make(std::move(method), std::move(target), std::move(body), token);
    auto response = co_await dataverse_->send(std::move(request), limit);
    EXPECT_TRUE(response) << response.error().message();
    co_return response.value_or(http::Response(0));
  }
  Task<http::Response> finops(std::string method, std::string target, std::string body) {
    const auto token = co_await finops_tokens_->token();
    http::Request request = make(std::move(method), std::move(target), std::move(body), token);
    auto response = co_await finops_->send(std::move(request), limit);
    EXPECT_TRUE(response) << response.error().message();
    co_return response.value_or(http::Response(0));
  }

 private:
  static std::unique_ptr<http::TokenSource> tokens(Executor executor, Clock& clock, const Urls& urls,
                                                   const std::string& resource) {
    http::ClientCredentials credentials;
    credentials.token_url = urls.token;
    credentials.client_id = "dualwrite";
    credentials.client_secret = Secret("sandbox-secret");
    credentials.scope = resource + "/.default";
    const std::string origin = urls.token.substr(0, urls.token.find('/', 8));
    return http::make_token_source(executor, clock, credentials, http::make_client(executor, origin));
  }
  static http::Request make(std::string method, std::string target, std::string body,
                            const Result<std::string>& token) {
    EXPECT_TRUE(token) << token.error().message();
    http::Request request(std::move(method), std::move(target), {}, std::move(body));
    request.headers.add("Authorization", "Bearer " + token.value_or(""));
    if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
    return request;
  }
  std::unique_ptr<http::Transport> dataverse_;
  std::unique_ptr<http::Transport> finops_;
  std::unique_ptr<http::TokenSource> dataverse_tokens_;
  std::unique_ptr<http::TokenSource> finops_tokens_;
};

Task<void> read_and_write(Executor executor) {
  SystemClock clock;
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const auto who = co_await caller.dataverse("GET", "/api/data/v9.2/WhoAmI", "");
  EXPECT_EQ(who.status, 200);
  const auto created = co_await caller.finops("POST", "/data/Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(created.status, 201);
  const std::string location(created.headers.get("Location"));
  EXPECT_TRUE(location.starts_with(sandbox.urls().finops)) << location;
  const std::string path = location.substr(location.find("/data/"));
  const auto read = co_await caller.finops("GET", path, "");
  EXPECT_EQ(read.status, 200);

  co_await sandbox.stop();
}

TEST(SandboxSockets, BothServicesAnswerWithTokensOfTheTokenService) {
  test::run<void>(read_and_write);
}

Task<void> webhooks(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {503};
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const std::string root = "/api/data/v9.2/";
  const auto id_of = [](const http::Response& response) {
    const std::string_view id = response.headers.get("OData-EntityId");
    return std::string(id.substr(id.find('(') + 1, 36));
  };

  std::string body = R"({"name":"hook","contract":8,"authtype":4,"authvalue":"k","url":")" + receiver.url() + "\"}";
  const auto endpoint = co_await caller.dataverse("POST", root + "serviceendpoints", body);
  const auto messages = co_await caller.dataverse("GET", root + "sdkmessages?$filter=name%20eq%20'Create'", "");
  const auto message = json::parse(messages.body)["value"][0]["sdkmessageid"].get<std::string>();
  const auto filters = co_await caller.dataverse(
      "GET",
      root + "sdkmessagefilters?$filter=primaryobjecttypecode%20eq%20'account'%20and%20_sdkmessageid_value%20eq%20" +
          message,
      "");
  const auto filter = json::parse(filters.body)["value"][0]["sdkmessagefilterid"].get<std::string>();
  body = R"({"name":"s","mode":1,"stage":40,"sdkmessageid@odata.bind":"/sdkmessages()" + message +
         R"x()","sdkmessagefilterid@odata.bind":"/sdkmessagefilters()x" + filter +
         R"x()","eventhandler_serviceendpoint@odata.bind":"/serviceendpoints()x" + id_of(endpoint) + ")\"}";
  const auto step = co_await caller.dataverse("POST", root + "sdkmessageprocessingsteps", body);
  EXPECT_EQ(step.status, 204) << step.body;
  const auto account = co_await caller.dataverse("POST", root + "accounts", R"({"name":"A"})");
  EXPECT_EQ(account.status, 204);
  co_await receiver.wait_for(2);

  EXPECT_EQ(receiver.requests[0].target, "/hook?code=k");
  EXPECT_EQ(receiver.requests[0].body, receiver.requests[1].body);
  EXPECT_EQ(json::parse(receiver.requests[1].body)["PrimaryEntityId"], id_of(account));

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(SandboxSockets, WebhookIsTriedOnceMoreAfter503) {
  test::run<void>(webhooks);
}

Task<void> change_notices(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {500, 400, 503};
  SandboxSettings settings = any_ports();
  settings.finops.notify_pause = std::chrono::milliseconds(1);
  Sandbox sandbox(executor, clock, settings);
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const std::string subscription = R"({"url":")" + receiver.url() + R"(","headers":{"x-dualwrite-key":"k"}})";
  const auto subscribed = co_await caller.finops("POST", "/_sandbox/finops/notify", subscription);
  EXPECT_EQ(subscribed.status, 204);
  const auto created = co_await caller.finops("POST", "/data/Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(created.status, 201);
  co_await receiver.wait_for(4);

  EXPECT_EQ(receiver.requests[3].headers.get("x-dualwrite-key"), "k");
  EXPECT_EQ(json::parse(receiver.requests[3].body)["Key"]["CurrencyCode"], "EUR");

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(SandboxSockets, ChangeNoticeIsRepeatedThreeTimes) {
  test::run<void>(change_notices);
}

Task<void> no_control(Executor executor) {
  SystemClock clock;
  SandboxSettings settings = any_ports();
  settings.control = false;
  Sandbox sandbox(executor, clock, settings);
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const auto stats = co_await caller.finops("GET", "/_sandbox/stats", "");
  EXPECT_EQ(stats.status, 404);

  co_await sandbox.stop();
}

TEST(SandboxSockets, ControlIsServedOnlyWhenItIsAllowed) {
  test::run<void>(no_control);
}

}  // namespace
}  // namespace dualwrite::sandbox
