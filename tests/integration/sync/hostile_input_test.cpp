// Bytes that no well-behaved service, caller or author would send: refused, and nothing is lost by it.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "dualwrite/config/settings.hpp"
#include "dualwrite/http/client.hpp"
#include "integration/sync/admin_door.hpp"
#include "integration/sync/meters.hpp"

namespace dualwrite::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t brackets_count = 100'000;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// Stands before a service and passes everything on; a test may spoil the replies.
class Meddler {
 public:
  using Spoil = std::function<void(const std::string& target, http::Response& reply)>;

  Meddler(Executor executor, std::string origin)
      : origin_(std::move(origin)),
        client_(http::make_client(executor, origin_)),
        server_(
            executor, settings(), [this](http::Request request) { return pass(std::move(request)); },
            [](const std::string& what) { ADD_FAILURE() << what; }) {
    server_.start();
  }

  void spoil(Spoil how) { spoil_ = std::move(how); }
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  Task<void> stop() { co_await server_.stop(); }

 private:
  static http::ServerSettings settings() {
    http::ServerSettings settings;
    settings.body_bytes_max = 128U << 20U;
    return settings;
  }

  Task<http::Response> pass(http::Request request) {
    const std::string target = request.target;
    const milliseconds limit(20000);
    auto reply = co_await client_->send(std::move(request), limit);
    if (!reply) co_return http::Response(502);
    replace_all(reply->body, origin_, origin());  // links lead back here
    if (spoil_) spoil_(target, *reply);
    co_return std::move(*reply);
  }

  std::string origin_;
  std::unique_ptr<http::Transport> client_;
  http::Server server_;
  Spoil spoil_;
};

/// A scenario with a meddler before each service.
void play_meddled(std::function<Task<void>(Stage&, Meddler& finops, Meddler& dataverse)> scenario) {
  play_unstarted([&](Stage& stage) -> Task<void> {
    Meddler finops(stage.executor(), stage.urls().finops);
    Meddler dataverse(stage.executor(), stage.urls().dataverse);
    stage.reroute(Side::finops, finops.origin());
    stage.reroute(Side::dataverse, dataverse.origin());
    auto maps = meter_maps();
    co_await stage.start_engine(std::move(maps));
    std::exception_ptr failure;
    try {
      co_await scenario(stage, finops, dataverse);
    } catch (...) {
      failure = std::current_exception();
    }
    finops.spoil({});
    dataverse.spoil({});
    co_await stage.stop_engine();
    co_await finops.stop();
    co_await dataverse.stop();
    if (failure) std::rethrow_exception(failure);
  });
}

std::vector<std::string> hostile_bodies() {
  std::string braces;
  for (std::size_t i = 0; i < brackets_count; ++i) braces += "{\"a\":";
  return {
      std::string(brackets_count, '['),
      braces,
      R"({"value":[)" + std::string(brackets_count, '[') + "]}",
      "{\"value\":[{\"MeterId\":\"\xff\xfe\"}]}",
      R"({"value":[{"MeterId":"\ud800"}]})",
      std::string("{\"value\":[]}\0{}", 15),
      R"({"value":[{"Quantity":1e400}]})",
      R"({"value":[)",
      "",
  };
}

/// Replaces the first replies, each by another of the hostile bodies.
Meddler::Spoil spoil_first(std::shared_ptr<std::size_t> spoiled) {
  return [spoiled, bodies = hostile_bodies()](const std::string&, http::Response& reply) {
    if (*spoiled < bodies.size()) reply.body = bodies[(*spoiled)++];
  };
}

TEST(HostileReplies, LoseNothingOnEitherSide) {
  play_meddled([](Stage& stage, Meddler& finops, Meddler& dataverse) -> Task<void> {
    co_await add_finops_meter(stage, "F1", "Quantity", "1");
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    auto from_finops = std::make_shared<std::size_t>(0);
    auto from_dataverse = std::make_shared<std::size_t>(0);
    finops.spoil(spoil_first(from_finops));
    dataverse.spoil(spoil_first(from_dataverse));
    co_await patch_finops_meter(stage, "F1", "Quantity", "12345678.0123456789");
    co_await patch_dataverse_meter(stage, "F1", "contoso_pulsecount", "9007199254740993");
    co_await add_dataverse_meter(stage, "D1", "contoso_amount", "12345678901234.5678");
    const bool quantity = co_await dataverse_reads(stage, "F1", "contoso_quantity", "12345678.0123456789");
    EXPECT_TRUE(quantity);
    const bool pulses = co_await finops_reads(stage, "F1", "PulseCount", "9007199254740993");
    EXPECT_TRUE(pulses);
    const bool amount = co_await finops_reads(stage, "D1", "Amount", "12345678901234.5678");
    EXPECT_TRUE(amount);
    const bool quiet = co_await stage.quiet("meters");
    EXPECT_TRUE(quiet);
    EXPECT_EQ(*from_finops, hostile_bodies().size());
    EXPECT_EQ(*from_dataverse, hostile_bodies().size());
    const sync::MapStatus map = co_await stage.map("meters");
    EXPECT_EQ(map.state, store::MapState::running);
    // A write whose reply could not be read is in doubt: a value that it may have hidden is in the journal.
    store::Filter of_losses;
    of_losses.kind = store::JournalKind::lost;
    auto losses = co_await stage.control().journal(of_losses);
    EXPECT_TRUE(losses);
    if (!losses) co_return;
    for (const store::JournalEntry& loss : *losses) EXPECT_EQ(loss.rule, "in-doubt") << loss.detail;
    EXPECT_EQ(map.dead_letters, 0);
  });
}

TEST(HostileReplies, ARowThatCannotBeReadIsADeadLetterAndTheOthersGoOn) {
  const std::vector<std::string> hostile{"\"\xff\"", R"("\ud800")", std::string(brackets_count, '['), "1e400"};
  for (const std::string& json : hostile) {
    play_meddled([&](Stage& stage, Meddler& finops, Meddler&) -> Task<void> {
      co_await add_finops_meter(stage, "BAD", "Quantity", "1");
      co_await add_finops_meter(stage, "GOOD", "Quantity", "1");
      const bool synced = co_await stage.synced("meters");
      EXPECT_TRUE(synced);
      finops.spoil([&](const std::string& target, http::Response& reply) {
        if (target.ends_with("$batch")) replace_all(reply.body, R"("MeterId":"BAD")", R"("MeterId":"BAD","x":)" + json);
      });
      co_await patch_finops_meter(stage, "BAD", "Quantity", "12345678.0123456789");
      co_await patch_finops_meter(stage, "GOOD", "Quantity", "12345678.0123456789");
      const bool good = co_await dataverse_reads(stage, "GOOD", "contoso_quantity", "12345678.0123456789");
      EXPECT_TRUE(good);
      auto letter = co_await open_letter_of(stage, "BAD");
      EXPECT_TRUE(letter);
      if (!letter) co_return;
      EXPECT_EQ(letter->side, Side::finops);
      EXPECT_EQ(letter->error_class, store::DeadLetterClass::unreadable);
      const std::string untouched = co_await dataverse_cell(stage, "BAD", "contoso_quantity");
      EXPECT_EQ(untouched, "1.0000000000");
      finops.spoil({});
      auto replayed = co_await stage.control().replay(letter->id);
      EXPECT_TRUE(replayed);
      const bool arrived = co_await dataverse_reads(stage, "BAD", "contoso_quantity", "12345678.0123456789");
      EXPECT_TRUE(arrived);
    });
  }
}

Task<http::Response> post(Executor executor, std::string origin, std::string path, std::string body) {
  auto client = http::make_client(executor, origin);
  http::Request request("POST", std::move(path));
  request.headers.add("Content-Type", "application/json");
  request.headers.add("x-dualwrite-key", "key");
  request.body = std::move(body);
  const milliseconds limit(20000);
  auto reply = co_await client->send(std::move(request), limit);
  if (!reply) throw std::runtime_error(reply.error().text());
  co_return std::move(*reply);
}

TEST(HostileInput, TheIngestRefusesWhatItCannotReadAndTakesTheNextEvent) {
  play_unstarted([](Stage& stage) -> Task<void> {
    auto maps = meter_maps();
    co_await stage.start_engine(std::move(maps));
    const bool synced = co_await stage.synced("meters");
    EXPECT_TRUE(synced);
    const std::string origin = stage.ingest_origin();
    auto bodies = hostile_bodies();
    bodies.push_back("{\"Entity\":\"MeterReadings\",\"Operation\":\"Created\",\"Key\":{\"MeterId\":\"\xff\"}}");
    bodies.push_back(R"({"Entity":"MeterReadings","Operation":"Created","Key":{"MeterId":"\udc00"}})");
    bodies.push_back(R"({"Entity":"MeterReadings","Operation":"Created","Key":)" + std::string(brackets_count, '['));
    for (const std::string& body : bodies) {
      for (const char* path : {"/ingest/finops", "/ingest/dataverse"}) {
        const http::Response reply = co_await post(stage.executor(), origin, path, body);
        EXPECT_EQ(reply.status, 400) << path << " " << body.substr(0, 60);
        EXPECT_EQ(reply.body.find('\xff'), std::string::npos);
      }
    }
    const http::Response large =
        co_await post(stage.executor(), origin, "/ingest/finops", std::string((16U << 20U) + 1, ' '));
    EXPECT_EQ(large.status, 413);
    const std::string event =
        R"({"Entity":"MeterReadings","Operation":"Created","Key":{"MeterId":"\ud83d\ude00\u0000"}})";
    const http::Response taken = co_await post(stage.executor(), origin, "/ingest/finops", event);
    EXPECT_EQ(taken.status, 204) << taken.body;
  });
}

TEST(HostileInput, TheAdminInterfaceRefusesWhatItCannotReadAndAnswersTheNextRequest) {
  play_unstarted([](Stage& stage) -> Task<void> {
    auto maps = meter_maps();
    co_await stage.start_engine(std::move(maps));
    AdminDoor door(stage);
    const std::string origin = door.origin();
    const std::string path = "/api/v1/maps/meters/initial-sync";
    auto bodies = hostile_bodies();
    bodies.push_back("{\"master\":\"\xff\"}");
    bodies.push_back(R"({"master":"\ud800"})");
    bodies.push_back(R"({"master":)" + std::string(brackets_count, '['));
    for (const std::string& body : bodies) {
      const http::Response reply = co_await post(stage.executor(), origin, path, body);
      EXPECT_EQ(reply.status, 400) << body.substr(0, 60);
    }
    const http::Response large = co_await post(stage.executor(), origin, path, std::string((1U << 20U) + 1, ' '));
    EXPECT_EQ(large.status, 413);
    const http::Response begun = co_await post(stage.executor(), origin, path, R"({"master":"finops"})");
    EXPECT_EQ(begun.status, 202) << begun.body;
    co_await door.stop();
  });
}

TEST(HostileInput, ConfigurationAndMapFilesThatCannotBeReadAreMistakes) {
  for (const std::string& text : hostile_bodies()) {
    EXPECT_FALSE(maps::read_map("map.json", text)) << text.substr(0, 60);
    std::string file = (std::filesystem::temp_directory_path() / "dualwrite-XXXXXX").string();
    const int made = mkstemp(file.data());
    ASSERT_GE(made, 0);
    std::ofstream(file, std::ios::binary) << text;
    close(made);
    const auto settings = config::read_settings(file);
    std::filesystem::remove(file);
    ASSERT_FALSE(settings) << text.substr(0, 60);
    EXPECT_FALSE(settings.error().empty());
  }
}

}  // namespace
}  // namespace dualwrite::test
