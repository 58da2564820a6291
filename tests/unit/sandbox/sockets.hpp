#pragma once
// A sandbox on sockets, somebody who calls it, and somebody whom it calls.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/server.hpp"
#include "dualwrite/http/token_source.hpp"
#include "dualwrite/sandbox/sandbox.hpp"

namespace dualwrite::sandbox {

using nlohmann::json;
inline constexpr std::chrono::milliseconds limit{20000};

inline SandboxSettings any_ports() {
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

inline std::string id_of(const http::Response& response) {
  const std::string_view id = response.headers.get("OData-EntityId");
  return std::string(id.substr(id.find('(') + 1, 36));
}

/// A client of both services with the tokens that it needs.
class Caller {
 public:
  Caller(Executor executor, Clock& clock, const Urls& urls)
      : dataverse_(http::make_client(executor, urls.dataverse)),
        finops_(http::make_client(executor, urls.finops)),
        dataverse_tokens_(tokens(executor, clock, urls, urls.dataverse)),
        finops_tokens_(tokens(executor, clock, urls, urls.finops)) {}

  Task<http::Response> dataverse(std::string method, std::string target, std::string body) {
    co_return co_await dataverse(std::move(method), std::move(target), std::move(body), std::string());
  }
  Task<http::Response> dataverse(std::string method, std::string target, std::string body, std::string prefer) {
    auto response = co_await try_dataverse(std::move(method), std::move(target), std::move(body), std::move(prefer));
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
  /// Where no answer is an answer too.
  Task<Result<http::Response>> try_dataverse(std::string method, std::string target, std::string body) {
    co_return co_await try_dataverse(std::move(method), std::move(target), std::move(body), std::string());
  }
  Task<Result<http::Response>> try_dataverse(std::string method, std::string target, std::string body,
                                             std::string prefer) {
    const auto token = co_await dataverse_tokens_->token();
    http::Request request = make(std::move(method), std::move(target), std::move(body), token);
    if (!prefer.empty()) request.headers.add("Prefer", prefer);
    co_return co_await dataverse_->send(std::move(request), limit);
  }
  /// POST $batch with the boundary b.
  Task<Result<http::Response>> try_batch(std::string body) {
    const auto token = co_await dataverse_tokens_->token();
    http::Request request("POST", "/api/data/v9.2/$batch", {}, std::move(body));
    request.headers.add("Authorization", "Bearer " + token.value_or(""));
    request.headers.add("Content-Type", "multipart/mixed; boundary=b");
    co_return co_await dataverse_->send(std::move(request), limit);
  }
  /// POST /_sandbox/<path>.
  Task<http::Response> control(std::string path, std::string body) {
    co_return co_await dataverse("POST", "/_sandbox/" + path, std::move(body));
  }
  /// Takes a rule; the request after it meets it.
  Task<void> inject(std::string rule) {
    const auto response = co_await control("inject", std::move(rule));
    EXPECT_EQ(response.status, 201) << response.body;
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

/// The real time of day, but who sleeps does so until the test opens the gate.
class GateClock final : public Clock {
 public:
  explicit GateClock(Executor executor) : arrived_(executor), opened_(executor) {}
  [[nodiscard]] Instant now() const override { return real_.now() + skipped_; }
  [[nodiscard]] std::chrono::milliseconds elapsed() const override { return real_.elapsed() + skipped_; }
  /// As if so much time had passed; nobody is woken.
  void skip(std::chrono::milliseconds time) { skipped_ += time; }
  Task<void> sleep(std::chrono::milliseconds duration) override {
    asked.push_back(duration);
    arrived_.notify();
    while (!is_open_) {
      co_await opened_.wait();
    }
  }
  /// Waits until so many have gone to sleep.
  Task<void> wait_for(std::size_t sleepers) {
    while (asked.size() < sleepers) {
      co_await arrived_.wait(limit);
    }
  }
  void open() {
    is_open_ = true;
    opened_.notify();
  }

  std::vector<std::chrono::milliseconds> asked;

 private:
  SystemClock real_;
  Signal arrived_;
  Signal opened_;
  std::chrono::milliseconds skipped_{0};
  bool is_open_ = false;
};

/// Registers a webhook for a message on accounts; mode 0 is synchronous, 1 asynchronous.
inline Task<void> watch_accounts(Caller& caller, std::string message_name, int mode, std::string url) {
  const std::string root = "/api/data/v9.2/";
  std::string body = R"({"name":"hook","contract":8,"authtype":4,"authvalue":"k","url":")" + url + "\"}";
  const auto endpoint = co_await caller.dataverse("POST", root + "serviceendpoints", body);
  const auto messages =
      co_await caller.dataverse("GET", root + "sdkmessages?$filter=name%20eq%20'" + message_name + "'", "");
  const auto message = json::parse(messages.body)["value"][0]["sdkmessageid"].get<std::string>();
  const auto filters = co_await caller.dataverse(
      "GET",
      root + "sdkmessagefilters?$filter=primaryobjecttypecode%20eq%20'account'%20and%20_sdkmessageid_value%20eq%20" +
          message,
      "");
  const auto filter = json::parse(filters.body)["value"][0]["sdkmessagefilterid"].get<std::string>();
  body = R"({"name":"s","mode":)" + std::to_string(mode) + R"(,"stage":40,"sdkmessageid@odata.bind":"/sdkmessages()" +
         message + R"x()","sdkmessagefilterid@odata.bind":"/sdkmessagefilters()x" + filter +
         R"x()","eventhandler_serviceendpoint@odata.bind":"/serviceendpoints()x" + id_of(endpoint) + ")\"}";
  const auto step = co_await caller.dataverse("POST", root + "sdkmessageprocessingsteps", body);
  EXPECT_EQ(step.status, 204) << step.body;
}

/// Tells `url` of every change that F&O commits.
inline Task<void> subscribe(Caller& caller, std::string url) {
  const auto answer = co_await caller.control("finops/notify", R"({"url":")" + url + "\"}");
  EXPECT_EQ(answer.status, 204);
}

inline Task<void> currency(Caller& caller, std::string code) {
  const auto answer = co_await caller.finops("POST", "/data/Currencies", R"({"CurrencyCode":")" + code + "\"}");
  EXPECT_EQ(answer.status, 201) << answer.body;
}

/// The currency that a change notice is about.
inline std::string currency_of(const http::Request& notice) {
  return nlohmann::json::parse(notice.body)["Key"]["CurrencyCode"].get<std::string>();
}

}  // namespace dualwrite::sandbox
