#pragma once
// A real http::Server with an Api over a fake Control, on a thread of its own, for blocking clients.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <thread>

#include "dualwrite/admin/admin.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/server.hpp"
#include "support/fake_control.hpp"
#include "support/fixed_clock.hpp"

namespace dualwrite::test {

/// `control` is read by the server's thread while a request is under way, and by the test otherwise.
class ApiServer {
 public:
  explicit ApiServer(FakeControl& control, std::string key = {})
      : api_(control, metrics_, clock_, "1.2.3", settings(key), ready()) {
    http::ServerSettings settings;
    server_ = std::make_unique<http::Server>(
        context_.get_executor(), settings, [this](http::Request request) { return api_.handle(std::move(request)); },
        [](const std::string& what) { ADD_FAILURE() << what; });
    server_->start();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~ApiServer() {
    boost::asio::post(context_, [this] { tasks_.spawn("stop", [this] { return server_->stop(); }); });
    thread_.join();
    server_.reset();
  }
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  /// To be moved only while no request is under way.
  FixedClock& clock() { return clock_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  static admin::ApiSettings settings(const std::string& key) {
    admin::ApiSettings out;
    out.key = Secret(key);
    return out;
  }
  static admin::Api::ReadinessCheck ready() {
    return [] { return admin::Readiness(true, ""); };
  }

  boost::asio::io_context context_{1};
  Metrics metrics_;
  FixedClock clock_{at("2026-01-02T03:04:05Z")};
  admin::Api api_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
  TaskGroup tasks_{context_.get_executor(), [](const std::string&, const std::string& what) { ADD_FAILURE() << what; }};
};

}  // namespace dualwrite::test
