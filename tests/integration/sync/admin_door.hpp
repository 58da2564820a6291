#pragma once
// The REST interface over a stage's engine, on a port of its own.
#include <gtest/gtest.h>

#include <string>

#include "dualwrite/admin/admin.hpp"
#include "integration/sync/stage.hpp"

namespace dualwrite::test {

class AdminDoor {
 public:
  explicit AdminDoor(Stage& stage)
      : api_(stage.control(), stage.metrics(), stage.clock(), "1.2.3", admin::ApiSettings(),
             [] { return admin::Readiness(true, ""); }),
        server_(
            stage.executor(), http::ServerSettings(),
            [this](http::Request request) { return api_.handle(std::move(request)); },
            [](const std::string& what) { ADD_FAILURE() << what; }) {
    server_.start();
  }
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  Task<void> stop() { co_await server_.stop(); }

 private:
  admin::Api api_;
  http::Server server_;
};

}  // namespace dualwrite::test
