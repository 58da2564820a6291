#include "dualwrite/http/server.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <system_error>
#include <utility>

#include "dualwrite/async/task_group.hpp"
#include "http/session.hpp"

namespace dualwrite::http {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds accept_retry_delay{100};  // out of file descriptors, say
constexpr milliseconds full_check_period{100};
// A connection that was used a moment ago is about to be used again: its next request must not meet a closed door.
constexpr milliseconds idle_grace{1000};
constexpr milliseconds handler_patience{1000};  // between asking a handler to stop and insisting

// Limits are watched by looking at all sessions now and then, which is cheaper than a timer for each request.
milliseconds watch_period(const ServerSettings& settings) {
  return std::clamp<milliseconds>(std::min(settings.read_limit, settings.idle_limit) / 4, milliseconds{5},
                                  milliseconds{1000});
}

void check(const ErrorCode& error, const ServerSettings& settings) {
  if (!error) return;
  throw std::system_error(std::error_code(error),
                          "listening on " + settings.address + " port " + std::to_string(settings.port));
}

asio::ip::tcp::acceptor bind(const Executor& executor, const ServerSettings& settings) {
  ErrorCode error;
  const std::string address = settings.address == "localhost" ? "127.0.0.1" : settings.address;
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address, error), settings.port);
  check(error, settings);
  asio::ip::tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  check(error, settings);
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  check(error, settings);
  acceptor.bind(endpoint, error);
  check(error, settings);
  return acceptor;
}

asio::ip::tcp::acceptor listen(const Executor& executor, const ServerSettings& settings) {
  asio::ip::tcp::acceptor acceptor = bind(executor, settings);
  ErrorCode error;
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  check(error, settings);
  return acceptor;
}

}  // namespace

struct Server::State {
  State(const Executor& e, ServerSettings settings, Handler handler, OnError on_error)
      : executor(e),
        acceptor(listen(e, settings)),
        port(acceptor.local_endpoint().port()),
        context(e, std::move(settings), std::move(handler), std::move(on_error)),
        tasks(e, [this](const std::string& name, const std::string& what) { context.on_error(name + ": " + what); }) {}

  Task<void> accept() {
    while (!context.stopping) {
      asio::ip::tcp::socket socket(executor);
      ErrorCode error;
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
      if (context.stopping) co_return;
      if (error) {
        context.on_error("accepting a connection: " + error.message());
        asio::steady_timer timer(executor, accept_retry_delay);
        co_await timer.async_wait(asio::use_awaitable);
        continue;
      }
      while (context.session_count >= context.settings.connections_max) {
        context.somebody_waits = true;
        close_longest_idle();
        co_await context.ended.wait(full_check_period);
        if (context.stopping) co_return;
      }
      context.somebody_waits = false;
      socket.set_option(asio::ip::tcp::no_delay(true), error);
      if (!error) socket.non_blocking(true, error);
      if (error) continue;  // the peer has gone already
      auto session = std::make_shared<Session>(context, std::move(socket));
      tasks.spawn("http connection", [session] { return session->serve(); });
    }
  }

  void close_longest_idle() {
    const auto idle_since_max = SteadyClock::now() - idle_grace;
    Session* longest = nullptr;
    for (Session& session : context.sessions) {
      if (!session.is_idle() || session.deadline() - context.settings.idle_limit > idle_since_max) continue;
      if (longest == nullptr || session.deadline() < longest->deadline()) longest = &session;
    }
    if (longest != nullptr) longest->close();
  }

  Task<void> watch() {
    const milliseconds period = watch_period(context.settings);
    asio::steady_timer timer(executor);
    while (true) {
      timer.expires_after(period);
      co_await timer.async_wait(asio::use_awaitable);
      const auto now = SteadyClock::now();
      for (Session& session : context.sessions) {
        if (session.deadline() < now) session.close();
      }
    }
  }

  // Returns when no session is left, or after `patience`.
  Task<void> wait_for_sessions(milliseconds patience) {
    const auto deadline = SteadyClock::now() + std::min<milliseconds>(patience, std::chrono::hours(24));
    while (context.session_count > 0) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
      if (left <= milliseconds{0}) co_return;
      co_await context.ended.wait(left);
    }
  }

  Executor executor;
  asio::ip::tcp::acceptor acceptor;
  std::uint16_t port;
  ServerContext context;
  TaskGroup tasks;  // last: its coroutines use everything above
};

Server::Server(Executor executor, ServerSettings settings, Handler handler, OnError on_error)
    : state_(std::make_shared<State>(executor, std::move(settings), std::move(handler), std::move(on_error))) {}

Server::~Server() = default;

std::uint16_t Server::port() const noexcept {
  return state_->port;
}

void Server::start() {
  State* const state = state_.get();
  state->tasks.spawn("http accept", [state] { return state->accept(); });
  state->tasks.spawn("http limits", [state] { return state->watch(); });
}

Task<void> Server::stop(std::chrono::milliseconds patience) {
  State& state = *state_;
  state.context.stopping = true;
  ErrorCode ignored;  // closing cannot be refused
  state.acceptor.close(ignored);
  for (Session& session : state.context.sessions) {
    if (session.is_idle()) session.close();
  }
  // The end must be seen even if the caller is cancelled meanwhile; a cancellation ends the patience.
  const bool throws_before = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    co_await state.wait_for_sessions(patience);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
  }
  for (Session& session : state.context.sessions) session.close();
  co_await state.tasks.join(handler_patience);
  co_await asio::this_coro::throw_if_cancelled(throws_before);
}

Task<void> Server::abort() {
  State& state = *state_;
  for (Session& session : state.context.sessions) session.reset();
  const milliseconds no_patience{0};
  co_await stop(no_patience);
}

struct HeldPort::State {
  asio::ip::tcp::acceptor bound;
};

HeldPort::HeldPort(Executor executor, const std::string& address, std::uint16_t port) {
  ServerSettings settings;
  settings.address = address;
  settings.port = port;
  state_ = std::make_unique<State>(bind(executor, settings));
}

HeldPort::~HeldPort() = default;
HeldPort::HeldPort(HeldPort&&) noexcept = default;
HeldPort& HeldPort::operator=(HeldPort&&) noexcept = default;

}  // namespace dualwrite::http
