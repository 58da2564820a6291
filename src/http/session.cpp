#include "http/session.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "dualwrite/base/text.hpp"

namespace dualwrite::http {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

namespace {

// A refused client may still be sending. Closing at once would reset the connection and take our reply with it, so what
// comes is read and dropped, within these bounds.
constexpr std::size_t drain_bytes_max = 64u << 20;
constexpr std::chrono::seconds drain_limit{5};

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Session::Session(ServerContext& context, asio::ip::tcp::socket socket)
    : context_(context),
      socket_(std::move(socket)),
      reader_(context.settings.header_bytes_max, context.settings.body_bytes_max) {
  enter(Phase::idle, SteadyClock::now() + context_.settings.idle_limit);
  context_.sessions.push_back(*this);
  ++context_.session_count;
}

Session::~Session() {
  unlink();
  --context_.session_count;
  context_.ended.notify();
}

void Session::close() noexcept {
  ErrorCode ignored;  // it is closed afterwards, whatever it says
  socket_.close(ignored);
}

void Session::reset() noexcept {
  ErrorCode ignored;  // then it is closed the other way
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

void Session::enter(Phase phase, Time deadline) noexcept {
  phase_ = phase;
  deadline_ = deadline;
}

Task<void> Session::serve() {
  bool keep_alive = true;
  while (keep_alive && !context_.stopping) {
    const bool received = co_await receive();
    if (!received) co_return;
    Framing framing;
    framing.to_head = reader_.message().method == "HEAD";
    framing.http_1_0 = reader_.is_http_1_0();
    enter(Phase::handling, Time::max());
    Request request = reader_.take();
    Answer answer = co_await handle(std::move(request));
    if (!answer.reply) co_return;
    const bool closes = equal_ignoring_case(answer.reply->headers.get("Connection"), "close");
    const bool must_leave = context_.stopping || context_.somebody_waits;
    keep_alive = reader_.keep_alive() && !must_leave && !closes && !answer.body_bytes_max;
    // A cut reply must look whole until it ends.
    framing.keep_alive = keep_alive || answer.body_bytes_max.has_value();
    Response response = std::move(*answer.reply);
    const std::size_t body_bytes_max = answer.body_bytes_max.value_or(response.body.size());
    const bool sent = co_await send(std::move(response), framing, body_bytes_max);
    if (!sent) co_return;
  }
  ErrorCode ignored;  // the peer may have gone first
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

// True when a whole request has been read.
Task<bool> Session::receive() {
  reader_.begin();
  const auto now = SteadyClock::now();
  if (buffer_.empty()) {
    buffer_.shrink();
    enter(Phase::idle, now + context_.settings.idle_limit);
  } else {
    enter(Phase::reading, now + context_.settings.read_limit);
  }
  bool told_to_continue = false;
  while (true) {
    if (!buffer_.empty()) {
      const std::size_t used = reader_.put(buffer_.data());
      buffer_.consume(used);
      if (reader_.flaw() != Flaw::none) {
        std::string why = reader_.why();
        co_await refuse(reader_.flaw(), std::move(why));
        co_return false;
      }
      if (reader_.done()) co_return true;
      if (reader_.header_done() && reader_.expects_continue() && !told_to_continue && buffer_.empty()) {
        told_to_continue = true;
        const asio::const_buffer line(continue_line.data(), continue_line.size());
        ErrorCode error;
        co_await asio::async_write(socket_, line, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return false;
      }
    }
    const asio::mutable_buffer room = buffer_.prepare();
    ErrorCode error;
    const std::size_t count = co_await socket_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    if (phase_ == Phase::idle) enter(Phase::reading, SteadyClock::now() + context_.settings.read_limit);
    buffer_.commit(count);
  }
}

Task<Session::Answer> Session::handle(Request request) {
  label_.assign(request.method);
  label_ += ' ';
  label_.append(request.target, 0, request.target.find('?'));  // a query may hold what is nobody's business
  std::string what;
  try {
    Response response = co_await context_.handler(std::move(request));
    co_return Answer(std::move(response));
  } catch (const HangUp& cut) {
    Answer answer(cut.reply());
    if (answer.reply) answer.body_bytes_max = std::min(cut.body_bytes(), answer.reply->body.size());
    co_return answer;
  } catch (const boost::system::system_error& error) {
    if (context_.stopping && error.code() == asio::error::operation_aborted) throw;
    what = error.what();
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {  // a handler may throw anything; the client gets its reply all the same
    what = "an exception that is not a std::exception";
  }
  context_.on_error(label_ + ": " + what);
  co_return Answer(problem(500));
}

// True when all of it has been handed to the kernel.
Task<bool> Session::send(Response response, Framing framing, std::size_t body_bytes_max) {
  head_.clear();
  append_head(head_, response, framing);
  std::array<asio::const_buffer, 2> parts{asio::const_buffer(head_.data(), head_.size()), asio::const_buffer()};
  if (has_body(response.status, framing)) parts[1] = asio::const_buffer(response.body.data(), body_bytes_max);
  // Most replies fit into the socket's buffer: then there is nothing to wait for, and no need to suspend.
  ErrorCode error;
  std::size_t sent = socket_.write_some(parts, error);
  if (error && error != asio::error::would_block) co_return false;
  for (asio::const_buffer& part : parts) {
    const std::size_t of_this = std::min(sent, part.size());
    part += of_this;
    sent -= of_this;
  }
  if (asio::buffer_size(parts) == 0) co_return true;
  enter(Phase::writing, SteadyClock::now() + context_.settings.read_limit);
  co_await asio::async_write(socket_, parts, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

Task<void> Session::refuse(Flaw flaw, std::string why) {
  int status = 400;
  if (flaw == Flaw::header_too_large) status = 431;
  if (flaw == Flaw::body_too_large) status = 413;
  Framing framing;
  framing.keep_alive = false;
  Response response = problem(status, why);
  const std::size_t body_bytes = response.body.size();
  const bool sent = co_await send(std::move(response), framing, body_bytes);
  if (sent) co_await drain();
}

Task<void> Session::drain() {
  ErrorCode error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  enter(Phase::writing, SteadyClock::now() + drain_limit);
  std::size_t dropped = 0;
  while (!error && dropped < drain_bytes_max) {
    buffer_.consume(buffer_.data().size());
    const asio::mutable_buffer room = buffer_.prepare();
    dropped += co_await socket_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace dualwrite::http
