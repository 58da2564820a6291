#pragma once
// An Api over a filled fake Control.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "dualwrite/admin/admin.hpp"
#include "support/fake_control.hpp"
#include "support/fixed_clock.hpp"
#include "support/run.hpp"

namespace dualwrite::test {

class ApiTest : public testing::Test {
 protected:
  ApiTest() { fill(control); }

  http::Response send(http::Request request) {
    return run<http::Response>([this, &request](Executor) { return api.handle(request); });
  }
  http::Response get(const std::string& target) { return send(http::Request("GET", target)); }
  http::Response post(const std::string& target, const std::string& body = {}) {
    http::Request request("POST", target);
    request.body = body;
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    return send(std::move(request));
  }
  static nlohmann::json parsed(const http::Response& response) { return nlohmann::json::parse(response.body); }

  /// A problem document of that status; gives its detail and hint in one text.
  static std::string problem(const http::Response& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
    const nlohmann::json document = parsed(response);
    EXPECT_EQ(document.at("status"), status);
    return document.at("detail").get<std::string>() + " | " +
           (document.at("hint").is_null() ? "" : document.at("hint").get<std::string>());
  }

  FakeControl control;
  Metrics metrics;
  FixedClock clock{at("2026-01-02T03:04:05Z")};
  admin::Readiness readiness{true, ""};
  admin::ApiSettings settings;
  admin::Api api{control, metrics, clock, "1.2.3", settings, [this] { return readiness; }};
};

}  // namespace dualwrite::test
