#include "demo/child.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>

#include "dualwrite/async/task_group.hpp"

namespace dualwrite::demo {
namespace {

class ChildTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "dualwrite-child-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    directory_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Result<Child> shell(const std::string& script) {
    return Child::start("shell", {"/bin/sh", "-c", script}, {{"CHILD_TEST", "from outside"}}, directory_);
  }

  Result<std::string> first_line(Child& child, std::chrono::milliseconds limit) {
    boost::asio::io_context loop;
    SystemClock clock;
    Result<std::string> line = fail(Errc::cancelled, "it did not run");
    TaskGroup tasks(loop.get_executor(), [](const std::string&, const std::string& what) { ADD_FAILURE() << what; });
    tasks.spawn("read", [&] { return read(child, clock, limit, line); });
    loop.run();
    return line;
  }

  std::string directory_;

 private:
  static Task<void> read(Child& child, Clock& clock, std::chrono::milliseconds limit, Result<std::string>& into) {
    auto line = co_await child.first_line(clock, limit);
    into = std::move(line);
  }
};

TEST_F(ChildTest, SaysItsFirstLineAndHasTheEnvironment) {
  auto child = shell("echo \"$CHILD_TEST\"; echo more; exec cat /dev/zero > /dev/null");
  ASSERT_TRUE(child) << child.error().text();

  const auto line = first_line(*child, std::chrono::seconds(20));

  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(*line, "from outside");
  EXPECT_TRUE(child->running());
  child->stop();
  EXPECT_FALSE(child->running());
  EXPECT_NE(child->ending().find("signal " + std::to_string(SIGTERM)), std::string::npos) << child->ending();
}

TEST_F(ChildTest, ThatEndsBeforeItIsReadyTellsWhy) {
  auto child = shell("echo 'port taken' >&2; exit 7");
  ASSERT_TRUE(child);

  const auto line = first_line(*child, std::chrono::seconds(20));

  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code(), Errc::unavailable);
  EXPECT_NE(line.error().message().find("status 7"), std::string::npos) << line.error().message();
  EXPECT_NE(line.error().message().find("port taken"), std::string::npos);
}

TEST_F(ChildTest, ThatCannotBeExecutedIsReported) {
  auto child = Child::start("ghost", {"/no/such/program"}, {}, directory_);
  ASSERT_TRUE(child);
  EXPECT_FALSE(first_line(*child, std::chrono::seconds(20)));
}

TEST_F(ChildTest, IsEndedWithItsOwner) {
  auto child = shell("echo $$; exec cat /dev/zero > /dev/null");
  ASSERT_TRUE(child);
  const auto line = first_line(*child, std::chrono::seconds(20));
  ASSERT_TRUE(line);
  const int pid = std::stoi(*line);

  {
    Child owner = std::move(*child);
  }

  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace dualwrite::demo
