// The bounds of what waits to be sent, over the wire.
#include "integration/sandbox/services/stage.hpp"

namespace dualwrite::sandbox {
namespace {

TEST(H6Queues, WebhookCallsAboveTheBoundAreDroppedAndCounted) {
  SandboxSettings settings = any_ports();
  settings.dataverse.webhook_queue_max = 2;
  on_stage(
      [](Caller& caller, GateClock&) -> Task<void> {
        std::string body = R"({"name":"x","url":"http://127.0.0.1:9/hook","contract":8,"authtype":4,"authvalue":"k"})";
        const auto endpoint = co_await caller.dataverse("POST", api + "serviceendpoints", std::move(body));
        const auto messages = co_await caller.dataverse("GET", api + "sdkmessages?$filter=name%20eq%20'Create'", "");
        const auto message = json::parse(messages.body)["value"][0]["sdkmessageid"].get<std::string>();
        std::string query =
            "sdkmessagefilters?$filter=primaryobjecttypecode%20eq%20'account'%20and%20_sdkmessageid_value%20eq%20" +
            message;
        const auto filters = co_await caller.dataverse("GET", api + query, "");
        const auto filter = json::parse(filters.body)["value"][0]["sdkmessagefilterid"].get<std::string>();
        const json step{{"name", "s"},
                        {"mode", 1},
                        {"stage", 40},
                        {"sdkmessageid@odata.bind", "/sdkmessages(" + message + ")"},
                        {"sdkmessagefilterid@odata.bind", "/sdkmessagefilters(" + filter + ")"},
                        {"eventhandler_serviceendpoint@odata.bind", "/serviceendpoints(" + id_of(endpoint) + ")"}};
        const auto made = co_await caller.dataverse("POST", api + "sdkmessageprocessingsteps", step.dump());
        EXPECT_EQ(made.status, 204) << made.body;
        co_await caller.inject(R"({"kind":"delay-event","delayMs":1000,"count":9})");
        for (const char* name : {"A", "B", "C"}) co_await made_account(caller, name);
        const json stats = co_await observed(caller, "stats");
        EXPECT_EQ(stats["webhooks"]["queued"], 2);
        EXPECT_EQ(stats["webhooks"]["held"], 2);
        EXPECT_EQ(stats["webhooks"]["dropped"], 1);
      },
      settings);
}

TEST(H6Queues, ChangeNoticesAboveTheBoundAreDroppedAndCounted) {
  SandboxSettings settings = any_ports();
  settings.finops.notify_queue_max = 1;
  on_stage(
      [](Caller& caller, GateClock&) -> Task<void> {
        const auto told = co_await caller.control("finops/notify", R"({"url":"http://127.0.0.1:9/notice"})");
        EXPECT_EQ(told.status, 204) << told.body;
        co_await caller.inject(R"({"kind":"delay-event","delayMs":1000,"count":9})");
        for (const char* code : {"EUR", "USD", "CHF"}) {
          std::string body = R"({"CurrencyCode":")" + std::string(code) + "\"}";
          const auto made = co_await caller.finops("POST", "/data/Currencies", std::move(body));
          EXPECT_EQ(made.status, 201) << made.body;
        }
        const json stats = co_await observed(caller, "stats");
        EXPECT_EQ(stats["notices"]["queued"], 1);
        EXPECT_EQ(stats["notices"]["dropped"], 2);
      },
      settings);
}

}  // namespace
}  // namespace dualwrite::sandbox
