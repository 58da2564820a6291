#pragma once
// Steps registered through the Web API, and requests that wait for the webhooks that they call.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {

class StepTest : public SandboxTest {
 protected:
  /// A webhook call of a synchronous step, under way until the test answers it.
  struct Open {
    Post post;
    Signal answered;
    std::optional<CallAnswer> answer;
    Open(Post p, const Executor& executor) : post(std::move(p)), answered(executor) {}
  };
  /// A request that may be under way.
  struct Pending {
    std::optional<http::Response> response;
    [[nodiscard]] bool is_done() const { return response.has_value(); }
    [[nodiscard]] int status() const { return response ? response->status : 0; }
  };

  explicit StepTest(SandboxSettings given = {}) : SandboxTest(std::move(given)) {
    dataverse.set_caller([this](Post post) { return take(std::move(post)); });
  }
  ~StepTest() override { cancel_all(); }

  std::string endpoint(const std::string& more = R"("authtype":5,)"
                                                 R"("authvalue":"<settings><setting name=\"x-key\" value=\"k\" />)"
                                                 R"(</settings>")") {
    return dv_create("serviceendpoints",
                     R"({"name":"sync","url":"http://127.0.0.1:9999/hook","contract":8,)" + more + "}");
  }
  std::string step_body(const std::string& message, const std::string& service, const std::string& more,
                        const std::string& table = "account") {
    const std::string message_id =
        dv_get("sdkmessages?$select=sdkmessageid&$filter=name eq '" + message + "'")["value"][0]["sdkmessageid"]
            .get<std::string>();
    const std::string filter_id =
        dv_get("sdkmessagefilters?$select=sdkmessagefilterid&$filter=primaryobjecttypecode eq '" + table +
               "' and sdkmessageid/sdkmessageid eq " + message_id)["value"][0]["sdkmessagefilterid"]
            .get<std::string>();
    return R"({"name":"step","supporteddeployment":0,"asyncautodelete":true,)" + more +
           R"("sdkmessageid@odata.bind":"/sdkmessages()" + message_id +
           R"x()","sdkmessagefilterid@odata.bind":"/sdkmessagefilters()x" + filter_id +
           R"x()","eventhandler_serviceendpoint@odata.bind":"/serviceendpoints()x" + service + ")\"}";
  }
  std::string step(const std::string& message, const std::string& more) {
    return dv_create("sdkmessageprocessingsteps", step_body(message, endpoint(), more));
  }
  std::string sync_step(const std::string& message, int stage = 40, const std::string& more = {}) {
    return step(message, R"("mode":0,"rank":1,"stage":)" + std::to_string(stage) + "," + more);
  }
  std::string async_step(const std::string& message, const std::string& more = {}) {
    return step(message, R"("mode":1,"stage":40,)" + more);
  }
  http::Response try_image(const std::string& step_id, const std::string& more) {
    return dv("POST", "sdkmessageprocessingstepimages",
              R"({"name":"image","entityalias":"image",)" + more +
                  R"("sdkmessageprocessingstepid@odata.bind":"/sdkmessageprocessingsteps()" + step_id + ")\"}");
  }

  /// Begins a request and lets it come as far as it can.
  std::shared_ptr<Pending> begin(const std::string& method, const std::string& path, const std::string& body = {},
                                 HeaderPairs headers = {}) {
    http::Request made =
        request(method, "/api/data/v9.2/" + encoded(path), body, headers, dataverse_token, "127.0.0.1:8701");
    auto pending = std::make_shared<Pending>();
    tasks.spawn("request", [this, pending, made = std::move(made)] { return serve(pending, made); });
    settle();
    return pending;
  }
  std::shared_ptr<Pending> begin_batch(const std::vector<odata::BatchRequestPart>& parts) {
    return begin("POST", "$batch", odata::encode_batch_request(parts, "batch_1"),
                 {{"Content-Type", "multipart/mixed; boundary=batch_1"}});
  }
  void answer(std::size_t call, int status = 200) { answer(call, CallAnswer(status, false)); }
  void answer(std::size_t call, CallAnswer with) {
    calls.at(call).answer = with;
    calls.at(call).answered.notify();
    settle();
  }
  /// Runs whatever can run now.
  void settle() {
    context.restart();
    context.poll();
  }
  /// As when the server is shut: every request that is under way is cancelled.
  void cancel_all() {
    bool joined = false;
    const auto close = [this]() -> Task<void> { co_await tasks.join(std::chrono::milliseconds(0)); };
    boost::asio::co_spawn(executor, close, [&joined](const std::exception_ptr&) { joined = true; });
    context.restart();
    while (!joined) context.run_one();
    settle();
  }

  json context_of(std::size_t call) { return json::parse(calls.at(call).post.body); }
  static json value_of(const json& list, const std::string& key) {
    for (const json& entry : list) {
      if (entry["key"] == key) return entry["value"];
    }
    return {};
  }
  static json target_of(const json& context) { return value_of(context["InputParameters"], "Target"); }
  std::string name_of(const std::string& row) {
    return dv_get("accounts(" + row + ")?$select=name")["name"].get<std::string>();
  }

  boost::asio::io_context context{1};
  Executor executor = context.get_executor();
  std::deque<Open> calls;
  std::vector<std::string> failures;
  TaskGroup tasks{executor, [this](const std::string&, const std::string& what) { failures.push_back(what); }};

 private:
  Task<CallAnswer> take(Post post) {
    Open& open = calls.emplace_back(std::move(post), executor);
    while (!open.answer) {
      co_await open.answered.wait();
    }
    co_return *open.answer;
  }
  Task<void> serve(std::shared_ptr<Pending> pending, http::Request made) {
    http::Response response = co_await dataverse.serve(std::move(made));
    pending->response = std::move(response);
  }
};

}  // namespace dualwrite::sandbox
