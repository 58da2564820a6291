// What this machine does not give: exit status 4, cause and remedy on stderr.
#include <sqlite3.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include "demo/child.hpp"
#include "integration/input/fixture.hpp"
#include "support/run.hpp"

namespace dualwrite::test {
namespace {

class Start : public InputTest {
 protected:
  Start() { make_state_directory(); }

  /// A daemon on the configuration, ready.
  demo::Child running() {
    auto daemon = demo::Child::start(
        "serve", {DUALWRITE_PROGRAM, "serve", "--announce", "--config", file("dualwrite.json")}, {}, directory);
    if (!daemon) throw std::runtime_error(daemon.error().text());
    run<void>([&](Executor) -> Task<void> {
      SystemClock clock;
      const std::chrono::milliseconds limit(30000);
      auto line = co_await daemon->first_line(clock, limit);
      if (!line) throw std::runtime_error(line.error().text());
    });
    return std::move(*daemon);
  }

  /// `around` is a command that runs its arguments.
  void expect_within(const std::string& name, const std::string& around) {
    const std::string serve = program_with({"serve", "--config", file("dualwrite.json")});
    const Ended ended = run_command(around + " " + serve, directory);
    expect(name, "dualwrite serve --config DIR/dualwrite.json", ended);
  }
};

TEST_F(Start, IsRefusedByAStateFileOfANewerVersion) {
  running().stop();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file("state/state.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);

  expect_of("state-from-newer-version", "serve");
}

TEST_F(Start, NeedsAStateDirectoryThatExists) {
  std::filesystem::remove(file("state"));

  expect_of("state-directory-missing", "serve");
}

TEST_F(Start, NeedsAStateDirectoryThatIsWritable) {
  std::filesystem::permissions(file("state"), std::filesystem::perms(0555));
  std::filesystem::permissions(directory, std::filesystem::perms(0755));
  // Root may write anywhere.
  const bool root = geteuid() == 0;
  const std::string nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
  if (root && run_command(nobody + " test -x " DUALWRITE_PROGRAM, directory).status != 0) {
    GTEST_SKIP() << "run by root, and nobody else may run " DUALWRITE_PROGRAM;
  }

  expect_within("state-directory-not-writable", root ? nobody : "env");
}

TEST_F(Start, NeedsRoomOnTheDisk) {
  const std::string own_mounts = geteuid() == 0 ? "unshare -m" : "unshare -Urm";
  if (run_command(own_mounts + " mount -t tmpfs -o size=8k tmpfs " + shell_quoted(file("state")), directory).status !=
      0) {
    GTEST_SKIP() << "no file system can be mounted here";
  }

  expect_within("disk-full",
                own_mounts + " sh -c 'mount -t tmpfs -o size=8k tmpfs " + file("state") + " && exec \"$0\" \"$@\"'");
}

TEST_F(Start, NeedsItsPort) {
  boost::asio::io_context context;
  const boost::asio::ip::tcp::acceptor taken(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const std::uint16_t port = taken.local_endpoint().port();
  ports.emplace_back(port, "TAKEN");
  spoil("\"admin\": {\"listen\": \"127.0.0.1:0\"}",
        "\"admin\": {\"listen\": \"127.0.0.1:" + std::to_string(port) + "\"}");

  expect_of("port-taken", "serve");
}

TEST_F(Start, NeedsAStateFileOfItsOwn) {
  demo::Child first = running();

  expect_of("two-daemons", "serve");

  EXPECT_TRUE(first.running()) << "the first one is not disturbed";
  first.stop();
}

TEST_F(Start, NeedsCertificatesInItsCertificateFile) {
  write("ca.pem", "not a certificate\n");
  spoil("\"url\": \"" + services.urls().finops + "\"", "\"caFile\": \"ca.pem\", \"url\": \"https://127.0.0.1:1\"");

  expect_of("no-certificates", "serve");
}

}  // namespace
}  // namespace dualwrite::test
