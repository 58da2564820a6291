#include "dualwrite/sandbox/sandbox.hpp"

#include <utility>

#include "dualwrite/http/server.hpp"
#include "sandbox/control.hpp"
#include "sandbox/dataverse/service.hpp"
#include "sandbox/dispatcher.hpp"
#include "sandbox/finops/service.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::size_t body_bytes_max = 128U << 20U;  // what the real services take

DispatcherSettings webhook_settings(const SandboxSettings& settings) {
  DispatcherSettings to;
  to.name = "webhook";
  to.concurrency = 16;
  to.queue_max = settings.dataverse.webhook_queue_max;
  to.attempts_max = 2;
  to.time_limit = settings.dataverse.webhook_limit;
  to.gateway_errors_only = true;
  return to;
}

DispatcherSettings notice_settings(const SandboxSettings& settings) {
  DispatcherSettings to;
  to.name = "notice";
  to.concurrency = 8;
  to.queue_max = settings.finops.notify_queue_max;
  to.attempts_max = 4;  // once, and three times again
  to.pause = settings.finops.notify_pause;
  return to;
}

http::ServerSettings server_settings(const SandboxSettings& settings, std::uint16_t port) {
  http::ServerSettings to;
  to.address = settings.address;
  to.port = port;
  to.connections_max = 1024;
  to.body_bytes_max = body_bytes_max;
  return to;
}

std::string origin(const std::string& address, std::uint16_t port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

}  // namespace

struct Sandbox::State {
  SandboxSettings settings;
  Dispatcher webhooks;
  Dispatcher notices;
  TokenService tokens;
  dataverse::Service dataverse;
  finops::Service finops;
  http::Server dataverse_server;
  http::Server finops_server;
  http::Server token_server;

  State(const Executor& executor, Clock& clock, SandboxSettings given)
      : settings(std::move(given)),
        webhooks(executor, clock, webhook_settings(settings)),
        notices(executor, clock, notice_settings(settings)),
        tokens(clock, settings),
        dataverse(clock, settings, tokens, [this](Post post) { webhooks.post(std::move(post)); }),
        finops(clock, settings, tokens, [this](Post post) { notices.post(std::move(post)); }),
        dataverse_server(
            executor, server_settings(settings, settings.dataverse_port),
            [this](http::Request request) { return on_dataverse(std::move(request)); }, ignore),
        finops_server(
            executor, server_settings(settings, settings.finops_port),
            [this](http::Request request) { return on_finops(std::move(request)); }, ignore),
        token_server(
            executor, server_settings(settings, settings.token_port),
            [this](http::Request request) { return on_token(std::move(request)); }, ignore) {
    tokens.set_ports(dataverse_server.port(), finops_server.port());
    dataverse.set_origin(origin(settings.address, dataverse_server.port()));
    finops.set_origin(origin(settings.address, finops_server.port()));
  }

  // The server has answered 500 by then, and the sandbox keeps no log.
  static void ignore(const std::string&) {}

  [[nodiscard]] bool is_control(const http::Request& request) const {
    return settings.control && request.target.starts_with("/_sandbox/");
  }

  http::Response controlled(const http::Request& request) {
    return control(Controlled{&dataverse, &finops, &tokens, &webhooks, &notices}, request);
  }

  Task<http::Response> on_dataverse(http::Request request) {
    co_return is_control(request) ? controlled(request) : dataverse.handle(request);
  }

  Task<http::Response> on_finops(http::Request request) {
    co_return is_control(request) ? controlled(request) : finops.handle(request);
  }

  Task<http::Response> on_token(http::Request request) {
    co_return is_control(request) ? controlled(request) : tokens.handle(request);
  }
};

Sandbox::Sandbox(Executor executor, Clock& clock, SandboxSettings settings)
    : state_(std::make_unique<State>(executor, clock, std::move(settings))) {}

Sandbox::~Sandbox() = default;

void Sandbox::start() {
  state_->webhooks.start();
  state_->notices.start();
  state_->dataverse_server.start();
  state_->finops_server.start();
  state_->token_server.start();
}

Task<void> Sandbox::stop() {
  co_await state_->dataverse_server.stop();
  co_await state_->finops_server.stop();
  co_await state_->token_server.stop();
  co_await state_->webhooks.stop();
  co_await state_->notices.stop();
}

Ports Sandbox::ports() const {
  return {state_->dataverse_server.port(), state_->finops_server.port(), state_->token_server.port()};
}

Urls Sandbox::urls() const {
  const std::string& address = state_->settings.address;
  return {origin(address, state_->dataverse_server.port()), origin(address, state_->finops_server.port()),
          origin(address, state_->token_server.port()) + "/" + state_->settings.tenant + "/oauth2/v2.0/token"};
}

}  // namespace dualwrite::sandbox
