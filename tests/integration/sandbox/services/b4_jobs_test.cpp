// The system jobs that asynchronous steps leave in asyncoperations.
#include "sandbox/dataverse/jobs.hpp"
#include "services/stage.hpp"
#include "services/steps.hpp"

namespace dualwrite::sandbox {
namespace {

class B4Jobs : public StepTest {
 protected:
  B4Jobs() { dataverse.keep_jobs(); }
  json jobs(const std::string& filter = {}) {
    return dv_get("asyncoperations" + (filter.empty() ? filter : "?$filter=" + filter))["value"];
  }
  void end(std::size_t call, PostEnd how, CallAnswer answer = CallAnswer(200, false)) {
    dataverse.call_ended(webhooks.at(call), how, answer);
  }
};

TEST_F(B4Jobs, AnAsynchronousStepIsAJobThatWaitsFromTheCommitOn) {
  const std::string step_id = async_step("Create");
  const std::string id = account("A1");
  const json found = jobs();
  ASSERT_EQ(found.size(), 1U);
  const json& job = found[0];
  EXPECT_EQ(job["statecode"], 0);
  EXPECT_EQ(job["statuscode"], 0);
  EXPECT_EQ(job["_owningextensionid_value"], step_id);
  EXPECT_EQ(job["_regardingobjectid_value"], id);
  EXPECT_EQ(job["messagename"], "Create");
  EXPECT_EQ(job["primaryentitytype"], "account");
  EXPECT_EQ(job["correlationid"], json::parse(webhooks.at(0).body)["CorrelationId"]);
  EXPECT_EQ(job["errorcode"], nullptr);
}

TEST_F(B4Jobs, AWriteThatIsRolledBackLeavesNoJob) {
  async_step("Create");
  const auto answer =
      dv_batch({part("POST", "accounts", R"({"name":"one"})", 0, "1"), part("DELETE", "accounts(x)", "", 0, "2")});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(jobs().size(), 0U);
}

TEST_F(B4Jobs, AFailedCallIsFoundByStatusAndStepAsTheDocumentationPolls) {
  const std::string step_id = async_step("Create");
  account("A1");
  end(0, PostEnd::failed, CallAnswer(500, false));
  const json found = jobs("statuscode eq 31 and _owningextensionid_value eq " + step_id);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["statecode"], 3);
  EXPECT_EQ(found[0]["errorcode"], -2147155455) << "0x80050201 as a signed number";
  EXPECT_EQ(found[0]["message"],
            "The webhook call failed because the http request received non-success httpStatus code. Please check your "
            "webhook request handler.");
  EXPECT_EQ(found[0]["completedon"], "2026-03-04T05:06:07Z");
}

TEST_F(B4Jobs, TheErrorTellsATimeThatIsOverFromAConnectionThatFailed) {
  async_step("Create");
  account("A1");
  account("A2");
  end(0, PostEnd::failed, CallAnswer(0, true));
  end(1, PostEnd::failed, CallAnswer(0, false));
  EXPECT_EQ(jobs("errorcode eq -2147155454").size(), 1U) << "0x80050202";
  EXPECT_EQ(jobs("errorcode eq -2147155451").size(), 1U) << "0x80050205";
}

TEST_F(B4Jobs, AnAuthvalueThatIsNoneFailsTheJobWithoutACall) {
  dv_create("sdkmessageprocessingsteps",
            step_body("Create", endpoint(R"("authtype":5,"authvalue":"no settings")"), R"("mode":1,"stage":40,)"));
  account("A1");
  EXPECT_TRUE(webhooks.empty());
  EXPECT_EQ(jobs("statuscode eq 31 and errorcode eq -2147155453").size(), 1U) << "0x80050203";
}

TEST_F(B4Jobs, WithAsyncAutoDeleteASuccessfulJobVanishes) {
  async_step("Create");
  account("A1");
  end(0, PostEnd::delivered);
  EXPECT_EQ(jobs().size(), 0U);
}

TEST_F(B4Jobs, WithoutAsyncAutoDeleteASuccessfulJobStaysSucceeded) {
  const std::string step_id = async_step("Create");
  EXPECT_EQ(dv("PATCH", "sdkmessageprocessingsteps(" + step_id + ")", R"({"asyncautodelete":false})").status, 204);
  account("A1");
  end(0, PostEnd::delivered);
  EXPECT_EQ(jobs("statecode eq 3 and statuscode eq 30").size(), 1U);
}

TEST_F(B4Jobs, ACallThatIsNeverMadeIsACanceledJob) {
  async_step("Create");
  account("A1");
  end(0, PostEnd::dropped, CallAnswer(0, false));
  EXPECT_EQ(jobs("statecode eq 3 and statuscode eq 32").size(), 1U);
}

TEST_F(B4Jobs, TheEndOfADuplicateChangesNothing) {
  async_step("Create");
  account("A1");
  end(0, PostEnd::failed, CallAnswer(500, false));
  end(0, PostEnd::delivered);
  EXPECT_EQ(jobs("statuscode eq 31").size(), 1U);
}

TEST_F(B4Jobs, JobsThatHaveEndedAreKeptUpToABound) {
  async_step("Create");
  constexpr std::size_t more = 3;
  constexpr std::size_t all = dataverse::Jobs::ended_max + more;
  for (std::size_t i = 0; i < all; ++i) {
    account("A" + std::to_string(i));
    end(i, PostEnd::failed, CallAnswer(500, false));
  }
  EXPECT_EQ(dataverse.state().table("asyncoperation").rows().size(), dataverse::Jobs::ended_max);
}

Task<void> failed_delivery(Caller& caller, Receiver& receiver) {
  co_await watch_accounts(caller, "Create", 1, receiver.url());
  co_await made_account(caller, "one");
  json jobs;
  while (jobs.empty()) {
    const auto answer = co_await caller.dataverse("GET", api + "asyncoperations?$filter=statuscode%20eq%2031", "");
    jobs = json::parse(answer.body)["value"];
  }
  EXPECT_EQ(receiver.requests.size(), 1U);
  EXPECT_EQ(jobs[0]["errorcode"], -2147155455);
  EXPECT_EQ(jobs[0]["messagename"], "Create");
}

Task<void> over_sockets(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {400};
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  co_await failed_delivery(caller, receiver);
  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(B4Wire, AnAsynchronousCallThatFailsLeavesAFailedJobAndIsNotRepeated) {
  test::run<void>(over_sockets);
}

}  // namespace
}  // namespace dualwrite::sandbox
