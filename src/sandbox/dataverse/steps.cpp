#include "sandbox/dataverse/steps.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/jobs.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

// B2: a larger body loses its parameters and images.
constexpr std::size_t body_bytes_max = 256 * 1024;
// A13: the default of an organization's setting.
constexpr std::size_t bypassed_steps_max = 3;
constexpr std::string_view step_tables[]{"serviceendpoint", "sdkmessageprocessingstep",
                                         "sdkmessageprocessingstepimage"};

bool is_met(const Step& step, const Event& event) {
  if (step.message != event.message || step.table != event.table) return false;
  if (step.can_be_bypassed) {
    if (step.is_sync ? event.bypass.sync : event.bypass.async) return false;
    if (std::ranges::find(event.bypass.steps, step.id) != event.bypass.steps.end()) return false;
  }
  if (event.message != Message::update || step.filter.empty()) return true;
  return std::ranges::any_of(step.filter, [&](ColumnId column) { return event.changed.has(column); });
}

Post post_of(const State& state, const Event& event, const Step& step) {
  const std::string& table = state.database.table(event.table).schema().name;
  Post post;
  post.url = step.url;
  post.subject = table + "/" + std::string(to_string(event.message));
  post.headers = step.headers;
  post.headers.add("Content-Type", "application/json; charset=utf-8");
  post.headers.add("x-ms-dynamics-organization", state.host);
  post.headers.add("x-ms-dynamics-entity-name", table);
  post.headers.add("x-ms-dynamics-request-name", std::string(to_string(event.message)));
  post.headers.add("x-ms-correlation-request-id", event.correlation);
  post.body = remote_context(state, event, step, false);
  if (post.body.size() > body_bytes_max) {
    post.headers.add("x-ms-dynamics-msg-size-exceeded", "true");
    post.body = remote_context(state, event, step, true);
  }
  return post;
}

std::unexpected<Refusal> step_failed(const State& state, const CallFailure& failure) {
  return refuse(state.switches.webhook_failure_status, std::string(failure.code), failure.text);
}

}  // namespace

std::string_view to_string(Message message) noexcept {
  switch (message) {
    case Message::create:
      return "Create";
    case Message::update:
      return "Update";
    case Message::remove:
      return "Delete";
  }
  return "";
}

CallFailure failure_of(const CallAnswer& answer) {
  if (answer.timed_out) {
    return {"0x80050202",
            "The webhook call failed because the http request timed out at client side. Please check your webhook "
            "request handler."};
  }
  if (answer.status == 0) {
    return {"0x80050205", "The webhook call failed during http post. Please check the exception for more details."};
  }
  return {"0x80050201",
          "The webhook call failed because the http request received non-success httpStatus code. Please check your "
          "webhook request handler."};
}

CallFailure failure_of(BrokenCredentials which) {
  const bool is_header = which == BrokenCredentials::headers;
  return {is_header ? "0x80050203" : "0x80050204",
          std::string("The webhook call failed because of invalid http ") + (is_header ? "headers" : "query params") +
              " in authValue. Check if the authValue format, " + (is_header ? "header" : "query parameter") +
              " names and values are valid for your Service Endpoint entity."};
}

Outcome<Bypass> bypass_of(const http::Headers& headers) {
  Bypass bypass;
  for (const std::string_view word : split_top_level(headers.get("MSCRM.BypassBusinessLogicExecution"), ',')) {
    bypass.sync = bypass.sync || equal_ignoring_case(word, "CustomSync");
    bypass.async = bypass.async || equal_ignoring_case(word, "CustomAsync");
  }
  if (equal_ignoring_case(headers.get("MSCRM.BypassCustomPluginExecution"), "true")) bypass.sync = true;
  const std::string_view ids = headers.get("MSCRM.BypassBusinessLogicExecutionStepIds");
  for (const std::string_view id : split_top_level(ids, ',')) {
    if (id.empty()) continue;
    auto step = guid_bytes(id);
    if (!step) return refuse(400, "0x80040203", "'" + std::string(id) + "' is not the id of a step.");
    bypass.steps.push_back(std::move(*step));
  }
  if (bypass.steps.size() > bypassed_steps_max) {
    return refuse(
        400, "0x80040203",
        "MSCRM.BypassBusinessLogicExecutionStepIds names more than " + std::to_string(bypassed_steps_max) + " steps.");
  }
  return bypass;
}

void Steps::written(const TableSchema& schema) {
  if (std::ranges::find(step_tables, schema.name) != std::end(step_tables)) is_stale_ = true;
}

const std::vector<Step>& Steps::all() {
  if (is_stale_) steps_ = read_steps(state_);
  is_stale_ = false;
  return steps_;
}

bool Steps::wants(Message message, TableId table) {
  return std::ranges::any_of(all(), [&](const Step& step) { return step.message == message && step.table == table; });
}

Outcome<bool> Steps::call(Execution& execution, Transaction& transaction, int stage, const Event& event) {
  // A copy: while a call is out, somebody may write the tables of the steps.
  std::vector<Step> met;
  for (const Step& step : all()) {
    if (step.is_sync && step.stage == stage && is_met(step, event)) met.push_back(step);
  }
  for (const Step& step : met) {
    if (step.broken != BrokenCredentials::none) return step_failed(state_, failure_of(step.broken));
    const std::string identity = step.id + event.key + std::string(to_string(event.message));
    const CallAnswer answer = execution.call(transaction, identity, [&] { return post_of(state_, event, step); });
    if (!answer.is_success()) return step_failed(state_, failure_of(answer));
  }
  return true;
}

void Steps::fire(const Event& event) {
  if (!state_.sink) return;
  for (const Step& step : all()) {
    if (step.is_sync || !is_met(step, event)) continue;
    std::string job = jobs_.add(event, step);
    if (step.broken != BrokenCredentials::none) {
      jobs_.failed(job, failure_of(step.broken));
      continue;
    }
    Post post = post_of(state_, event, step);
    post.job = std::move(job);
    state_.sink(std::move(post));
  }
}

}  // namespace dualwrite::sandbox::dataverse
