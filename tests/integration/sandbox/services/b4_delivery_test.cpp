// Synchronous steps inside their transaction: locks, roll-back, and what others see meanwhile.
#include "services/steps.hpp"

namespace dualwrite::sandbox {
namespace {

class B4 : public StepTest {
 protected:
  using StepTest::StepTest;
  std::string row() { return "accounts(" + id + ")"; }
  std::string id = account("A1");
  std::string other = account("A2");
};

TEST_F(B4, TheCallerWaitsForASynchronousStep) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_FALSE(update->is_done());
  answer(0);
  EXPECT_EQ(update->status(), 204);
  EXPECT_EQ(name_of(id), "new");
}

TEST_F(B4, ReadersSeeWhatIsCommittedWhileAStepRuns) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  EXPECT_EQ(name_of(id), "Name of A1");
  EXPECT_EQ(dv_get("accounts?$filter=name eq 'new'")["value"].size(), 0U);
  answer(0);
  EXPECT_EQ(name_of(id), "new");
}

TEST_F(B4, ANonSuccessStatusRollsTheTransactionBack) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  answer(0, 409);
  ASSERT_EQ(update->status(), 400);
  EXPECT_EQ(code_of(*update->response), "0x80050201");
  EXPECT_EQ(message_of(*update->response),
            "The webhook call failed because the http request received non-success httpStatus code. Please check your "
            "webhook request handler.");
  EXPECT_EQ(name_of(id), "Name of A1");
}

TEST_F(B4, NoAnswerInTimeRollsTheTransactionBack) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  answer(0, CallAnswer(0, true));
  ASSERT_EQ(update->status(), 400);
  EXPECT_EQ(code_of(*update->response), "0x80050202");
  EXPECT_EQ(name_of(id), "Name of A1");
}

TEST_F(B4, AnEndpointThatCannotBeReachedIsPostRequestFailed) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  answer(0, CallAnswer(0, false));
  EXPECT_EQ(code_of(*update->response), "0x80050205");
}

TEST_F(B4, TheBodyOfTheAnswerIsIgnoredAndAnyStatusIn2xxIsSuccess) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  answer(0, 299);
  EXPECT_EQ(update->status(), 204);
}

class B4FailureIs500 : public B4 {
 protected:
  static SandboxSettings settings_with() {
    SandboxSettings settings;
    settings.dataverse.webhook_failure_status = 500;
    return settings;
  }
  B4FailureIs500() : B4(settings_with()) {}
};

TEST_F(B4FailureIs500, TheStatusOfAFailedStepIsASwitch) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  answer(0, 503);
  EXPECT_EQ(update->status(), 500);
  EXPECT_EQ(code_of(*update->response), "0x80050201");
}

TEST_F(B4, AWriterOfTheSameRowWaitsUntilTheTransactionEnds) {
  const std::string step_id = sync_step("Update", 40, R"("filteringattributes":"name",)");
  const auto first = begin("PATCH", row(), R"({"name":"first"})");
  const auto second = begin("PATCH", row(), R"({"telephone1":"2"})");
  EXPECT_FALSE(second->is_done());
  answer(0);
  EXPECT_EQ(first->status(), 204);
  EXPECT_EQ(second->status(), 204);
  const json now = dv_get(row() + "?$select=name,telephone1");
  EXPECT_EQ(now["name"], "first");
  EXPECT_EQ(now["telephone1"], "2");
}

TEST_F(B4, OtherRowsOfTheTableGoOnMeanwhile) {
  sync_step("Update", 40, R"("filteringattributes":"name",)");
  const auto first = begin("PATCH", row(), R"({"name":"first"})");
  const auto second = begin("PATCH", "accounts(" + other + ")", R"({"telephone1":"2"})");
  EXPECT_EQ(second->status(), 204);
  EXPECT_FALSE(first->is_done());
  answer(0);
}

TEST_F(B4, ADeleteOfALockedRowWaitsAndThenMeetsWhatWasCommitted) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  const auto removal = begin("DELETE", row());
  EXPECT_FALSE(removal->is_done());
  answer(0);
  EXPECT_EQ(removal->status(), 204);
  EXPECT_EQ(dv("GET", row()).status, 404);
}

TEST_F(B4, AStaleIfMatchIsFoundAfterTheWaitForTheLock) {
  sync_step("Update", 40, R"("filteringattributes":"name",)");
  const std::string etag(dv("GET", row()).headers.get("ETag"));
  const auto first = begin("PATCH", row(), R"({"name":"first"})");
  const auto second = begin("PATCH", row(), R"({"telephone1":"2"})", {{"If-Match", etag}});
  answer(0);
  ASSERT_EQ(second->status(), 412);
  EXPECT_EQ(code_of(*second->response), "0x80060882");
}

TEST_F(B4, TheWaitForALockEndsWithSqlTimeout) {
  dataverse.state().switches.lock_limit = std::chrono::seconds(30);
  sync_step("Update", 40, R"("filteringattributes":"name",)");
  const auto first = begin("PATCH", row(), R"({"name":"first"})");
  const auto second = begin("PATCH", row(), R"({"telephone1":"2"})");
  clock.advance(std::chrono::seconds(30));
  context.restart();
  while (!second->is_done()) context.run_one();
  EXPECT_EQ(second->status(), 500);
  EXPECT_EQ(code_of(*second->response), "0x80044151");
  answer(0);
  EXPECT_EQ(first->status(), 204);
}

TEST_F(B4, AWriterWithoutSyncStepsAndWithoutWaitingFailsAtOnce) {
  sync_step("Update", 40, R"("filteringattributes":"name",)");
  const auto first = begin("PATCH", row(), R"({"name":"first"})");
  const http::Response second = dv("PATCH", row(), R"({"telephone1":"2"})");
  EXPECT_EQ(second.status, 500);
  EXPECT_EQ(code_of(second), "0x80044151");
  answer(0);
}

TEST_F(B4, TransactionsThatWaitForEachOtherAreADeadlockWithOneVictim) {
  sync_step("Update", 40, R"("filteringattributes":"name",)");
  const auto change = [](const std::string& key, const std::string& body) {
    return part("PATCH", "accounts(" + key + ")", body, 0);
  };
  const auto first = begin_batch({change(id, R"({"name":"a"})"), change(other, R"({"fax":"a"})")});
  const auto second = begin_batch({change(other, R"({"name":"b"})"), change(id, R"({"fax":"b"})")});
  ASSERT_EQ(calls.size(), 2U);
  answer(0);  // the first now waits for the other row
  EXPECT_FALSE(first->is_done());
  answer(1);  // and the second would wait for the first
  ASSERT_TRUE(first->is_done());
  ASSERT_TRUE(second->is_done());
  EXPECT_EQ(second->status(), 500);
  EXPECT_NE(second->response->body.find("0x80044150"), std::string::npos) << second->response->body;
  EXPECT_EQ(name_of(id), "a");
  EXPECT_EQ(name_of(other), "Name of A2");
}

TEST_F(B4, ANewRowWithTheSameAlternateKeyWaitsForTheTransactionThatMadeIt) {
  const std::string set = "msdyn_vendors";
  dv_create("sdkmessageprocessingsteps", step_body("Create", endpoint(), R"("mode":0,"stage":40,)", "msdyn_vendor"));
  const std::string body =
      R"x({"msdyn_vendoraccountnumber":"V1","msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='usmf')"})x";
  const auto first = begin("POST", set, body);
  ASSERT_EQ(calls.size(), 1U);
  const auto second = begin("POST", set, body);
  EXPECT_EQ(calls.size(), 1U);
  EXPECT_FALSE(second->is_done());
  answer(0);
  EXPECT_EQ(first->status(), 204);
  ASSERT_EQ(second->status(), 412);
  EXPECT_EQ(code_of(*second->response), "0x80060892");
}

TEST_F(B4, AChangeSetRollsBackAsAWhole) {
  sync_step("Update");
  const auto batch = begin_batch({part("POST", "accounts", R"({"name":"created in the set"})", 0, "1"),
                                  part("PATCH", row(), R"({"name":"new"})", 0, "2")});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(dv_get("accounts?$filter=name eq 'created in the set'")["value"].size(), 0U);
  answer(0, 500);
  ASSERT_EQ(batch->status(), 400);
  const auto parts = parts_of(*batch->response);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(json::parse(parts[0].body)["error"]["code"], "0x80050201");
  EXPECT_EQ(name_of(id), "Name of A1");
  EXPECT_EQ(dv_get("accounts?$filter=name eq 'created in the set'")["value"].size(), 0U);
}

TEST_F(B4, PartsOutsideChangeSetsAreCommittedBeforeALaterOneWaits) {
  sync_step("Update");
  const auto batch = begin_batch(
      {part("PATCH", "accounts(" + other + ")", R"({"name":"one"})"), part("PATCH", row(), R"({"name":"two"})")});
  answer(0);
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(name_of(other), "one");
  answer(1, 500);
  EXPECT_EQ(name_of(other), "one");
  EXPECT_EQ(name_of(id), "Name of A1");
  EXPECT_EQ(parts_of(*batch->response).size(), 2U);
}

TEST_F(B4, EachWriteOfAChangeSetCallsItsStepOnce) {
  sync_step("Update");
  const auto batch = begin_batch({part("PATCH", row(), R"({"name":"one"})", 0, "1"),
                                  part("PATCH", "accounts(" + other + ")", R"({"name":"two"})", 0, "2")});
  answer(0);
  ASSERT_EQ(calls.size(), 2U);
  answer(1);
  EXPECT_EQ(batch->status(), 200);
  EXPECT_EQ(calls.size(), 2U);
  EXPECT_EQ(name_of(id), "one");
  EXPECT_EQ(name_of(other), "two");
}

TEST_F(B4, ALaterStepMayRollBackWhatAnEarlierOneAccepted) {
  sync_step("Update", 40, R"("description":"ours",)");
  step("Update", R"("mode":0,"stage":40,"rank":9,)");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  answer(0);
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_FALSE(update->is_done());
  answer(1, 500);
  EXPECT_EQ(update->status(), 400);
  EXPECT_EQ(name_of(id), "Name of A1");
}

TEST_F(B4, StepsOfAStageRunInTheOrderOfTheirRanks) {
  step("Update", R"("mode":0,"stage":40,"rank":9,)");
  step("Update", R"("mode":0,"stage":40,"rank":2,)");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  const std::string first = context_of(0)["OwningExtension"]["Id"];
  EXPECT_EQ(dv_get("sdkmessageprocessingsteps(" + first + ")")["rank"], 2);
  answer(0);
  const std::string second = context_of(1)["OwningExtension"]["Id"];
  EXPECT_EQ(dv_get("sdkmessageprocessingsteps(" + second + ")")["rank"], 9);
  answer(1);
}

TEST_F(B4, StagesRunInTheirOrderAndOnlyTheFirstOutsideTheTransaction) {
  sync_step("Update", 40);
  sync_step("Update", 20);
  sync_step("Update", 10);
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  for (const std::size_t call : {0U, 1U, 2U}) answer(call);
  EXPECT_EQ(update->status(), 204);
  EXPECT_EQ(context_of(0)["Stage"], 10);
  EXPECT_EQ(context_of(0)["IsInTransaction"], false);
  EXPECT_EQ(context_of(1)["Stage"], 20);
  EXPECT_EQ(context_of(1)["IsInTransaction"], true);
  EXPECT_EQ(context_of(2)["Stage"], 40);
  EXPECT_EQ(context_of(2)["IsInTransaction"], true);
}

TEST_F(B4, PreValidationLocksNothing) {
  sync_step("Update", 10, R"("filteringattributes":"name",)");
  const auto first = begin("PATCH", row(), R"({"name":"first"})");
  const auto second = begin("PATCH", row(), R"({"telephone1":"2"})");
  EXPECT_EQ(second->status(), 204);
  answer(0);
  EXPECT_EQ(first->status(), 204);
  EXPECT_EQ(dv_get(row())["telephone1"], "2");
}

TEST_F(B4, AsynchronousStepsRunAfterTheCommitOnly) {
  async_step("Update");
  sync_step("Update");
  const auto refused = begin("PATCH", row(), R"({"name":"new"})");
  EXPECT_TRUE(webhooks.empty());
  answer(0, 500);
  EXPECT_TRUE(webhooks.empty());
  const auto accepted = begin("PATCH", row(), R"({"name":"new"})");
  answer(1);
  EXPECT_EQ(webhooks.size(), 1U);
}

TEST_F(B4, SynchronousCreateTellsTheIdThatTheRowWillHave) {
  sync_step("Create");
  const auto create = begin("POST", "accounts", R"({"name":"new"})");
  const std::string told = context_of(0)["PrimaryEntityId"];
  EXPECT_EQ(dv("GET", "accounts(" + told + ")").status, 404);
  answer(0);
  ASSERT_EQ(create->status(), 204);
  EXPECT_NE(create->response->headers.get("OData-EntityId").find(told), std::string_view::npos);
}

TEST_F(B4, TheVersionThatTheStepWasToldIsTheOneThatIsCommitted) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  const std::string told = target_of(context_of(0))["RowVersion"];
  dv("PATCH", "accounts(" + other + ")?tag=x", R"({"fax":"1"})", {{"MSCRM.BypassCustomPluginExecution", "true"}});
  answer(0);
  EXPECT_EQ(dv_get(row() + "?$select=versionnumber")["versionnumber"].dump(), told);
}

TEST_F(B4, RowVersionsAboveAnOpenTransactionAreWithheldFromDeltas) {
  sync_step("Update", 40, R"("filteringattributes":"name",)");
  const json start = dv_get("accounts?$select=name", {{"Prefer", "odata.track-changes"}});
  const std::string link = below_root(start["@odata.deltaLink"]);
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  dv("PATCH", "accounts(" + other + ")", R"({"fax":"1"})");
  const json meanwhile = dv_get(link);
  EXPECT_EQ(meanwhile["value"].size(), 0U);
  answer(0);
  const json after = dv_get(below_root(meanwhile["@odata.deltaLink"]));
  EXPECT_EQ(after["value"].size(), 2U);
}

TEST_F(B4, ThePipelineMayTakeTwoMinutes) {
  sync_step("Update", 20);
  sync_step("Update", 40);
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  clock.advance(std::chrono::minutes(2));
  answer(0);
  ASSERT_TRUE(update->is_done());
  EXPECT_EQ(code_of(*update->response), "0x80040224");
  EXPECT_EQ(calls.size(), 1U);
  EXPECT_EQ(name_of(id), "Name of A1");
}

TEST_F(B4, ARequestThatIsCutOffIsRolledBackAndFreesItsRows) {
  sync_step("Update", 40, R"("filteringattributes":"name",)");
  const auto cut = begin("PATCH", row(), R"({"name":"new"})");
  cancel_all();
  EXPECT_FALSE(cut->is_done());
  EXPECT_EQ(name_of(id), "Name of A1");
  EXPECT_EQ(dv("PATCH", row(), R"({"telephone1":"2"})").status, 204);
}

TEST_F(B4, AnOpenTransactionIsNotSaved) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  Writer saved;
  dataverse.save(saved);
  answer(0);
  EXPECT_EQ(name_of(id), "new");
  Reader from(saved.bytes());
  dataverse.load(from);
  EXPECT_EQ(name_of(id), "Name of A1");
}

class B4ReadersWait : public B4 {
 protected:
  static SandboxSettings settings_with() {
    SandboxSettings settings;
    settings.dataverse.readers_wait = true;
    return settings;
  }
  B4ReadersWait() : B4(settings_with()) {}
};

TEST_F(B4ReadersWait, AReadOfALockedRowWaitsIfTheSwitchSaysSo) {
  sync_step("Update");
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  const auto read = begin("GET", row() + "?$select=name");
  const auto elsewhere = begin("GET", "accounts(" + other + ")?$select=name");
  EXPECT_FALSE(read->is_done());
  EXPECT_EQ(elsewhere->status(), 200);
  answer(0);
  ASSERT_EQ(read->status(), 200);
  EXPECT_EQ(json::parse(read->response->body)["name"], "new");
}

class B4Faults : public B4 {
 protected:
  B4Faults() { dataverse.state().faults = &faults; }
  void rule(FaultKind kind, int status = 0) {
    FaultRule made;
    made.kind = kind;
    made.status = status;
    made.writes_only = true;
    made.delay = std::chrono::milliseconds(500);
    faults.add(made);
  }
  Faults faults;
};

TEST_F(B4Faults, TheTransactionMayRollBackAfterEveryStepAccepted) {
  sync_step("Update");
  rule(FaultKind::roll_back, 400);
  const auto update = begin("PATCH", row(), R"({"name":"new"})");
  answer(0);
  ASSERT_EQ(update->status(), 400);
  EXPECT_EQ(code_of(*update->response), "0x80040265");
  EXPECT_EQ(name_of(id), "Name of A1");
  EXPECT_EQ(calls.size(), 1U);
}

TEST_F(B4Faults, ARollBackWithAStatusFrom500IsASqlError) {
  rule(FaultKind::roll_back, 500);
  const http::Response update = dv("PATCH", row(), R"({"name":"new"})");
  EXPECT_EQ(update.status, 500);
  EXPECT_EQ(code_of(update), "0x80044151");
  EXPECT_EQ(name_of(id), "Name of A1");
  EXPECT_EQ(dv("PATCH", row(), R"({"name":"new"})").status, 204);
}

TEST_F(B4Faults, AChangeSetRollsBackAtItsCommit) {
  rule(FaultKind::roll_back, 400);
  const http::Response batch = dv_batch({part("PATCH", row(), R"({"name":"one"})", 0, "1"),
                                         part("PATCH", "accounts(" + other + ")", R"({"name":"two"})", 0, "2")});
  EXPECT_EQ(batch.status, 400);
  EXPECT_EQ(parts_of(batch).size(), 1U);
  EXPECT_EQ(name_of(id), "Name of A1");
  EXPECT_EQ(name_of(other), "Name of A2");
}

}  // namespace
}  // namespace dualwrite::sandbox
