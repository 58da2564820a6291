// The program under a service manager: what it says from start to stop, with both services down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "demo/child.hpp"
#include "support/notify_socket.hpp"
#include "support/run.hpp"
#include "tidy/process.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::test {
namespace {

using testing::HasSubstr;

/// Nobody listens on port 1.
std::string configuration() {
  const auto endpoint = [](const char* side) {
    return std::string(R"({"url": "http://127.0.0.1:1", "dialect": ")") + side +
           R"(", "token": {"url": "http://127.0.0.1:1/token", "clientId": "me", "clientSecret": {"env": "SECRET"},
               "scope": "s"}})";
  };
  return R"({"state": {"file": "state.db"}, "admin": {"listen": "127.0.0.1:0"}, "ingest": {"listen": "127.0.0.1:0"},
             "links": [{"name": "l", "finops": )" +
         endpoint("finops") + R"(, "dataverse": )" + endpoint("dataverse") +
         R"(, "capture": {"deltaIntervalMs": 50, "scanIntervalMs": 50}, "maps": [")" DUALWRITE_SOURCE_DIR
         R"(/config/maps/customers.json"]}]})";
}

std::string admin_url(const std::string& announcement) {
  const std::string begin = R"({"admin":")";
  return announcement.substr(begin.size(), announcement.find('"', begin.size()) - begin.size());
}

TEST(Serve, TellsTheServiceManagerFromStartToStop) {
  const store::test::TempDir directory;
  const NotifySocket manager(directory.file("notify"));
  std::ofstream(directory.file("c.json")) << configuration();
  auto child = demo::Child::start(
      "dualwrite", {DUALWRITE_PROGRAM, "serve", "--config", directory.file("c.json"), "--announce"},
      {{"SECRET", "s"}, {"NOTIFY_SOCKET", manager.name()}, {"WATCHDOG_USEC", "200000"}}, directory.path().string());
  ASSERT_TRUE(child) << child.error().text();
  SystemClock clock;
  const auto line = run<Result<std::string>>([&](Executor) -> Task<Result<std::string>> {
    const std::chrono::milliseconds limit(60000);
    co_return co_await child->first_line(clock, limit);
  });
  ASSERT_TRUE(line) << line.error().text();

  EXPECT_TRUE(manager.await("READY=1")) << child->stderr_tail();
  EXPECT_TRUE(manager.await("STATUS=stopped: customers")) << child->stderr_tail();
  EXPECT_TRUE(manager.await("WATCHDOG=1"));

  // A service that is down is no reason to be restarted: the daemon waits for it, which is alive.
  const auto asked = tidy::run_command(DUALWRITE_PROGRAM " health --url " + admin_url(*line));
  EXPECT_EQ(asked.status, 0) << asked.text;
  const auto started = tidy::run_command(DUALWRITE_PROGRAM " sync start customers --url " + admin_url(*line));
  EXPECT_EQ(started.status, 0) << started.text;
  bool told = false;
  for (int looked = 0; looked < 1000 && !told; ++looked) {
    ASSERT_TRUE(manager.await("WATCHDOG=1")) << child->stderr_tail();
    const auto status = tidy::run_command(DUALWRITE_PROGRAM " status --url " + admin_url(*line));
    told = status.text.find("last error: ") != std::string::npos;
  }
  EXPECT_TRUE(told) << "the trouble is shown";
  EXPECT_TRUE(manager.await("WATCHDOG=1")) << child->stderr_tail();

  // Read all the while: a manager that does not read is not waited for.
  auto said = std::async(std::launch::async, [&manager] { return manager.await("STOPPING=1"); });
  child->stop();
  EXPECT_THAT(child->ending(), HasSubstr("status 0"));
  EXPECT_TRUE(said.get());
}

}  // namespace
}  // namespace dualwrite::test
