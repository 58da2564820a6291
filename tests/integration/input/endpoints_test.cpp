// `dualwrite endpoints`, by the built program, on the sandbox: what an administrator sees when webhooks are registered.
#include "integration/input/fixture.hpp"

namespace dualwrite::test {
namespace {

class EndpointsTest : public InputTest {
 protected:
  /// Runs the verb on the map of the fixture.
  [[nodiscard]] Ended run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "endpoints");
    arguments.insert(arguments.end(), {"currencies", "--config", file("dualwrite.json")});
    return run_command(program_with(arguments), directory);
  }
  [[nodiscard]] std::string said(const Ended& ended) const {
    return "exit status " + std::to_string(ended.status) + "\n" + normal(ended.out) + normal(ended.err);
  }
};

TEST_F(EndpointsTest, SaysWhatItWouldDoAndDoesItOnlyWhenTold) {
  const std::vector<std::string> wish{"register", "--url", "https://sync.example.com"};
  std::vector<std::string> apply = wish;
  apply.emplace_back("--apply");

  std::string story = "== list\n" + said(run({"list"}));
  story += "== register\n" + said(run(wish));
  story += "== register, again not applied\n" + said(run(wish));
  story += "== register --apply\n" + said(run(apply));
  story += "== register --apply, again\n" + said(run(apply));
  story += "== list\n" + said(run({"list"}));
  story += "== list --json\n" + said(run({"list", "--json"}));
  story += "== register --apply, elsewhere\n" +
           said(run({"register", "--apply", "--url", "http://sync.example.com:8710", "--renew-key"}));
  story += "== unregister\n" + said(run({"unregister"}));
  story += "== unregister --apply\n" + said(run({"unregister", "--apply"}));
  story += "== unregister --apply, again\n" + said(run({"unregister", "--apply"}));
  story += "== list\n" + said(run({"list"}));
  expect_golden("input/endpoints.txt", story);
}

TEST_F(EndpointsTest, NamesAMapThatIsNotThere) {
  const Ended ended =
      run_command(program_with({"endpoints", "list", "curencies", "--config", file("dualwrite.json")}), directory);
  EXPECT_EQ(ended.status, 2);
  EXPECT_NE(ended.err.find("did you mean currencies?"), std::string::npos) << ended.err;
}

TEST_F(EndpointsTest, NeverSaysTheKey) {
  write("ingest-key", "very-secret-ingest-key\n");
  spoil(R"("ingest": {"listen": "127.0.0.1:0"})",
        R"("ingest": {"listen": "127.0.0.1:0", "key": {"file": "ingest-key"}})");
  for (const char* verb : {"register", "unregister"}) {
    std::vector<std::string> arguments{verb, "--apply"};
    if (std::string_view(verb) == "register") arguments.insert(arguments.end(), {"--url", "https://sync.example.com"});
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ((ended.out + ended.err).find("very-secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace dualwrite::test
