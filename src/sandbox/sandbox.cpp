#include "dualwrite/sandbox/sandbox.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "dualwrite/async/task_group.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/clocks.hpp"
#include "sandbox/control.hpp"
#include "sandbox/control_finops.hpp"
#include "sandbox/dataverse/service.hpp"
#include "sandbox/dispatcher.hpp"
#include "sandbox/door.hpp"
#include "sandbox/fault_apply.hpp"
#include "sandbox/finops/service.hpp"
#include "sandbox/meter.hpp"
#include "sandbox/snapshots.hpp"
#include "sandbox/state_file.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds webhook_limit_min{100};
constexpr std::size_t late_requests_max = 1000;
constexpr std::size_t body_bytes_max = 128U << 20U;  // what the real services take

DispatcherSettings webhook_settings(const SandboxSettings& settings) {
  DispatcherSettings to;
  to.name = "webhook";
  to.concurrency = 16;
  to.queue_max = settings.dataverse.webhook_queue_max;
  to.attempts_max = 2;
  // Enforced in real time. However fast the clock runs, a receiver gets as long as an answer takes.
  to.time_limit = std::max(settings.dataverse.webhook_limit / settings.time_scale,
                           std::min(settings.dataverse.webhook_limit, webhook_limit_min));
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
  Executor executor;
  SandboxSettings settings;
  ScaledClock clock;
  SkewedClock dataverse_clock{clock};
  SkewedClock finops_clock{clock};
  Meter dataverse_meter;
  Meter finops_meter;
  Snapshots snapshots;
  std::string initial;  ///< what the services held at the start, for a reset; empty without --control
  Faults faults;
  Dispatcher webhooks;
  Dispatcher notices;
  TokenService tokens;
  dataverse::Service dataverse;
  finops::Service finops;
  Serve serve_dataverse = [this](http::Request request) { return dataverse.serve(std::move(request)); };
  Serve serve_finops = [this](http::Request request) { return in_finops(std::move(request)); };
  Serve serve_token = [this](http::Request request) { return in_tokens(std::move(request)); };
  ServeLater later = [this](Side side, http::Request request, std::chrono::milliseconds delay) {
    serve_later(side, std::move(request), delay);
  };
  Door dataverse_door;
  Door finops_door;
  Door token_door;
  bool is_restarting = false;
  std::size_t late_requests = 0;
  TaskGroup tasks;  // last: its coroutines use everything above

  State(const Executor& e, Clock& c, SandboxSettings given)
      : executor(e),
        settings(std::move(given)),
        clock(c, settings.time_scale),
        snapshots(settings.snapshot_dir),
        webhooks(e, clock, webhook_settings(settings)),
        notices(e, clock, notice_settings(settings)),
        tokens(clock, settings),
        dataverse(dataverse_clock, settings, tokens,
                  [this](Post post) { send(webhooks, Side::dataverse, std::move(post)); }),
        finops(finops_clock, settings, tokens, [this](Post post) { send(notices, Side::finops, std::move(post)); }),
        dataverse_door(e, server_settings(settings, settings.dataverse_port),
                       [this](http::Request request) { return on_service(Side::dataverse, std::move(request)); }),
        finops_door(e, server_settings(settings, settings.finops_port),
                    [this](http::Request request) { return on_service(Side::finops, std::move(request)); }),
        token_door(e, server_settings(settings, settings.token_port),
                   [this](http::Request request) { return on_token(std::move(request)); }),
        tasks(e, [this](const std::string& name, const std::string& what) {
          if (settings.on_failure) settings.on_failure(name + ": " + what);
        }) {
    tokens.set_ports(dataverse_door.port(), finops_door.port());
    dataverse.set_origin(origin(settings.address, dataverse_door.port()));
    finops.set_origin(origin(settings.address, finops_door.port()));
    dataverse.state().faults = &faults;
    dataverse.set_caller([this](Post post) { return webhooks.call(std::move(post)); });
    finops.state().faults = &faults;
    notices.on_ended([this](const Post& post, PostEnd end, const CallAnswer&) {
      if (end == PostEnd::failed) finops.state().events.failed(post);
    });
    dataverse.keep_jobs();
    webhooks.on_ended(
        [this](const Post& post, PostEnd end, const CallAnswer& answer) { dataverse.call_ended(post, end, answer); });
    Faults::Hands hands;
    hands.elapsed = [this] { return clock.elapsed(); };
    hands.revoke_token = [this](const http::Request& request) { tokens.revoke(request.headers); };
    hands.restart = [this](std::chrono::milliseconds down) { begin_restart(down); };
    faults.set_hands(std::move(hands));
    remember_start();
  }

  void remember_start() {
    if (settings.control) initial = saved_services(controls());
  }

  void send(Dispatcher& through, Side side, Post post) {
    const auto fault = faults.on_event(EventFacts{side, post.subject});
    through.post(std::move(post), fault);
  }

  [[nodiscard]] bool is_control(const http::Request& request) const {
    return settings.control && request.target.starts_with("/_sandbox/");
  }

  Controlled controls() {
    Controlled on;
    on.dataverse = &dataverse;
    on.finops = &finops;
    on.tokens = &tokens;
    on.webhooks = &webhooks;
    on.notices = &notices;
    on.faults = &faults;
    on.snapshots = &snapshots;
    on.initial = &initial;
    on.dataverse_clock = &dataverse_clock;
    on.finops_clock = &finops_clock;
    on.dataverse_meter = &dataverse_meter;
    on.finops_meter = &finops_meter;
    on.restart = [this](std::chrono::milliseconds down) { return begin_restart(down); };
    return on;
  }

  http::Response controlled(const http::Request& request) { return control(controls(), request); }

  const Serve& serve(Side side) const {
    if (side == Side::token) return serve_token;
    return side == Side::dataverse ? serve_dataverse : serve_finops;
  }

  Task<http::Response> in_finops(http::Request request) { co_return finops.handle(request); }

  Task<http::Response> on_service(Side side, http::Request request) {
    if (is_control(request)) co_return co_await on_control(std::move(request));
    Meter& meter = side == Side::dataverse ? dataverse_meter : finops_meter;
    meter.asked(request);
    http::Response response = co_await serve_with_faults(faults, clock, side, std::move(request), serve(side), later);
    meter.answered(response);
    co_return response;
  }

  Task<http::Response> on_control(http::Request request) {
    if (saves_event_endpoint(request)) co_return co_await save_event_endpoint(executor, finops, std::move(request));
    co_return controlled(request);
  }

  Task<http::Response> on_token(http::Request request) {
    if (is_control(request)) co_return co_await on_control(std::move(request));
    co_return co_await serve_with_faults(faults, clock, Side::token, std::move(request), serve(Side::token), later);
  }

  Task<http::Response> in_tokens(http::Request request) { co_return tokens.handle(request); }

  void serve_later(Side side, http::Request request, std::chrono::milliseconds delay) {
    if (late_requests >= late_requests_max) return;
    ++late_requests;
    tasks.spawn("late request",
                [this, side, request = std::move(request), delay] { return land(side, request, delay); });
  }

  Task<void> land(Side side, http::Request request, std::chrono::milliseconds delay) {
    co_await clock.sleep(delay);
    --late_requests;
    co_await serve(side)(std::move(request));
  }

  bool begin_restart(std::chrono::milliseconds down) {
    if (is_restarting) return false;
    is_restarting = true;
    tasks.spawn("restart", [this, down] { return restart(down); });
    return true;
  }

  Task<void> restart(std::chrono::milliseconds down) {
    // Behind the reply to whoever asked for it, which goes out in this turn of the loop.
    co_await asio::post(executor, asio::use_awaitable);
    webhooks.pause();
    notices.pause();
    co_await dataverse_door.shut();
    co_await finops_door.shut();
    co_await token_door.shut();
    co_await clock.sleep(down);
    dataverse_door.open();
    finops_door.open();
    token_door.open();
    webhooks.resume();
    notices.resume();
    is_restarting = false;
  }

  [[nodiscard]] std::string save() const {
    Writer to;
    tokens.save(to);
    dataverse.save(to);
    finops.save(to);
    webhooks.save(to);
    notices.save(to);
    return to.bytes();
  }

  void load(std::string_view content) {
    Reader from(content);
    tokens.load(from);
    dataverse.load(from);
    finops.load(from);
    webhooks.load(from);
    notices.load(from);
    if (!from.at_end()) throw ArchiveError("it holds more than expected");
    remember_start();
  }
};

Sandbox::Sandbox(Executor executor, Clock& clock, SandboxSettings settings)
    : state_(std::make_unique<State>(executor, clock, std::move(settings))) {}

Sandbox::~Sandbox() = default;

Result<void> Sandbox::load(const std::string& path) {
  auto content = read_state_file(path);
  if (!content) return std::unexpected(content.error());
  if (!*content) return {};
  try {
    state_->load(**content);
  } catch (const ArchiveError& error) {
    return fail(Errc::invalid, "reading the sandbox's state from " + path + ": " + error.what(),
                "it was saved by another version; name another file, or move this one away to begin anew");
  }
  return {};
}

Result<void> Sandbox::save(const std::string& path) const {
  return write_state_file(path, state_->save());
}

void Sandbox::start() {
  state_->webhooks.start();
  state_->notices.start();
  state_->dataverse_door.start();
  state_->finops_door.start();
  state_->token_door.start();
}

Task<void> Sandbox::stop() {
  co_await state_->tasks.join(std::chrono::seconds(1));
  co_await state_->dataverse_door.stop();
  co_await state_->finops_door.stop();
  co_await state_->token_door.stop();
  co_await state_->webhooks.stop();
  co_await state_->notices.stop();
}

Ports Sandbox::ports() const {
  return {state_->dataverse_door.port(), state_->finops_door.port(), state_->token_door.port()};
}

Urls Sandbox::urls() const {
  const std::string& address = state_->settings.address;
  return {origin(address, state_->dataverse_door.port()), origin(address, state_->finops_door.port()),
          origin(address, state_->token_door.port()) + "/" + state_->settings.tenant + "/oauth2/v2.0/token"};
}

}  // namespace dualwrite::sandbox
