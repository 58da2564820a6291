#pragma once
// An HTTP/1.1 server with keep-alive. No TLS: it listens on loopback or behind the site's reverse proxy.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dualwrite/async/task.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::http {

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one; ask port() afterwards
  std::size_t connections_max = 256;
  std::size_t body_bytes_max = 16u << 20;    ///< answered 413
  std::size_t header_bytes_max = 64u << 10;  ///< answered 431
  std::chrono::milliseconds read_limit{30000};
  std::chrono::milliseconds idle_limit{75000};
};

/// A handler throws it to close the connection in the middle of things: after the first `body_bytes` of the reply's
/// body, or before a byte of any reply. For a sandbox that rehearses lost and cut replies; not an error, so not
/// reported.
class HangUp : public std::exception {
 public:
  HangUp() = default;
  HangUp(Response reply, std::size_t body_bytes) : reply_(std::move(reply)), body_bytes_(body_bytes) {}
  [[nodiscard]] const std::optional<Response>& reply() const noexcept { return reply_; }
  [[nodiscard]] std::size_t body_bytes() const noexcept { return body_bytes_; }
  [[nodiscard]] const char* what() const noexcept override { return "the connection is closed on purpose"; }

 private:
  std::optional<Response> reply_;
  std::size_t body_bytes_ = 0;
};

/// Runs on one executor. The handler is a coroutine; one that throws is answered 500 and reported to `on_error`.
/// A reply with "Connection: close" closes the connection after it. Above `connections_max` a new connection waits: the
/// one that has been idle longest (a second at least) is closed for it, or the next that has been given its reply. Date
/// is added to replies that have none.
class Server {
 public:
  using Handler = std::function<Task<Response>(Request)>;
  using OnError = std::function<void(const std::string& what)>;

  /// Binds and listens at once. Throws std::system_error with the address in its text (port taken, no such address).
  Server(Executor executor, ServerSettings settings, Handler handler, OnError on_error);
  ~Server();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Accepts connections. Call once.
  void start();
  /// Stops accepting, lets running requests finish for `patience`, then closes. Must be awaited before destruction.
  Task<void> stop(std::chrono::milliseconds patience = std::chrono::seconds(5));
  /// In place of stop(): as when the process dies. Every connection is reset, and handlers are cancelled.
  Task<void> abort();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Keeps a port while no server listens on it: nobody else gets it, and who connects is refused. For a restart.
class HeldPort {
 public:
  /// Throws std::system_error with the address in its text.
  HeldPort(Executor executor, const std::string& address, std::uint16_t port);
  ~HeldPort();
  HeldPort(HeldPort&&) noexcept;
  HeldPort& operator=(HeldPort&&) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dualwrite::http
