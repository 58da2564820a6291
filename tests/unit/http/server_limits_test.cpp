#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/http/server.hpp"
#include "raw.hpp"
#include "support/run.hpp"

namespace dualwrite::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

void no_error(const std::string& what) {
  ADD_FAILURE() << what;
}

Task<Response> echo(Request request) {
  co_return Response(200, Headers(), std::move(request.body));
}

ServerSettings tight() {
  ServerSettings settings;
  settings.body_bytes_max = 100;
  settings.header_bytes_max = 1000;
  return settings;
}

// What the server says to these pieces, sent one by one, until it closes.
std::string say(const std::vector<std::string>& pieces, ServerSettings settings = tight()) {
  return test::run<std::string>([&](Executor executor) -> Task<std::string> {
    Server server(executor, settings, echo, no_error);
    server.start();
    tcp::socket socket = co_await test::connect(executor, server.port());
    TaskGroup group(executor, test::unexpected);
    group.spawn("writer", [&]() -> Task<void> {
      for (std::string piece : pieces) co_await test::write(socket, std::move(piece));
    });
    std::string said = co_await test::read_all(socket);
    co_await group.drained();
    socket.close();
    co_await server.stop();
    co_return said;
  });
}

TEST(ServerLimits, ABodyThatIsTooLargeIsAnswered413) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string chunk = "40\r\n" + std::string(64, 'x') + "\r\n";

  EXPECT_THAT(say({head + "Content-Length: 101\r\n\r\n"}), StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
  EXPECT_THAT(say({head + "Expect: 100-continue\r\nContent-Length: 101\r\n\r\n"}), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(say({head + "Transfer-Encoding: chunked\r\n\r\n", chunk, chunk, "0\r\n\r\n"}),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(say({head + "Connection: close\r\nContent-Length: 100\r\n\r\n", std::string(100, 'x')}),
              StartsWith("HTTP/1.1 200 "));
}

TEST(ServerLimits, AClientThatSendsAllOfATooLargeBodyStillGetsTheReply) {
  const std::string said =
      say({"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n", std::string(5'000'000, 'x')});

  EXPECT_THAT(said, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(said, HasSubstr("\r\nConnection: close\r\n"));
}

TEST(ServerLimits, AHeaderThatIsTooLargeIsAnswered431) {
  const std::string line = "GET / HTTP/1.1\r\nHost: h\r\n";
  const std::vector<std::string> dribbled(200, "X-Some: field\r\n");
  std::vector<std::string> pieces{line};
  pieces.insert(pieces.end(), dribbled.begin(), dribbled.end());

  EXPECT_THAT(say({line + "X: " + std::string(1000, 'x') + "\r\n\r\n"}), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(say({"GET /" + std::string(5000, 'x')}), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(say(pieces), StartsWith("HTTP/1.1 431 "));
}

TEST(ServerLimits, AnEndlessChunkLineOrTrailerIsRefused) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

  EXPECT_THAT(say({head + "1;" + std::string(5000, 'x')}), StartsWith("HTTP/1.1 4"));
  EXPECT_THAT(say({head + "0\r\nX: " + std::string(5000, 'x')}), StartsWith("HTTP/1.1 4"));
}

TEST(ServerLimits, WhatIsNotARequestIsAnswered400) {
  for (const char* text : {
           "\x16\x03\x01\x02",  // the start of a TLS handshake
           "hello\r\n\r\n",
           "GET / HTTP/2.0\r\n\r\n",
           "GET / HTTP/1.1\r\nno colon\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",                        // no Host
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",  // two of them
           "GET nowhere HTTP/1.1\r\nHost: h\r\n\r\n",       // neither path nor URL
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
       }) {
    const std::string said = say({text});
    EXPECT_THAT(said, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
    EXPECT_THAT(said, HasSubstr("application/problem+json")) << text;
  }
}

TEST(ServerLimits, ARequestThatTakesTooLongToArriveIsClosed) {
  ServerSettings settings;
  settings.read_limit = 20ms;

  EXPECT_EQ(say({"GET / HT"}, settings), "");
}

TEST(ServerLimits, AConnectionThatIsIdleTooLongIsClosed) {
  ServerSettings settings;
  settings.idle_limit = 20ms;

  EXPECT_EQ(say({}, settings), "");
  EXPECT_THAT(say({"GET / HTTP/1.1\r\nHost: h\r\n\r\n"}, settings), EndsWith("\r\nContent-Length: 0\r\n\r\n"));
}

TEST(ServerLimits, WhenFullTheConnectionThatIsIdleLongestMakesRoom) {
  test::run<void>([](Executor executor) -> Task<void> {
    ServerSettings settings;
    settings.connections_max = 2;
    Server server(executor, settings, echo, no_error);
    server.start();
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 3; ++i) {
      sockets.push_back(co_await test::connect(executor, server.port()));
      std::string copy = request;
      co_await test::write(sockets.back(), std::move(copy));
      const std::string reply = co_await test::read_message(sockets.back());
      EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 ")) << i;
    }

    const std::string first = co_await test::read_all(sockets[0]);
    EXPECT_EQ(first, "");  // closed; the second still lives:
    std::string copy = request;
    co_await test::write(sockets[1], std::move(copy));
    const std::string second = co_await test::read_message(sockets[1]);
    EXPECT_THAT(second, StartsWith("HTTP/1.1 200 "));
    co_await server.stop();
  });
}

TEST(ServerLimits, WhenFullOfBusyConnectionsANewOneWaits) {
  test::run<void>([](Executor executor) -> Task<void> {
    ServerSettings settings;
    settings.connections_max = 1;
    Signal arrived(executor);
    Signal release(executor);
    int running = 0;
    int running_max = 0;
    Server server(
        executor, settings,
        [&](Request) -> Task<Response> {
          running_max = std::max(running_max, ++running);
          arrived.notify();
          co_await release.wait();
          --running;
          co_return Response();
        },
        no_error);
    server.start();
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    tcp::socket first = co_await test::connect(executor, server.port());
    tcp::socket second = co_await test::connect(executor, server.port());
    std::string copy = request;
    co_await test::write(first, std::move(copy));
    co_await arrived.wait();
    copy = request;
    co_await test::write(second, std::move(copy));

    release.notify();
    const std::string first_reply = co_await test::read_message(first);
    co_await arrived.wait();
    release.notify();
    const std::string second_reply = co_await test::read_message(second);

    EXPECT_THAT(first_reply, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(second_reply, StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(running_max, 1);
    co_await server.stop();
  });
}

TEST(ServerLimits, MoreHeaderFieldsThanAllowedAreAnswered431) {
  const auto request = [](int fields) {
    std::string text = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
    for (int i = 2; i < fields; ++i) text += "X: y\r\n";
    return text + "\r\n";
  };
  ServerSettings roomy;

  EXPECT_THAT(say({request(199)}, roomy), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(say({request(200)}, roomy), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(say({request(201)}, roomy), StartsWith("HTTP/1.1 431 "));
}

}  // namespace
}  // namespace dualwrite::http
