#pragma once
// A sandbox on sockets with its controls, a caller, and a clock on which delays wait for the test.
#include <functional>
#include <string>
#include <utility>

#include "support/run.hpp"
#include "unit/sandbox/sockets.hpp"

namespace dualwrite::sandbox {

inline const std::string api = "/api/data/v9.2/";

using Scene = std::function<Task<void>(Caller&, GateClock&)>;

inline Task<void> play_scene(Executor executor, SandboxSettings settings, Scene scene) {
  GateClock clock(executor);
  Sandbox sandbox(executor, clock, std::move(settings));
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  co_await scene(caller, clock);
  co_await sandbox.stop();
}

inline void on_stage(Scene scene, SandboxSettings settings = any_ports()) {
  test::run<void>([&](Executor executor) { return play_scene(executor, settings, scene); });
}

/// GET below /_sandbox/ as JSON.
inline Task<json> observed(Caller& caller, std::string path) {
  const auto answer = co_await caller.dataverse("GET", "/_sandbox/" + path, "");
  co_return json::parse(answer.body);
}

inline Task<std::string> made_account(Caller& caller, std::string name) {
  const auto created = co_await caller.dataverse("POST", api + "accounts", R"({"name":")" + name + "\"}");
  EXPECT_EQ(created.status, 204) << created.body;
  co_return id_of(created);
}

inline Task<std::size_t> account_count(Caller& caller) {
  const auto all = co_await caller.dataverse("GET", api + "accounts?$select=name", "");
  co_return json::parse(all.body)["value"].size();
}

}  // namespace dualwrite::sandbox
