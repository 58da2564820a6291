#include "raw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <memory>

namespace dualwrite::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

void unexpected(const std::string& name, const std::string& what) {
  ADD_FAILURE() << name << ": " << what;
}

namespace {

// Bytes of the whole message at the start of `text`, or 0 if it is not all there.
std::size_t message_size(const std::string& text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const std::size_t field = text.find("Content-Length: ");
  const std::size_t body = field < head ? std::strtoul(text.c_str() + field + 16, nullptr, 10) : 0;
  return text.size() >= head + 4 + body ? head + 4 + body : 0;
}

}  // namespace

Task<std::string> read_message(tcp::socket& socket) {
  std::string text;
  while (message_size(text) == 0) {
    char part[65536];
    ErrorCode error;
    const std::size_t count =
        co_await socket.async_read_some(asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::string();
    text.append(part, count);
  }
  co_return text;
}

Task<std::string> read_all(tcp::socket& socket) {
  std::string text;
  while (true) {
    char part[65536];
    ErrorCode error;
    const std::size_t count =
        co_await socket.async_read_some(asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return text;
    text.append(part, count);
  }
}

Task<bool> write(tcp::socket& socket, std::string text) {
  ErrorCode error;
  co_await asio::async_write(socket, asio::buffer(text), asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

Task<tcp::socket> connect(Executor executor, std::uint16_t port) {
  tcp::socket socket(executor);
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(endpoint, asio::use_awaitable);
  co_return socket;
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

RawServer::RawServer(Executor executor, Script script)
    : acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      script_(std::move(script)),
      tasks_(executor, unexpected) {
  tasks_.spawn("accept", [this] { return accept(); });
}

Task<void> RawServer::accept() {
  while (true) {
    auto socket = std::make_shared<tcp::socket>(co_await acceptor_.async_accept(asio::use_awaitable));
    const int number = connections_++;
    open_max_ = std::max(open_max_, ++open_);
    tasks_.spawn("connection", [this, socket, number]() -> Task<void> {
      co_await script_(*socket, number);
      ErrorCode ignored;  // the client may have closed first
      socket->close(ignored);
      --open_;
    });
  }
}

}  // namespace dualwrite::test
