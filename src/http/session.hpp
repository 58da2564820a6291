#pragma once
// One connection of the server: reads a request, has it handled, writes the reply, and again.
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/http/server.hpp"
#include "http/message_reader.hpp"
#include "http/read_buffer.hpp"
#include "http/wire.hpp"

namespace dualwrite::http {

class Session;

using SessionHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using SessionList = boost::intrusive::list<Session, boost::intrusive::base_hook<SessionHook>,
                                           boost::intrusive::constant_time_size<false>>;

/// What all sessions of one server share. Outlives them.
struct ServerContext {
  ServerContext(const Executor& executor, ServerSettings s, Server::Handler h, Server::OnError e)
      : settings(std::move(s)), handler(std::move(h)), on_error(std::move(e)), ended(executor) {}

  ServerSettings settings;
  Server::Handler handler;
  Server::OnError on_error;
  SessionList sessions;
  std::size_t session_count = 0;
  Signal ended;  ///< notified when a session has gone
  bool stopping = false;
  bool somebody_waits = false;  ///< all places are taken: replies close their connections
};

/// In the context's list from construction to destruction.
class Session : public SessionHook {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Session(ServerContext& context, boost::asio::ip::tcp::socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Ends when the connection does. Keep the session alive until then.
  Task<void> serve();

  /// Closes the socket; serve() ends soon after.
  void close() noexcept;
  /// Closes the socket so that the peer sees a reset.
  void reset() noexcept;

  [[nodiscard]] bool is_idle() const noexcept { return phase_ == Phase::idle; }
  /// When the present phase has taken too long; the server closes the session then.
  [[nodiscard]] Time deadline() const noexcept { return deadline_; }

 private:
  enum class Phase : std::uint8_t { idle, reading, handling, writing };

  /// What goes out: the reply, and how much of its body if a handler wants it cut.
  struct Answer {
    explicit Answer(std::optional<Response> r) : reply(std::move(r)) {}
    std::optional<Response> reply;  ///< nothing: close without a word
    std::optional<std::size_t> body_bytes_max;
  };

  void enter(Phase phase, Time deadline) noexcept;
  Task<bool> receive();
  Task<Answer> handle(Request request);
  Task<bool> send(Response response, Framing framing, std::size_t body_bytes_max);
  Task<void> refuse(Flaw flaw, std::string why);
  Task<void> drain();

  ServerContext& context_;
  boost::asio::ip::tcp::socket socket_;
  Phase phase_ = Phase::idle;
  Time deadline_;
  MessageReader<Request> reader_;
  ReadBuffer buffer_;
  std::string head_;   // of the reply; a member, so that its memory is used again
  std::string label_;  // of the request in hand, for the report of a failure
};

}  // namespace dualwrite::http
