// A restart of the services, and a new process that takes over what the old one saved.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sandbox/archive.hpp"
#include "sandbox/state_file.hpp"
#include "support/run.hpp"
#include "unit/sandbox/sockets.hpp"

namespace dualwrite::sandbox {
namespace {

using testing::HasSubstr;
const std::string root = "/api/data/v9.2/";

/// Asks until somebody answers; nothing else tells a client that a service is back.
Task<http::Response> when_back(Caller& caller, std::string target) {
  for (int i = 0; i < 100000; ++i) {
    const auto answer = co_await caller.try_dataverse("GET", target, "");
    if (answer) co_return *answer;
  }
  co_return http::Response(0);
}

std::string target_of(const std::string& link) {
  return link.substr(link.find("/api/"));
}

struct Seen {
  std::string delta_link;
  std::string etag;
  std::string id;
};

/// An account, a link to the changes after it, then another account and a deletion.
Task<Seen> changes(Caller& caller) {
  Seen seen;
  std::string body = R"x({"name":"A","accountnumber":"1",)x"
                     R"x("msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='usmf')"})x";
  const auto first = co_await caller.dataverse("POST", root + "accounts", std::move(body));
  seen.id = id_of(first);
  const auto doomed = co_await caller.dataverse("POST", root + "accounts", R"({"name":"B","accountnumber":"2"})");
  const auto page = co_await caller.dataverse("GET", root + "accounts?$select=name", "", "odata.track-changes");
  seen.delta_link = target_of(json::parse(page.body)["@odata.deltaLink"].get<std::string>());
  const auto third = co_await caller.dataverse("POST", root + "accounts", R"({"name":"C","accountnumber":"3"})");
  EXPECT_EQ(third.status, 204);
  const auto gone = co_await caller.dataverse("DELETE", root + "accounts(" + id_of(doomed) + ")", "");
  EXPECT_EQ(gone.status, 204);
  const auto row = co_await caller.dataverse("GET", root + "accounts(" + seen.id + ")", "");
  seen.etag = row.headers.get("ETag");
  co_return seen;
}

/// All that changes() did is still so, and the link goes on from where it was.
Task<void> expect_same(Caller& caller, Seen seen) {
  const auto row = co_await when_back(caller, root + "accounts(" + seen.id + ")");
  EXPECT_EQ(row.headers.get("ETag"), seen.etag);
  const auto delta = co_await caller.dataverse("GET", seen.delta_link, "");
  EXPECT_EQ(delta.status, 200) << delta.body;
  const json items = json::parse(delta.body)["value"];
  EXPECT_EQ(items.size(), 2U) << delta.body;
  EXPECT_EQ(items[0].value("name", ""), "C");
  EXPECT_EQ(items[1].value("reason", ""), "deleted");
  // A later change is later for the old link too.
  const auto edited = co_await caller.dataverse("PATCH", root + "accounts(" + seen.id + ")", R"({"name":"A2"})");
  EXPECT_EQ(edited.status, 204);
  const auto more = co_await caller.dataverse("GET", seen.delta_link, "");
  EXPECT_EQ(json::parse(more.body)["value"].size(), 3U) << more.body;
  const std::string company = json::parse(row.body)["_msdyn_company_value"].get<std::string>();
  const std::string by_key = root + "accounts(accountnumber='1',_msdyn_company_value=" + company + ")";
  const auto twin = co_await caller.dataverse("GET", by_key, "");
  EXPECT_EQ(twin.status, 200) << "the alternate key still finds it";
}

/// A caller whose tokens came from the sandbox before; asking for others would not show that they stay valid.
Task<void> restart(Executor executor) {
  GateClock clock(executor);
  Receiver receiver(executor);
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  std::string url = receiver.url();
  co_await subscribe(caller, std::move(url));
  Seen seen = co_await changes(caller);
  co_await caller.inject(R"({"kind":"delay-event","delayMs":1})");
  co_await currency(caller, "EUR");
  co_await clock.wait_for(1);

  const auto wrong = co_await caller.control("restart", R"({"down":5})");
  EXPECT_EQ(wrong.status, 400);
  const auto accepted = co_await caller.control("restart", R"({"downMs":77})");
  EXPECT_EQ(accepted.status, 202);
  co_await clock.wait_for(2);
  EXPECT_EQ(clock.asked.back(), std::chrono::milliseconds(77));
  const auto refused = co_await caller.try_dataverse("GET", root + "WhoAmI", "");
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable) << refused.error().message();
  EXPECT_TRUE(receiver.requests.empty());

  clock.open();
  co_await expect_same(caller, std::move(seen));
  co_await receiver.wait_for(1);
  EXPECT_EQ(currency_of(receiver.requests[0]), "EUR");
  const auto again = co_await caller.control("restart", R"({"downMs":0})");
  EXPECT_EQ(again.status, 202);
  const auto back = co_await when_back(caller, root + "WhoAmI");
  EXPECT_EQ(back.status, 200);
  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(SandboxRestart, KeepsDataDeltaLinksTokensAndEventsOnTheSamePorts) {
  test::run<void>(restart);
}

Task<void> stop_while_down(Executor executor) {
  GateClock clock(executor);
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const auto accepted = co_await caller.control("restart", "");
  EXPECT_EQ(accepted.status, 202);
  co_await clock.wait_for(1);
  co_await sandbox.stop();
}

TEST(SandboxRestart, CanBeStoppedWhileItIsDown) {
  test::run<void>(stop_while_down);
}

Task<void> lose_what_is_under_way(Executor executor) {
  GateClock clock(executor);
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  co_await caller.inject(R"({"kind":"delay","method":"POST","path":"accounts","delayMs":5})");
  TaskGroup tasks(executor, [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; });
  bool was_lost = false;
  tasks.spawn("under way", [&caller, &was_lost]() -> Task<void> {
    const auto answer = co_await caller.try_dataverse("POST", root + "accounts", R"({"name":"A"})");
    was_lost = !answer && answer.error().code() == Errc::in_doubt;
  });
  co_await clock.wait_for(1);
  const auto accepted = co_await caller.control("restart", "");
  EXPECT_EQ(accepted.status, 202);
  co_await tasks.drained();
  EXPECT_TRUE(was_lost);
  co_await tasks.join();
  clock.open();
  const auto rows = co_await when_back(caller, root + "accounts");
  EXPECT_EQ(json::parse(rows.body)["value"].size(), 1U);
  co_await sandbox.stop();
}

TEST(SandboxRestart, RequestsUnderWayAreLost) {
  test::run<void>(lose_what_is_under_way);
}

class SandboxSaved : public testing::Test {
 protected:
  SandboxSaved() {
    std::string name = (std::filesystem::temp_directory_path() / "sandbox-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    folder = name;
    file = (folder / "state").string();
  }
  ~SandboxSaved() override {
    std::error_code ignored;  // what is left behind harms nobody
    std::filesystem::remove_all(folder, ignored);
  }
  void put(std::string_view bytes) const { std::ofstream(file, std::ios::binary) << bytes; }
  [[nodiscard]] std::string get() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::filesystem::path folder;
  std::string file;
};

/// One process after the other on the same ports.
Task<void> two_lives(Executor executor, std::string file) {
  GateClock clock(executor);
  SandboxSettings settings = any_ports();
  Receiver receiver(executor);
  auto first = std::make_unique<Sandbox>(executor, clock, settings);
  const Result<void> fresh = first->load(file);
  EXPECT_TRUE(fresh) << fresh.error().text();
  first->start();
  const Ports ports = first->ports();
  Caller caller(executor, clock, first->urls());
  std::string url = receiver.url();
  co_await subscribe(caller, std::move(url));
  Seen seen = co_await changes(caller);
  const auto customer = co_await caller.finops("POST", "/data/CustomersV3",
                                               R"({"dataAreaId":"dat","OrganizationName":"N","CustomerAccount":"C1"})");
  EXPECT_EQ(customer.status, 201) << customer.body;
  co_await receiver.wait_for(1);
  const std::string etag = json::parse(customer.body)["@odata.etag"].get<std::string>();
  co_await caller.inject(R"({"kind":"delay-event","delayMs":1})");
  co_await currency(caller, "EUR");
  co_await first->stop();
  const Result<void> saved = first->save(file);
  EXPECT_TRUE(saved) << saved.error().text();
  first.reset();

  settings.dataverse_port = ports.dataverse;
  settings.finops_port = ports.finops;
  settings.token_port = ports.token;
  Sandbox second(executor, clock, settings);
  const Result<void> loaded = second.load(file);
  EXPECT_TRUE(loaded) << loaded.error().text();
  second.start();
  co_await expect_same(caller, std::move(seen));
  co_await receiver.wait_for(2);
  EXPECT_EQ(currency_of(receiver.requests[1]), "EUR") << "not delivered by the first";
  const auto same = co_await caller.finops("GET", "/data/CustomersV3(dataAreaId='dat',CustomerAccount='C1')", "");
  EXPECT_EQ(json::parse(same.body).value("@odata.etag", ""), etag);
  co_await currency(caller, "USD");
  co_await receiver.wait_for(3);
  EXPECT_EQ(currency_of(receiver.requests[2]), "USD") << "the subscriber is known to the second";
  co_await second.stop();
  co_await receiver.stop();
}

TEST_F(SandboxSaved, AClientSeesOneService) {
  test::run<void>([this](Executor executor) { return two_lives(executor, file); });
  EXPECT_FALSE(std::filesystem::exists(file + ".tmp"));
  const auto mode = std::filesystem::status(file).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write) << "it holds keys";
}

TEST_F(SandboxSaved, AFileComesBackAsItWas) {
  ASSERT_TRUE(write_state_file(file, "content"));
  EXPECT_EQ(read_state_file(file).value(), "content");
  ASSERT_TRUE(write_state_file(file, ""));
  EXPECT_EQ(read_state_file(file).value(), "");
}

TEST_F(SandboxSaved, NoFileIsNoError) {
  EXPECT_EQ(read_state_file(file).value(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(file + ".tmp"));
}

TEST_F(SandboxSaved, APlaceWhereNothingCanBeWrittenIsFoundAtTheStart) {
  const auto read = read_state_file((folder / "none" / "state").string());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::storage);
}

TEST_F(SandboxSaved, EveryDamageIsFoundAndNothingIsOverwritten) {
  ASSERT_TRUE(write_state_file(file, "content"));
  const std::string good = get();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    put(bad);
    const auto read = read_state_file(file);
    ASSERT_FALSE(read) << "byte " << i;
    EXPECT_EQ(read.error().code(), Errc::invalid);
    put(good.substr(0, i));
    EXPECT_FALSE(read_state_file(file)) << "cut at " << i;
    EXPECT_EQ(get(), good.substr(0, i));
  }
  put(good + "x");
  EXPECT_FALSE(read_state_file(file));
}

TEST_F(SandboxSaved, ANewerFormatIsNamed) {
  Writer newer;
  newer.text("dualwrite sandbox state");
  newer.number(3);
  newer.text("what only the future knows");
  put(newer.bytes());
  const auto read = read_state_file(file);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("it has format 3, and this program reads format 2"));
  EXPECT_THAT(read.error().message(), HasSubstr(file));
}

Task<void> foreign(Executor executor, std::string file) {
  SystemClock clock;
  Sandbox sandbox(executor, clock, any_ports());
  const Result<void> loaded = sandbox.load(file);
  EXPECT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), Errc::invalid);
  co_return;
}

TEST_F(SandboxSaved, ContentOfAnotherProgramIsRefused) {
  ASSERT_TRUE(write_state_file(file, "a content whose checksum is right"));
  test::run<void>([this](Executor executor) { return foreign(executor, file); });
}

}  // namespace
}  // namespace dualwrite::sandbox
