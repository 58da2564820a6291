#pragma once
// The sandbox, and a web server that is none of the services, on a thread of their own for the program to call.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <thread>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/server.hpp"
#include "dualwrite/sandbox/sandbox.hpp"
#include "support/run.hpp"

namespace dualwrite::test {

class Services {
 public:
  Services() {
    sandbox::SandboxSettings settings;
    settings.dataverse_port = 0;
    settings.finops_port = 0;
    settings.token_port = 0;
    settings.control = true;
    sandbox_ = std::make_unique<sandbox::Sandbox>(context_.get_executor(), clock_, std::move(settings));
    sandbox_->start();
    http::ServerSettings any_port;
    website_ = std::make_unique<http::Server>(
        context_.get_executor(), any_port, [](http::Request) { return login_page(); },
        [](const std::string& what) { ADD_FAILURE() << what; });
    website_->start();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Services() {
    boost::asio::post(context_, [this] { tasks_.spawn("stop", [this] { return stop(); }); });
    thread_.join();
    website_.reset();
    sandbox_.reset();
  }
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  [[nodiscard]] sandbox::Urls urls() const { return sandbox_->urls(); }
  /// No security role opens that entity set to us from now on.
  void close_entity(const std::string& entity) const {
    const int status = run<int>([&](Executor executor) -> Task<int> {
      const auto client = http::make_client(executor, urls().finops);
      http::Request request("POST", "/_sandbox/finops/entity-rights");
      request.headers.add("Content-Type", "application/json");
      request.body = R"({"client": "dualwrite", "allowed": false, "entity": ")" + entity + "\"}";
      const std::chrono::seconds limit(10);
      const auto response = co_await client->send(std::move(request), limit);
      co_return response ? response->status : 0;
    });
    EXPECT_EQ(status, 204);
  }
  [[nodiscard]] std::uint16_t website_port() const { return website_->port(); }

 private:
  static Task<http::Response> login_page() {
    http::Headers headers;
    headers.add("Content-Type", "text/html; charset=utf-8");
    co_return http::Response(200, std::move(headers), "<html><title>Sign in</title></html>");
  }
  Task<void> stop() {
    co_await website_->stop();
    co_await sandbox_->stop();
  }

  boost::asio::io_context context_{1};
  SystemClock clock_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<http::Server> website_;
  std::thread thread_;
  TaskGroup tasks_{context_.get_executor(), [](const std::string&, const std::string& what) { ADD_FAILURE() << what; }};
};

}  // namespace dualwrite::test
