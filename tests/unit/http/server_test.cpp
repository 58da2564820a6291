#include "dualwrite/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/http/client.hpp"
#include "raw.hpp"
#include "support/run.hpp"

namespace dualwrite::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

void no_error(const std::string& what) {
  ADD_FAILURE() << what;
}

// Repeats the request to its sender.
Task<Response> echo(Request request) {
  std::string body = request.method + " " + request.target + " " + request.body;
  co_return Response(200, Headers(), std::move(body));
}

// What the server says to these bytes until it closes.
std::string say(const std::string& bytes, Server::Handler handler = echo, Server::OnError on_error = no_error) {
  return test::run<std::string>([&](Executor executor) -> Task<std::string> {
    Server server(executor, ServerSettings(), handler, on_error);
    server.start();
    tcp::socket socket = co_await test::connect(executor, server.port());
    std::string copy = bytes;
    co_await test::write(socket, std::move(copy));
    std::string said = co_await test::read_all(socket);
    co_await server.stop();
    co_return said;
  });
}

TEST(Server, AnswersOneRequestAfterTheOtherOnAConnection) {
  test::run<void>([](Executor executor) -> Task<void> {
    Server server(executor, ServerSettings(), echo, no_error);
    server.start();
    tcp::socket socket = co_await test::connect(executor, server.port());
    for (int i = 0; i < 3; ++i) {
      std::string request = "POST /x?a=" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
      co_await test::write(socket, std::move(request));

      const std::string reply = co_await test::read_message(socket);

      EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
      EXPECT_THAT(reply, EndsWith("\r\n\r\nPOST /x?a=" + std::to_string(i) + " body"));
      EXPECT_THAT(reply, Not(HasSubstr("Connection")));
    }
    co_await server.stop();
  });
}

TEST(Server, AnswersRequestsThatCameTogether) {
  const std::string said =
      say("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(said, HasSubstr("\r\n\r\nGET /1 HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(said, EndsWith("\r\nConnection: close\r\n\r\nGET /2 "));
}

TEST(Server, ReadsAChunkedBody) {
  const std::string said =
      say("PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: "
          "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

  EXPECT_THAT(said, EndsWith("\r\n\r\nPUT / abcde"));
}

TEST(Server, AnswersHeadWithTheLengthAndWithoutABody) {
  const std::string said = say("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(said, HasSubstr("\r\nContent-Length: 8\r\n"));
  EXPECT_THAT(said, EndsWith("\r\n\r\n"));
}

TEST(Server, ANoContentReplyHasNeitherBodyNorLength) {
  const auto no_content = [](Request) -> Task<Response> { co_return Response(204, Headers(), "never sent"); };

  const std::string said = say("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", no_content);

  EXPECT_THAT(said, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(said, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(said, EndsWith("\r\n\r\n"));
}

TEST(Server, FollowsTheConnectionRulesOfHttp10) {
  const std::string closes = say("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closes, HasSubstr("\r\nConnection: close\r\n"));

  const std::string keeps = say("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\nHost: h\r\n\r\n");
  EXPECT_THAT(keeps, HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_THAT(keeps, EndsWith("GET /2 "));
}

TEST(Server, TellsAClientThatAsksToContinue) {
  test::run<void>([](Executor executor) -> Task<void> {
    Server server(executor, ServerSettings(), echo, no_error);
    server.start();
    tcp::socket socket = co_await test::connect(executor, server.port());
    std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 4\r\n\r\n";
    co_await test::write(socket, std::move(head));

    const std::string told = co_await test::read_message(socket);
    EXPECT_EQ(told, "HTTP/1.1 100 Continue\r\n\r\n");
    std::string body = "body";
    co_await test::write(socket, std::move(body));
    const std::string reply = co_await test::read_message(socket);

    EXPECT_THAT(reply, EndsWith("\r\n\r\nPOST / body"));
    co_await server.stop();
  });
}

TEST(Server, AHandlerThatThrowsIsA500WithoutDetailsAndIsReported) {
  std::vector<std::string> reported;
  const auto throws = [](Request request) -> Task<Response> {
    if (request.target.starts_with("/odd")) throw 42;
    throw std::runtime_error("the password is sesame");
    co_return Response();
  };
  const auto report = [&](const std::string& what) { reported.push_back(what); };

  const std::string said =
      say("GET /a?token=1 HTTP/1.1\r\nHost: h\r\n\r\nGET /odd HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", throws,
          report);

  EXPECT_THAT(said, StartsWith("HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/problem+json\r\n"));
  EXPECT_THAT(said, EndsWith(R"({"type":"about:blank","title":"Internal Server Error","status":500})"));
  EXPECT_THAT(said, Not(HasSubstr("sesame")));
  EXPECT_EQ(reported, (std::vector<std::string>{"GET /a: the password is sesame",
                                                "GET /odd: an exception that is not a std::exception"}));
}

TEST(Server, AHandlerCannotWriteFieldsThroughAValueNorFrameTheReply) {
  const auto splits = [](Request) -> Task<Response> {
    Headers headers{
        {"X", "a\r\nSet-Cookie: b"}, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}, {"B ad", "c"}};
    co_return Response(200, std::move(headers), "body");
  };

  const std::string said = say("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", splits);

  EXPECT_THAT(said, HasSubstr("\r\nX: aSet-Cookie: b\r\n"));
  EXPECT_THAT(said, HasSubstr("\r\nContent-Length: 4\r\n"));
  EXPECT_THAT(said, Not(HasSubstr("chunked")));
  EXPECT_THAT(said, Not(HasSubstr("B ad")));
}

TEST(Server, AReplyThatSaysCloseClosesTheConnection) {
  const auto closes = [](Request) -> Task<Response> {
    co_return Response(503, Headers{{"Connection", "close"}, {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, "later");
  };

  const std::string said = say("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", closes);

  EXPECT_EQ(said,
            "HTTP/1.1 503 Service Unavailable\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 5\r\n"
            "Connection: close\r\n\r\nlater");
}

TEST(Server, AHandlerCanHangUpBeforeTheReplyOrInItsMiddle) {
  const auto silent = [](Request) -> Task<Response> {
    throw HangUp();
    co_return Response();
  };
  const auto cut = [](Request) -> Task<Response> {
    throw HangUp(Response(200, Headers(), "0123456789"), 4);
    co_return Response();
  };
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  EXPECT_EQ(say(request, silent), "");
  const std::string said = say(request, cut);
  EXPECT_THAT(said, HasSubstr("\r\nContent-Length: 10\r\n"));
  EXPECT_THAT(said, EndsWith("\r\n\r\n0123"));
}

Task<void> abort_and_hold(Executor executor) {
  Server server(executor, ServerSettings(), echo, no_error);
  server.start();
  const std::uint16_t port = server.port();
  const std::string origin = "http://127.0.0.1:" + std::to_string(port);
  const auto client = make_client(executor, origin);
  const auto first = co_await client->send(Request("GET", "/"), std::chrono::seconds(20));
  EXPECT_TRUE(first);
  co_await server.abort();

  std::optional<HeldPort> held;
  held.emplace(executor, "127.0.0.1", port);
  const auto refused = co_await client->send(Request("GET", "/"), std::chrono::seconds(20));
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable) << refused.error().message();
  ServerSettings settings;
  settings.port = port;
  Server second(executor, settings, echo, no_error);
  held.reset();
  second.start();
  const auto again = co_await client->send(Request("GET", "/"), std::chrono::seconds(20));
  EXPECT_TRUE(again);
  co_await second.stop();
}

TEST(Server, AHeldPortRefusesUntilAnotherServerTakesItOver) {
  test::run<void>(abort_and_hold);
}

TEST(Server, TakesThePathOutOfAnAbsoluteTarget) {
  EXPECT_THAT(say("GET http://other:81/p?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), EndsWith("GET /p?q "));
}

TEST(Server, NamesTheAddressThatItCannotListenOn) {
  test::run<void>([](Executor executor) -> Task<void> {
    const Server first(executor, ServerSettings(), echo, no_error);
    ServerSettings settings;
    settings.port = first.port();
    std::string what;
    std::error_code code;
    try {
      const Server second(executor, settings, echo, no_error);
    } catch (const std::system_error& error) {
      what = error.what();
      code = error.code();
    }
    EXPECT_THAT(what, HasSubstr("listening on 127.0.0.1 port " + std::to_string(settings.port)));
    EXPECT_EQ(code, std::errc::address_in_use);

    settings.address = "no address";
    EXPECT_THROW(Server(executor, settings, echo, no_error), std::system_error);
    co_return;
  });
}

TEST(Server, StopLetsARunningRequestFinishAndClosesIdleConnections) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal arrived(executor);
    Signal release(executor);
    Server server(
        executor, ServerSettings(),
        [&](Request) -> Task<Response> {
          arrived.notify();
          co_await release.wait();
          co_return Response(200, Headers(), "finished");
        },
        no_error);
    server.start();
    tcp::socket idle = co_await test::connect(executor, server.port());
    tcp::socket busy = co_await test::connect(executor, server.port());
    std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    co_await test::write(busy, std::move(request));
    co_await arrived.wait();
    bool stopped = false;
    TaskGroup group(executor, test::unexpected);
    group.spawn("stop", [&]() -> Task<void> {
      co_await server.stop(1h);
      stopped = true;
    });

    const std::string to_idle = co_await test::read_all(idle);
    EXPECT_EQ(to_idle, "");
    EXPECT_FALSE(stopped);
    release.notify();
    const std::string said = co_await test::read_all(busy);
    co_await group.drained();

    EXPECT_THAT(said, EndsWith("\r\nConnection: close\r\n\r\nfinished"));
    EXPECT_TRUE(stopped);
    boost::system::error_code refused;
    tcp::socket late(executor);
    late.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), server.port()), refused);
    EXPECT_TRUE(refused);
  });
}

TEST(Server, StopCancelsAHandlerThatOutlastsThePatience) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    Signal arrived(executor);
    bool cancelled = false;
    Server server(
        executor, ServerSettings(),
        [&](Request) -> Task<Response> {
          arrived.notify();
          try {
            co_await clock.sleep(1h);
          } catch (...) {
            cancelled = true;
            throw;
          }
          co_return Response();
        },
        no_error);
    server.start();
    tcp::socket socket = co_await test::connect(executor, server.port());
    std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    co_await test::write(socket, std::move(request));
    co_await arrived.wait();

    co_await server.stop(5ms);

    EXPECT_TRUE(cancelled);
    const std::string said = co_await test::read_all(socket);
    EXPECT_EQ(said, "");
  });
}

TEST(Server, StopsWithoutHavingBeenStarted) {
  test::run<void>([](Executor executor) -> Task<void> {
    Server server(executor, ServerSettings(), echo, no_error);
    co_await server.stop();
  });
}

TEST(Server, ServesManyClientsAtOnce) {
  test::run<void>([](Executor executor) -> Task<void> {
    Server server(executor, ServerSettings(), echo, no_error);
    server.start();
    const auto client = make_client(executor, "http://127.0.0.1:" + std::to_string(server.port()));
    int right = 0;
    TaskGroup group(executor, test::unexpected);
    for (int i = 0; i < 200; ++i) {
      group.spawn("client", [&, i]() -> Task<void> {
        Request request("POST", "/" + std::to_string(i), Headers(),
                        std::string(static_cast<std::size_t>(i) * 100, 'x'));
        const std::string expected = "POST /" + std::to_string(i) + " " + request.body;
        const Result<Response> response = co_await client->send(std::move(request), 30s);
        if (response && response->body == expected) ++right;
      });
    }

    co_await group.drained();

    EXPECT_EQ(right, 200);
    co_await server.stop();
  });
}

}  // namespace
}  // namespace dualwrite::http
