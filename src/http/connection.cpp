#include "http/connection.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <charconv>
#include <stdexcept>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/base/text.hpp"
#include "http/client_assertion.hpp"
#include "http/wire.hpp"

namespace dualwrite::http {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

// Up to here a body is joined to its head, so that both make one TLS record.
constexpr std::size_t joined_bytes_max = 16000;

// 1xx replies before the real one.
constexpr int interim_replies_max = 20;

milliseconds left_until(SteadyClock::time_point deadline) {
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()));
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

bool is_ip_address(const std::string& host) {
  boost::system::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

ssl::context make_tls_context(const std::string& ca_file) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(ssl::verify_peer);
  if (ca_file.empty()) {
    context.set_default_verify_paths();
    return context;
  }
  boost::system::error_code error;
  context.load_verify_file(ca_file, error);
  if (error) throw std::invalid_argument("reading the CA certificates in " + ca_file + ": " + error.message());
  return context;
}

// Has OpenSSL check the certificate's name itself: unlike a callback of ours, it can say afterwards what was wrong.
bool expect_host(SSL* handle, const std::string& host) {
  if (is_ip_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str()) == 1;
  SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(handle, host.c_str()) == 1 && SSL_set_tlsext_host_name(handle, host.c_str()) == 1;
}

// A name lookup runs on a thread of Asio's and cannot be interrupted, only abandoned: its end then finds nobody
// waiting.
struct Lookup {
  explicit Lookup(const Executor& executor) : resolver(executor), ended(executor) {}
  tcp::resolver resolver;
  Signal ended;
  bool done = false;
  boost::system::error_code error;
  tcp::resolver::results_type results;
};

/// %40 and the like in "user:password".
std::string decoded_credentials(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const char* const digits = text.data() + at + 1;
    const bool escape =
        text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    out += escape ? static_cast<char>(byte) : text[at];
    if (escape) at += 2;
  }
  return out;
}

/// The proxy's URL is not repeated in errors: it may hold a password.
void take_proxy(Target& target) {
  std::string text = target.settings.proxy;
  const std::size_t start = text.find("://") + 3;
  const std::size_t at = text.rfind('@');
  if (at != std::string::npos && at >= start) {
    const auto credentials = decoded_credentials(std::string_view(text).substr(start, at - start));
    target.proxy_authorization = "Basic " + base64(credentials);
    text.erase(start, at + 1 - start);
  }
  if (!parse_url(text, target.dial) || target.dial.scheme != "http") {
    throw std::invalid_argument("HTTPS_PROXY is not a proxy that can be used: write http://host:port");
  }
}

}  // namespace

Target::Target(Executor e, Url u, ClientSettings s)
    : executor(std::move(e)), url(std::move(u)), settings(std::move(s)) {
  const std::string host = url.host.find(':') != std::string::npos ? "[" + url.host + "]" : url.host;
  name = host + ":" + url.port;
  host_field = origin_of(url).substr(url.scheme.size() + 3);
  dial = url;
  if (url.scheme == "https" && !settings.proxy.empty()) take_proxy(*this);
  if (url.scheme == "https") tls.emplace(make_tls_context(settings.ca_file));
}

/// While it lives, the connection is closed at `deadline`.
class Connection::Watch {
 public:
  Watch(Connection& connection, Time deadline) : connection_(connection) {
    const std::uint64_t number = ++connection_.watch_number_;
    connection_.ending_ = Ending::none;
    connection_.timer_.expires_at(deadline);
    connection_.timer_.async_wait([self = connection_.shared_from_this(), number](const ErrorCode& error) {
      if (!error && self->watch_number_ == number) self->end(Ending::time_over);
    });
  }
  ~Watch() {
    ++connection_.watch_number_;
    connection_.timer_.cancel();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  Connection& connection_;
};

Connection::Connection(const Target& target)
    : target_(target),
      socket_(target.executor),
      timer_(target.executor),
      reader_(target.settings.header_bytes_max, target.settings.reply_bytes_max) {}

void Connection::close() noexcept {
  reusable_ = false;
  ErrorCode ignored;  // it is closed afterwards, whatever it says
  socket_.close(ignored);
}

void Connection::end(Ending why) noexcept {
  ending_ = why;
  close();
}

void Connection::go_idle() {
  buffer_.shrink();
  idle_since_ = SteadyClock::now();
}

bool Connection::is_quiet() {
  char byte = 0;
  const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// To be called before each asynchronous operation on the socket, which clears the slot when it ends. TLS operations and
// composed ones let only some kinds of cancellation through, so the operations themselves are kept out of it: whatever
// kind comes, the socket is closed, and the operation ends by that.
void Connection::hear_cancellation() {
  if (slot_.is_connected()) slot_.assign([this](asio::cancellation_type) { end(Ending::cancelled); });
}

void Connection::throw_if_cancelled() const {
  if (ending_ == Ending::cancelled) throw boost::system::system_error(asio::error::operation_aborted, "http request");
}

namespace {

auto deaf(boost::system::error_code& error) {
  return asio::bind_cancellation_slot(asio::cancellation_slot(), asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace

Task<Result<void>> Connection::connect(Time deadline) {
  const bool through_proxy = target_.dial.host != target_.url.host || target_.dial.port != target_.url.port;
  const std::string attempt =
      "connecting to " + target_.name +
      (through_proxy ? " through the proxy " + target_.dial.host + ":" + target_.dial.port : "");
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  slot_ = state.slot();
  Result<Endpoints> endpoints = co_await resolve(deadline);
  if (!endpoints) co_return std::unexpected(std::move(endpoints.error()).while_doing(attempt));
  ErrorCode error = asio::error::host_not_found;
  std::size_t left = endpoints->size();
  for (const tcp::endpoint& endpoint : *endpoints) {
    // An address that does not answer must leave time for the next.
    const auto now = SteadyClock::now();
    const Time slice = now + (deadline - now) / static_cast<long>(left--);
    error = co_await connect_to(endpoint, slice);
    throw_if_cancelled();
    if (!error) break;
  }
  if (error) {
    const std::string why = ending_ == Ending::time_over ? "no answer in time" : error.message();
    co_return fail(Errc::unavailable, attempt + ": " + why, "is the address right, the service up and the port open?");
  }
  if (through_proxy) {
    Result<void> opened = co_await tunnel(deadline);
    if (!opened) co_return std::unexpected(std::move(opened.error()).while_doing(attempt));
  }
  if (target_.tls) {
    Result<void> shaken = co_await handshake(deadline);
    if (!shaken) co_return std::unexpected(std::move(shaken.error()).while_doing(attempt));
  }
  reusable_ = true;
  co_return Result<void>();
}

Task<Result<Connection::Endpoints>> Connection::resolve(Time deadline) {
  const Url& url = target_.dial;
  const auto port = static_cast<std::uint16_t>(std::stoi(url.port));
  ErrorCode error;
  const asio::ip::address address = asio::ip::make_address(url.host, error);
  if (!error) co_return Endpoints{tcp::endpoint(address, port)};
  if (equal_ignoring_case(url.host, "localhost")) {  // never asked of a name server (RFC 6761, 6.3)
    Endpoints loopback;
    loopback.emplace_back(asio::ip::address_v4::loopback(), port);
    loopback.emplace_back(asio::ip::address_v6::loopback(), port);
    co_return loopback;
  }
  const auto lookup = std::make_shared<Lookup>(target_.executor);
  lookup->resolver.async_resolve(url.host, url.port, [lookup](const ErrorCode& e, tcp::resolver::results_type found) {
    lookup->done = true;
    lookup->error = e;
    lookup->results = std::move(found);
    lookup->ended.notify();
  });
  const milliseconds limit = left_until(deadline);
  co_await lookup->ended.wait(limit);
  constexpr const char* hint = "check the host name and this machine's DNS";
  if (!lookup->done) co_return fail(Errc::unavailable, "no answer to the name lookup in time", hint);
  if (lookup->error) co_return fail(Errc::unavailable, "name lookup: " + lookup->error.message(), hint);
  Endpoints endpoints;
  for (const auto& entry : lookup->results) endpoints.push_back(entry.endpoint());
  co_return endpoints;
}

Task<Connection::ErrorCode> Connection::connect_to(tcp::endpoint endpoint, Time deadline) {
  const Watch watch(*this, deadline);
  ErrorCode error;
  socket_.close(error);
  hear_cancellation();
  co_await socket_.async_connect(endpoint, deaf(error));
  if (!error) socket_.set_option(tcp::no_delay(true), error);
  if (!error) socket_.non_blocking(true, error);
  co_return error;
}

/// Has the proxy connect to the service (RFC 9110, 9.3.6). Nothing of the service's can come before we speak to it.
Task<Result<void>> Connection::tunnel(Time deadline) {
  constexpr std::size_t head_max = 16U << 10U;
  const Watch watch(*this, deadline);
  std::string text = "CONNECT " + target_.name + " HTTP/1.1\r\nHost: " + target_.name + "\r\n";
  if (!target_.proxy_authorization.empty()) text += "Proxy-Authorization: " + target_.proxy_authorization + "\r\n";
  text += "\r\n";
  ErrorCode error;
  std::size_t sent = 0;
  while (sent < text.size() && !error) {
    const asio::const_buffer part(text.data() + sent, text.size() - sent);
    hear_cancellation();
    sent += co_await socket_.async_write_some(part, deaf(error));
  }
  std::string head;
  while (!error && head.find("\r\n\r\n") == std::string::npos && head.size() < head_max) {
    std::array<char, 1024> bytes{};
    const asio::mutable_buffer room(bytes.data(), bytes.size());
    hear_cancellation();
    const std::size_t count = co_await socket_.async_read_some(room, deaf(error));
    head.append(bytes.data(), count);
  }
  throw_if_cancelled();
  if (error) {
    const std::string why = ending_ == Ending::time_over ? "no answer in time" : error.message();
    co_return fail(Errc::unavailable, "asking the proxy for a tunnel: " + why, "check HTTPS_PROXY");
  }
  const bool whole = head.ends_with("\r\n\r\n") && head.starts_with("HTTP/1.") && head.size() > 12;
  if (whole && head[9] == '2') co_return Result<void>();
  const std::string status = whole ? head.substr(9, 3) : "with what is no HTTP reply";
  co_return fail(Errc::unavailable, "the proxy answered " + status,
                 status == "407" ? "put user and password into HTTPS_PROXY"
                                 : "check HTTPS_PROXY, and list hosts that need no proxy in NO_PROXY");
}

Task<Result<void>> Connection::handshake(Time deadline) {
  // A context is only read by its streams; Asio just does not say so.
  tls_.emplace(socket_, const_cast<ssl::context&>(*target_.tls));
  SSL* const handle = tls_->native_handle();
  if (!expect_host(handle, target_.url.host)) co_return fail(Errc::unavailable, "preparing TLS failed");
  const Watch watch(*this, deadline);
  ErrorCode error;
  hear_cancellation();
  co_await tls_->async_handshake(ssl::stream_base::client, deaf(error));
  throw_if_cancelled();
  if (!error) co_return Result<void>();
  if (ending_ == Ending::time_over) co_return fail(Errc::unavailable, "no end to the TLS handshake in time");
  const long verdict = SSL_get_verify_result(handle);
  if (verdict == X509_V_OK) {
    co_return fail(Errc::unavailable, "TLS handshake: " + error.message(), "does the service speak TLS 1.2 or later?");
  }
  co_return fail(Errc::unavailable,
                 "the certificate is not accepted: " + std::string(X509_verify_cert_error_string(verdict)),
                 "name its CA in \"caFile\", and use a host name that the certificate is for");
}

Task<Connection::Outcome> Connection::exchange(Time deadline) {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  slot_ = state.slot();
  reusable_ = anything_sent_ = anything_received_ = false;
  const Watch watch(*this, deadline);
  reader_.begin(request_.method == "HEAD");
  const ErrorCode write_error = co_await write_request();
  throw_if_cancelled();
  if (!write_error && target_.settings.on_sent) target_.settings.on_sent(request_);
  // A service that refuses a request early may have replied before it closed: that reply is worth more than our error.
  ErrorCode error = write_error;
  const bool may_have_replied = !write_error || (anything_sent_ && ending_ == Ending::none);
  if (may_have_replied) error = co_await read_reply();
  throw_if_cancelled();
  if (!may_have_replied || error || reader_.flaw() != Flaw::none) {
    Outcome failed(std::unexpected(failure(write_error ? write_error : error)));
    failed.was_stale = ending_ == Ending::none && !anything_received_;
    close();
    co_return failed;
  }
  reusable_ = !write_error && reader_.keep_alive() && buffer_.empty() && reader_.message().status != 101;
  co_return Outcome(reader_.take());
}

Task<Connection::ErrorCode> Connection::write_request() {
  head_.clear();
  append_head(head_, request_, target_.host_field);
  const bool joined = tls_.has_value() && head_.size() + request_.body.size() <= joined_bytes_max;
  if (joined) head_ += request_.body;
  std::array<asio::const_buffer, 2> parts{asio::const_buffer(head_.data(), head_.size()), asio::const_buffer()};
  if (!joined) parts[1] = asio::const_buffer(request_.body.data(), request_.body.size());
  ErrorCode error;
  while (asio::buffer_size(parts) > 0 && !error) {
    std::size_t count = 0;
    if (tls_) {
      anything_sent_ = true;  // how much of a record has left cannot be known
      const asio::const_buffer part = parts[0].size() > 0 ? parts[0] : parts[1];
      hear_cancellation();
      count = co_await tls_->async_write_some(part, deaf(error));
    } else {
      // Most requests fit into the socket's buffer: then there is nothing to wait for, and no need to suspend.
      count = socket_.write_some(parts, error);
      if (error == asio::error::would_block) {
        hear_cancellation();
        count = co_await socket_.async_write_some(parts, deaf(error));
      }
    }
    if (count > 0) anything_sent_ = true;
    for (asio::const_buffer& part : parts) {
      const std::size_t of_this = std::min(count, part.size());
      part += of_this;
      count -= of_this;
    }
  }
  co_return error;
}

Task<Connection::ErrorCode> Connection::read_reply() {
  int interim_replies = 0;
  while (true) {
    while (!buffer_.empty() && !reader_.done()) {
      const std::size_t used = reader_.put(buffer_.data());
      buffer_.consume(used);
      if (reader_.flaw() != Flaw::none) co_return ErrorCode();
      const int status = reader_.message().status;
      if (reader_.done() && status < 200 && status != 101) {
        if (++interim_replies > interim_replies_max) co_return asio::error::message_size;
        reader_.begin(request_.method == "HEAD");
      } else if (used == 0) {
        break;
      }
    }
    if (reader_.done()) co_return ErrorCode();
    const asio::mutable_buffer room = buffer_.prepare();
    ErrorCode error;
    std::size_t count = 0;
    hear_cancellation();
    if (tls_) {
      count = co_await tls_->async_read_some(room, deaf(error));
    } else {
      count = co_await socket_.async_read_some(room, deaf(error));
    }
    if (count > 0) anything_received_ = true;
    // Over TLS only a proper close_notify is an end; a bare end of the connection may be an attacker's.
    if (error == asio::error::eof && reader_.put_end()) co_return ErrorCode();
    if (error) co_return error;
    buffer_.commit(count);
  }
}

// What to say of an exchange that failed.
Error Connection::failure(const ErrorCode& error) const {
  std::string text = "sending " + request_.method + " " + std::string(path_of(request_.target)) + " to " + target_.name;
  if (reader_.flaw() == Flaw::body_too_large) {
    text += ": the reply is larger than " + std::to_string(target_.settings.reply_bytes_max) + " bytes";
    return Error(Errc::limit, std::move(text), "ask for less at once");
  }
  if (reader_.flaw() == Flaw::header_too_large) {
    text += ": the reply's header is larger than " + std::to_string(target_.settings.header_bytes_max) +
            " bytes, or has more than " + std::to_string(header_fields_max) + " fields";
    return Error(Errc::limit, std::move(text), "is a proxy in between?");
  }
  if (reader_.flaw() == Flaw::malformed) {
    text += ": what came is not an HTTP reply: " + reader_.why();
    return Error(Errc::in_doubt, std::move(text), "is this the right port, with or without TLS?");
  }
  if (!anything_sent_) return Error(Errc::unavailable, text + ": nothing was sent: " + error.message());
  if (ending_ == Ending::time_over) {
    return Error(Errc::in_doubt,
                 text + (anything_received_ ? ": the reply did not end in time" : ": no reply in time"));
  }
  const bool closed = error == asio::error::eof || error == ssl::error::stream_truncated;
  const std::string what = closed ? "the connection was closed" : error.message();
  return Error(Errc::in_doubt,
               text + ": " + what + (anything_received_ ? " in the middle of the reply" : " without a reply"));
}

}  // namespace dualwrite::http
