#pragma once
// The other end of a connection, byte by byte: what a well-behaved client or server would never do.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "dualwrite/async/task_group.hpp"

namespace dualwrite::test {

/// Fails the test.
void unexpected(const std::string& name, const std::string& what);

/// Reads until a whole request (or response with a Content-Length) is there; "" if the connection ended before.
Task<std::string> read_message(boost::asio::ip::tcp::socket& socket);
/// Reads until the peer has closed.
Task<std::string> read_all(boost::asio::ip::tcp::socket& socket);
/// False if the peer has gone.
Task<bool> write(boost::asio::ip::tcp::socket& socket, std::string text);
/// A connection to a port of this machine.
Task<boost::asio::ip::tcp::socket> connect(Executor executor, std::uint16_t port);

/// "HTTP/1.1 200 OK" with that body.
std::string ok(const std::string& body);

/// Accepts connections on loopback and runs a script for each; the connection closes when the script returns.
class RawServer {
 public:
  /// `number` counts connections from 0.
  using Script = std::function<Task<void>(boost::asio::ip::tcp::socket& socket, int number)>;

  RawServer(Executor executor, Script script);

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port()); }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int open_max() const { return open_max_; }
  /// Impatient: a script that waits inside TLS hears of no cancellation but the last.
  Task<void> stop() { return tasks_.join(std::chrono::milliseconds(1)); }

 private:
  Task<void> accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  Script script_;
  int connections_ = 0;
  int open_ = 0;
  int open_max_ = 0;
  TaskGroup tasks_;
};

}  // namespace dualwrite::test
