#include "app/notify.hpp"

#include <gtest/gtest.h>

#include "support/notify_socket.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::app {
namespace {

using store::test::TempDir;
using test::NotifySocket;

constexpr int own_pid = 77;

NotifyEnvironment environment(std::string socket, std::string usec = "", std::string pid = "") {
  return {std::move(socket), std::move(usec), std::move(pid)};
}

TEST(Notify, SpeaksToASocketInTheFileSystem) {
  const TempDir directory;
  const NotifySocket manager(directory.file("notify"));
  const Notifier notifier(environment(manager.name()), own_pid);

  EXPECT_TRUE(notifier.listening());
  EXPECT_TRUE(notifier.ready("running: customers"));
  EXPECT_TRUE(notifier.feed());
  EXPECT_TRUE(notifier.stopping());

  const std::vector<std::string> expected{"READY=1\nSTATUS=running: customers", "WATCHDOG=1",
                                          "STOPPING=1\nSTATUS=stopping"};
  EXPECT_EQ(manager.drain(), expected);
}

TEST(Notify, SpeaksToAnAbstractSocket) {
  const NotifySocket manager("@dualwrite-notify-test-" + std::to_string(::getpid()));
  const Notifier notifier(environment(manager.name()), own_pid);

  EXPECT_TRUE(notifier.feed());

  EXPECT_EQ(manager.poll(), "WATCHDOG=1");
}

TEST(Notify, WithoutASocketNothingHappens) {
  const Notifier notifier(environment("", "60000000"), own_pid);

  EXPECT_FALSE(notifier.listening());
  EXPECT_FALSE(notifier.ready("x"));
  EXPECT_FALSE(notifier.watchdog());
}

TEST(Notify, ASocketThatIsGoneIsNoFault) {
  const TempDir directory;
  const Notifier notifier(environment(directory.file("nobody")), own_pid);
  EXPECT_FALSE(notifier.feed());
}

TEST(Notify, TakesNoOtherKindOfAddressAndNoneThatIsTooLong) {
  EXPECT_FALSE(Notifier(environment("vsock:2:1234"), own_pid).listening());
  EXPECT_FALSE(Notifier(environment("/" + std::string(200, 'x')), own_pid).listening());
}

TEST(Notify, TheWatchdogIsForTheProcessThatItNames) {
  const auto watchdog = [](const char* usec, const char* pid) {
    return Notifier(environment("/run/notify", usec, pid), own_pid).watchdog();
  };
  EXPECT_EQ(watchdog("30000000", ""), std::chrono::seconds(30));
  EXPECT_EQ(watchdog("30000000", "77"), std::chrono::seconds(30));
  EXPECT_FALSE(watchdog("30000000", "78"));
  EXPECT_FALSE(watchdog("30000000", "77x"));
  EXPECT_FALSE(watchdog("", ""));
  EXPECT_FALSE(watchdog("soon", ""));
  EXPECT_FALSE(watchdog("0", ""));
  EXPECT_FALSE(watchdog("-5000000", ""));
}

TEST(Notify, AStatusIsOneShortLineWhateverAServiceHasSaid) {
  const TempDir directory;
  const NotifySocket manager(directory.file("notify"));
  const Notifier notifier(environment(manager.name()), own_pid);

  EXPECT_TRUE(notifier.status("refused:\nMAINPID=1\nWATCHDOG=trigger"));
  std::string umlauts;
  for (int i = 0; i < 1000; ++i) umlauts += "ü";
  EXPECT_TRUE(notifier.status(umlauts));

  const auto said = manager.poll();
  ASSERT_TRUE(said);
  EXPECT_EQ(said->find('\n'), std::string::npos) << *said;
  const auto cut = manager.poll();
  ASSERT_TRUE(cut);
  EXPECT_LT(cut->size(), 420U);
  EXPECT_TRUE(cut->ends_with("ü…")) << "cut between characters";
}

}  // namespace
}  // namespace dualwrite::app
