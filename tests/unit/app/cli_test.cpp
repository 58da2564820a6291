#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli_fixture.hpp"

namespace dualwrite::test {
namespace {

using namespace dualwrite::app;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(CliTest, StatusShowsEndpointsAndMapsInAlignedTables) {
  const CliResult result = run({"status"});

  EXPECT_EQ(result.status, exit_findings) << "a dead letter is open";
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_THAT(result.out, HasSubstr("Last progress  2026-01-02T03:04:00Z (5 s ago)\n"));
  EXPECT_THAT(
      result.out,
      HasSubstr("ENDPOINT   URL                            REQUESTS  IN 5 MIN  AT ONCE  UNANSWERED  THROTTLED  CLOCK"
                "              STATE\n"
                "finops     https://finops.example.com           42        11        8           0          0  not "
                "measured       ok\n"
                "dataverse  https://dataverse.example.com        42        11        8           0          3  -1.250 "
                "+- 0.040 s  paused, goes on in 55 s; last error: GET accounts: status 429\n"));
  EXPECT_THAT(result.out,
              HasSubstr("MAP        STATE    RECORDS  PENDING  PARKED  DEAD LETTERS  CONFLICTS  LAST SCAN  LAST DELTA\n"
                        "customers  running    1,200        3       1             1          1  65 s ago   never\n"));
  EXPECT_THAT(result.out, HasSubstr("! customers: 1 open dead letter\n"));
  EXPECT_THAT(result.out, HasSubstr("  vendors: the delta link has expired\n"));
}

TEST_F(CliTest, StatusIsFineWhenNothingNeedsAPerson) {
  control.link.maps[0].dead_letters = 0;
  EXPECT_EQ(run({"status"}).status, exit_fine);

  control.link.maps[1].state = store::MapState::held;
  control.link.maps[1].reason = "500 rows are missing";
  EXPECT_EQ(run({"status"}).status, exit_findings);
  EXPECT_THAT(run({"status"}).out, HasSubstr("! vendors: held: 500 rows are missing\n"));
}

TEST_F(CliTest, HealthIsFineWhateverNeedsAPersonAndElseSaysWhy) {
  const CliResult well = run({"health"});
  EXPECT_EQ(well.status, exit_fine) << well.err;
  EXPECT_EQ(well.out, "ok\n") << "although a dead letter is open";

  control.link.stuck = "the task scan/customers has not moved for 1900 s, and may take 1800 s";
  const CliResult ill = run({"health"});
  EXPECT_EQ(ill.status, exit_unreachable);
  EXPECT_THAT(ill.err, HasSubstr("scan/customers has not moved"));
}

TEST_F(CliTest, JsonIsTheDaemonsAnswerAsItIs) {
  const CliResult result = run({"explain", "customers", "usmf|us-001", "--json"});

  EXPECT_THAT(result.out, HasSubstr("\"agreed\":12345678901234567890.10")) << "digits are kept";
  EXPECT_EQ(nlohmann::json::parse(result.out).at("key"), "usmf|us-001");
  EXPECT_EQ(result.out.find('\n'), result.out.size() - 1) << "one line";
  EXPECT_EQ(run({"status", "--json"}).status, exit_findings) << "the exit status is that of the table";
}

TEST_F(CliTest, MapsAreListedShownAndActedOn) {
  EXPECT_THAT(run({"maps", "list"}).out, HasSubstr("vendors    paused"));
  EXPECT_THAT(run({"maps", "show", "customers"}).out,
              HasSubstr("Written to Dataverse  1,200 created, 0 updated, 0 deleted"));
  EXPECT_THAT(run({"maps", "show", "vendors"}).out, HasSubstr("Last error            the delta link has expired\n"));
  EXPECT_EQ(run({"maps", "start", "vendors"}).out, "vendors is running\n");
  EXPECT_EQ(run({"maps", "pause", "vendors"}).out, "vendors is paused\n");
  EXPECT_EQ(run({"maps", "resume", "vendors"}).out, "vendors is catching-up\n");
  EXPECT_EQ(run({"maps", "approve", "vendors"}).out, "vendors is catching-up\n");
  EXPECT_EQ(run({"maps", "approve", "vendors", "--company", "ussi"}).out, "vendors is catching-up\n");
  EXPECT_EQ(run({"maps", "stop", "vendors"}).out, "vendors is stopped\n");
  EXPECT_THAT(control.calls, ElementsAre("start vendors", "pause vendors", "resume vendors", "approve vendors",
                                         "approve company=ussi vendors", "stop vendors"));
}

TEST_F(CliTest, RefusalsGoToErrWithTheirHint) {
  const CliResult unknown = run({"maps", "show", "custmers"});
  EXPECT_EQ(unknown.status, exit_usage);
  EXPECT_EQ(unknown.out, "");
  EXPECT_EQ(unknown.err, "error: there is no map \"custmers\"\nhint: did you mean customers?\n");

  control.refusal = Error(Errc::invalid, "vendors is paused", "resume it");
  const CliResult forbidden = run({"maps", "pause", "vendors"});
  EXPECT_EQ(forbidden.status, exit_findings);
  EXPECT_EQ(forbidden.err, "error: vendors is paused\nhint: resume it\n");

  const CliResult as_json = run({"maps", "pause", "vendors", "--json"});
  EXPECT_EQ(nlohmann::json::parse(as_json.out).at("status"), 409);
  EXPECT_EQ(as_json.err, "");
}

TEST_F(CliTest, ConflictsShowWhatLostToWhat) {
  const CliResult result = run({"conflicts", "list", "--map", "customers"});

  EXPECT_EQ(result.status, exit_fine);
  EXPECT_THAT(result.out, HasSubstr("11  customers  usmf|us-001  CreditLimit  1.50  finops  12345678901234567890.10  "
                                    "update_differing  newest-wins/tie-break  2026-01-02T03:01:30Z (2 min ago)\n"));
  EXPECT_EQ(run({"conflicts", "list", "--map", "vendors"}).out, "no conflicts\n");
  EXPECT_THAT(run({"conflicts", "list", "--limit", "1"}).out, HasSubstr("there may be more: --before 11\n"));
  EXPECT_EQ(run({"conflicts", "list", "--limit", "0"}).status, exit_usage);
}

TEST_F(CliTest, ExplainTellsTheStoryOfARecord) {
  const CliResult result = run({"explain", "customers", "USMF|US-001"});

  EXPECT_EQ(result.status, exit_findings) << "it has an open dead letter";
  EXPECT_THAT(control.calls, ElementsAre("explain customers usmf|us-001"));
  EXPECT_THAT(result.out, HasSubstr("State             coupled, pending\n"));
  EXPECT_THAT(result.out, HasSubstr("Row in dataverse  none known\n"));
  EXPECT_THAT(result.out, HasSubstr("CreditLimit: 1.50 -> 2.50"));
  EXPECT_THAT(result.out, HasSubstr("newest-wins/tie-break  CreditLimit: 1.50 lost to 12345678901234567890.10; "
                                    "edited until 2026-01-02T03:01:00Z (window) and 2026-01-02T03:01:00Z to "
                                    "2026-01-02T03:01:01Z (stamp)"))
      << "the rule can be followed from the two times";
  EXPECT_THAT(result.out, HasSubstr("! dead letter 7, dataverse, refused: the name is longer"));
}

TEST_F(CliTest, TextFromTheServicesDoesNotSteerTheTerminal) {
  control.link.maps[1].last_error = "bad\x1b[2J\nline";

  EXPECT_THAT(run({"status"}).out, HasSubstr("  vendors: bad [2J line\n"));
}

TEST(Cli, SaysThatNobodyAnswers) {
  const CliResult result = run_line({"status", "--url", "http://127.0.0.1:1"});

  EXPECT_EQ(result.status, exit_unreachable);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("error: asking the daemon at http://127.0.0.1:1: "));
  EXPECT_THAT(result.err, HasSubstr("hint: is it running?"));
}

TEST(Cli, RefusesWrongCommandLines) {
  for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{
           {},
           {"mpas"},
           {"maps"},
           {"maps", "show"},
           {"status", "--verbose"},
           {"maps", "list", "extra"},
           {"sync", "start", "customers", "--master", "both"},
           {"serve"},
           {"status", "--url", "nonsense"},
           {"sandbox", "--switch"},
           {"sandbox", "--switch", "no-such=1"},
           {"sandbox", "--switch", "finops.stale-etag-status=200"},
           {"dead-letters", "show", "x"},
           {"status", "--url", "http://127.0.0.1:1", "--key-file", "/no/such/file"}}) {
    const CliResult result = run_line(line);
    EXPECT_EQ(result.status, exit_usage) << testing::PrintToString(line);
    EXPECT_THAT(result.err, HasSubstr("error: ")) << testing::PrintToString(line);
    EXPECT_THAT(result.err, HasSubstr("hint: ")) << testing::PrintToString(line);
  }
}

TEST(Cli, NamesTheNearestVerb) {
  EXPECT_EQ(run_line({"mpas"}).err, "error: there is no verb \"mpas\"\nhint: did you mean maps?\n");
  EXPECT_EQ(run_line({"maps", "lst", "--json"}).err, "error: there is no verb \"lst\"\nhint: did you mean list?\n");
  EXPECT_EQ(run_line({"zzzzzz"}).err, "error: there is no verb \"zzzzzz\"\nhint: `dualwrite --help` lists them\n");
}

TEST(Cli, ListsTheSwitchesOfTheSandbox) {
  const CliResult result = run_line({"sandbox", "--list-switches"});

  EXPECT_EQ(result.status, exit_fine);
  EXPECT_THAT(result.out, testing::ContainsRegex("finops.stale-etag-status=412 +status where If-Match"));
}

TEST(Cli, NamesTheSwitchesThatComeNear) {
  const CliResult result =
      run_line({"sandbox", "--switch", "finops.check-references=false", "--switch", "finops.stale-etag=409"});

  EXPECT_EQ(result.status, exit_usage);
  EXPECT_THAT(result.err, HasSubstr("error: there is no switch \"finops.stale-etag\"\n"));
  EXPECT_THAT(result.err, HasSubstr("finops.stale-etag-status"));
}

TEST(Cli, PrintsVersionAndHelpToOut) {
  EXPECT_THAT(run_line({"version"}).out, testing::MatchesRegex("dualwrite [0-9.]+\n"));
  EXPECT_TRUE(nlohmann::json::parse(run_line({"version", "--json"}).out).contains("version"));
  EXPECT_EQ(run_line({"maps", "--help"}).status, exit_fine);
  EXPECT_THAT(run_line({"maps", "list", "--help"}).out, HasSubstr("--key-file"));
}

class CliWithKey : public testing::Test {
 protected:
  CliWithKey() : file_(std::filesystem::temp_directory_path() / ("dualwrite-key-" + std::to_string(::getpid()))) {
    fill(control_);
    std::ofstream(file_) << "s3cret\n";
  }
  ~CliWithKey() override {
    std::filesystem::remove(file_);
    ::unsetenv("DUALWRITE_KEY");
    ::unsetenv("DUALWRITE_URL");
  }

  std::filesystem::path file_;
  FakeControl control_;
  ApiServer server_{control_, "s3cret"};
};

TEST_F(CliWithKey, SendsTheKeyOfTheFileOrOfTheEnvironment) {
  EXPECT_EQ(run_line({"maps", "list", "--url", server_.url(), "--key-file", file_.string()}).status, exit_fine);

  ::setenv("DUALWRITE_KEY", "s3cret", 1);
  ::setenv("DUALWRITE_URL", server_.url().c_str(), 1);
  EXPECT_EQ(run_line({"maps", "list"}).status, exit_fine);
}

TEST_F(CliWithKey, SaysWhatIsMissingWithoutShowingTheKey) {
  const CliResult missing = run_line({"maps", "list", "--url", server_.url()});
  EXPECT_EQ(missing.status, exit_usage);
  EXPECT_THAT(missing.err, HasSubstr("--key-file"));

  ::setenv("DUALWRITE_KEY", "wrong-key", 1);
  const CliResult wrong = run_line({"maps", "list", "--url", server_.url()});
  EXPECT_EQ(wrong.status, exit_usage);
  EXPECT_THAT(wrong.err, Not(HasSubstr("wrong-key")));
}

TEST_F(CliTest, StatusIsAFindingWhileAServiceIsDown) {
  control.link.maps.clear();
  EXPECT_EQ(run({"status"}).status, exit_fine);
  control.link.endpoints[1].down_since = at("2026-01-02T03:00:05Z");

  const CliResult result = run({"status"});

  EXPECT_EQ(result.status, exit_findings);
  EXPECT_THAT(result.out, HasSubstr("down since 2026-01-02T03:00:05Z (4 min ago)"));
  EXPECT_EQ(run({"status", "--json"}).status, exit_findings);
}

}  // namespace
}  // namespace dualwrite::test
