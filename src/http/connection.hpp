#pragma once
// One connection of the client: connects, verifies, and exchanges one request and reply after the other.
#include <array>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/message.hpp"
#include "http/message_reader.hpp"
#include "http/read_buffer.hpp"

namespace dualwrite::http {

/// What every connection of one client shares. Outlives them.
struct Target {
  Target(Executor e, Url u, ClientSettings s);

  Executor executor;
  Url url;
  std::string name;        ///< "host:port", as messages name it
  std::string host_field;  ///< the value of the Host field
  ClientSettings settings;
  Url dial;                                      ///< where connections go: to the service, or to the proxy
  std::string proxy_authorization;               ///< what the proxy is told of us; a secret; empty: nothing
  std::optional<boost::asio::ssl::context> tls;  ///< present for https
};

/// Kept by shared_ptr: its timer may still hold it when its user has let go.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// How an exchange ended.
  struct Outcome {
    explicit Outcome(Result<Response> r) : result(std::move(r)) {}
    Result<Response> result;
    bool was_stale = false;  ///< the peer ended the connection before a byte of a reply
  };

  explicit Connection(const Target& target);

  /// Fails with Errc::unavailable.
  Task<Result<void>> connect(Time deadline);

  /// The request lies here during the exchange, so that it is neither copied nor referred to across coroutines.
  void load(Request request) { request_ = std::move(request); }
  Request unload() { return std::move(request_); }

  /// Sends the loaded request and reads its reply. Errors as Transport::send().
  Task<Outcome> exchange(Time deadline);

  /// False if the last exchange used the connection up.
  [[nodiscard]] bool is_reusable() const noexcept { return reusable_; }
  /// An idle connection is only quiet; one with something to read has been closed, or is about to be.
  [[nodiscard]] bool is_quiet();
  void close() noexcept;
  void go_idle();
  [[nodiscard]] Time idle_since() const noexcept { return idle_since_; }

 private:
  using ErrorCode = boost::system::error_code;
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

  /// Why we ended the connection ourselves, if we did.
  enum class Ending : std::uint8_t { none, time_over, cancelled };

  class Watch;  // closes the connection at a time

  Task<Result<Endpoints>> resolve(Time deadline);
  Task<ErrorCode> connect_to(boost::asio::ip::tcp::endpoint endpoint, Time deadline);
  Task<Result<void>> tunnel(Time deadline);
  Task<Result<void>> handshake(Time deadline);
  Task<ErrorCode> write_request();
  Task<ErrorCode> read_reply();

  void end(Ending why) noexcept;
  void hear_cancellation();
  void throw_if_cancelled() const;
  [[nodiscard]] Error failure(const ErrorCode& error) const;

  const Target& target_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  boost::asio::steady_timer timer_;
  boost::asio::cancellation_slot slot_;  // of the coroutine that uses the connection now
  std::uint64_t watch_number_ = 0;       // a timer that fires late must not hit the next exchange
  Ending ending_ = Ending::none;
  bool reusable_ = false;
  bool anything_sent_ = false;
  bool anything_received_ = false;
  Time idle_since_;
  Request request_;
  std::string head_;
  ReadBuffer buffer_;
  MessageReader<Response> reader_;
};

}  // namespace dualwrite::http
