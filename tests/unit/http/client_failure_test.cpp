#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
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
using test::RawServer;
using testing::HasSubstr;
using testing::Not;

// What comes of one request to a server that follows `script`.
Error failure(RawServer::Script script, ClientSettings settings = {}, std::chrono::milliseconds limit = 10s,
              std::string body = {}) {
  return test::run<Error>([&](Executor executor) -> Task<Error> {
    RawServer server(executor, script);
    const auto client = make_client(executor, server.origin(), settings);
    Request request("POST", "/data/Customers?$secret=1", Headers(), body);
    const Result<Response> response = co_await client->send(std::move(request), limit);
    co_await server.stop();
    EXPECT_EQ(server.connections(), 1) << "a POST must not be repeated";
    if (response) co_return Error(Errc::invalid, "succeeded with " + std::to_string(response->status));
    co_return response.error();
  });
}

RawServer::Script reply_and_close(std::string reply) {
  return [reply = std::move(reply)](tcp::socket& socket, int) -> Task<void> {
    co_await test::read_message(socket);
    std::string text = reply;
    co_await test::write(socket, std::move(text));
  };
}

TEST(ClientFailure, ARefusedConnectionIsUnavailableAndNamed) {
  const Error error = test::run<Error>([](Executor executor) -> Task<Error> {
    // A port that was free a moment ago.
    std::uint16_t port = 0;
    {
      const tcp::acceptor acceptor(executor, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
      port = acceptor.local_endpoint().port();
    }
    const std::string address = "127.0.0.1:" + std::to_string(port);
    const auto client = make_client(executor, "http://" + address);
    Request request("POST", "/");
    const Result<Response> response = co_await client->send(std::move(request), 10s);
    EXPECT_THAT(response.error().message(), HasSubstr("connecting to " + address + ": Connection refused"));
    co_return response.error();
  });

  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_FALSE(error.hint().empty());
}

TEST(ClientFailure, ANameThatDoesNotExistIsUnavailable) {
  const Error error = test::run<Error>([](Executor executor) -> Task<Error> {
    const auto client = make_client(executor, "http://no-such-host.invalid");  // reserved for this: RFC 2606
    Request request("GET", "/");
    const Result<Response> response = co_await client->send(std::move(request), 10s);
    co_return response.error();
  });

  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("connecting to no-such-host.invalid:80: "));
  EXPECT_THAT(error.hint(), HasSubstr("DNS"));
}

TEST(ClientFailure, AConnectionThatNobodyAcceptsIsUnavailableWhenTheTimeIsOver) {
  const Error error = test::run<Error>([](Executor executor) -> Task<Error> {
    // A backlog that is full: further connections get no answer at all.
    tcp::acceptor acceptor(executor);
    acceptor.open(tcp::v4());
    acceptor.bind(tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    acceptor.listen(0);
    const std::uint16_t port = acceptor.local_endpoint().port();
    std::vector<tcp::socket> crowd;
    for (int i = 0; i < 4; ++i) {
      crowd.emplace_back(executor, tcp::v4());
      const tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
      crowd.back().async_connect(endpoint, [](boost::system::error_code) {});  // ends when the crowd goes home
    }
    ClientSettings settings;
    settings.connect_limit = 20ms;
    const auto client = make_client(executor, "http://127.0.0.1:" + std::to_string(port), std::move(settings));
    Request request("POST", "/");
    const Result<Response> response = co_await client->send(std::move(request), 1h);
    co_return response.error();
  });

  EXPECT_EQ(error.code(), Errc::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("no answer in time"));
}

TEST(ClientFailure, AConnectionClosedBeforeTheReplyIsInDoubt) {
  const Error error = failure([](tcp::socket& socket, int) -> Task<void> { co_await test::read_message(socket); });

  EXPECT_EQ(error.code(), Errc::in_doubt);
  EXPECT_THAT(error.message(), HasSubstr("sending POST /data/Customers to 127.0.0.1:"));
  EXPECT_THAT(error.message(), HasSubstr("the connection was closed without a reply"));
  EXPECT_THAT(error.message(), Not(HasSubstr("secret")));
}

TEST(ClientFailure, ACutReplyIsInDoubt) {
  for (const char* reply :
       {"HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const Error error = failure(reply_and_close(reply));

    EXPECT_EQ(error.code(), Errc::in_doubt) << reply;
    EXPECT_THAT(error.message(), HasSubstr("in the middle of the reply")) << reply;
  }
}

TEST(ClientFailure, WhatIsNoReplyAtAllIsInDoubt) {
  for (const char* reply : {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/9.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const Error error = failure(reply_and_close(reply));

    EXPECT_EQ(error.code(), Errc::in_doubt) << reply;
    EXPECT_THAT(error.message(), HasSubstr("not an HTTP reply")) << reply;
  }
}

TEST(ClientFailure, NoReplyWithinTheTimeIsInDoubt) {
  const auto wait_for_ever = [](tcp::socket& socket, int) -> Task<void> { co_await test::read_all(socket); };

  const Error error = failure(wait_for_ever, {}, 20ms);

  EXPECT_EQ(error.code(), Errc::in_doubt);
  EXPECT_THAT(error.message(), HasSubstr("no reply in time"));
}

TEST(ClientFailure, AReplyThatDoesNotEndWithinTheTimeIsInDoubt) {
  const auto dribble = [](tcp::socket& socket, int) -> Task<void> {
    co_await test::read_message(socket);
    std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    co_await test::write(socket, std::move(start));
    co_await test::read_all(socket);
  };

  const Error error = failure(dribble, {}, 50ms);

  EXPECT_EQ(error.code(), Errc::in_doubt);
  EXPECT_THAT(error.message(), HasSubstr("the reply did not end in time"));
}

TEST(ClientFailure, ARequestThatThePeerDoesNotReadIsInDoubtWhenTheTimeIsOver) {
  const auto read_nothing = [](tcp::socket& socket, int) -> Task<void> {
    SystemClock clock;
    co_await clock.sleep(1h);
    co_await test::read_all(socket);
  };

  const Error error = failure(read_nothing, {}, 50ms, std::string(20'000'000, 'x'));

  EXPECT_EQ(error.code(), Errc::in_doubt);
}

TEST(ClientFailure, AReplyLargerThanAllowedIsALimit) {
  ClientSettings settings;
  settings.reply_bytes_max = 10;
  const std::string large(11, 'x');
  for (const std::string& reply :
       {test::ok(large), "HTTP/1.1 200 OK\r\n\r\n" + large,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + large + "\r\n0\r\n\r\n",
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nx")}) {
    const Error error = failure(reply_and_close(reply), settings);

    EXPECT_EQ(error.code(), Errc::limit) << reply;
    EXPECT_THAT(error.message(), HasSubstr("larger than 10 bytes")) << reply;
  }
  EXPECT_THAT(failure(reply_and_close(test::ok("0123456789")), settings).message(), HasSubstr("succeeded"));
}

TEST(ClientFailure, AReplyHeaderLargerThanAllowedIsALimit) {
  ClientSettings settings;
  settings.header_bytes_max = 1000;
  const std::string large = "X: " + std::string(1000, 'x') + "\r\n";
  std::string many;
  for (int i = 0; i < 300; ++i) many += "X: y\r\n";
  for (const std::string& fields : {large, many}) {
    const Error error = failure(reply_and_close("HTTP/1.1 200 OK\r\n" + fields + "\r\n"), settings);

    EXPECT_EQ(error.code(), Errc::limit);
    EXPECT_THAT(error.message(), HasSubstr("header is larger than 1000 bytes"));
  }
}

TEST(ClientFailure, AReplyThatCameBeforeTheRequestWasReadIsStillAReply) {
  const auto refuse_early = [](tcp::socket& socket, int) -> Task<void> {
    std::string reply = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    co_await test::write(socket, std::move(reply));
    socket.shutdown(tcp::socket::shutdown_send);
    co_await test::read_all(socket);
  };

  const Error error = failure(refuse_early, {}, 10s, std::string(5'000'000, 'x'));

  EXPECT_EQ(error.message(), "succeeded with 413");
}

TEST(ClientFailure, WaitingTooLongForAFreeConnectionIsUnavailable) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal release(executor);
    Signal arrived(executor);
    RawServer server(executor, [&](tcp::socket& socket, int) -> Task<void> {
      co_await test::read_message(socket);
      arrived.notify();
      co_await release.wait();
      std::string reply = test::ok("");
      co_await test::write(socket, std::move(reply));
    });
    ClientSettings settings;
    settings.connections_max = 1;
    const auto client = make_client(executor, server.origin(), std::move(settings));
    TaskGroup group(executor, test::unexpected);
    group.spawn("first", [&]() -> Task<void> {
      Request request("POST", "/");
      const Result<Response> response = co_await client->send(std::move(request), 30s);
      EXPECT_TRUE(response.has_value());
    });
    co_await arrived.wait();

    Request request("POST", "/");
    const Result<Response> response = co_await client->send(std::move(request), 20ms);

    EXPECT_TRUE(!response && response.error().code() == Errc::unavailable);
    if (!response) {
      EXPECT_THAT(response.error().message(), HasSubstr("none of the 1 connections became free within 20 ms"));
    }
    release.notify();
    co_await group.drained();
    co_await server.stop();
  });
}

TEST(ClientFailure, AnIdleConnectionThatTheServerClosedIsReplacedBeforeAnythingIsSent) {
  for (const char* method : {"POST", "GET"}) {
    test::run<void>([method](Executor executor) -> Task<void> {
      Signal closed(executor);
      int requests = 0;
      RawServer server(executor, [&](tcp::socket& socket, int) -> Task<void> {
        const std::string message = co_await test::read_message(socket);
        requests += message.empty() ? 0 : 1;
        std::string reply = test::ok("");
        co_await test::write(socket, std::move(reply));
        socket.close();
        closed.notify();
      });
      const auto client = make_client(executor, server.origin());

      for (int i = 0; i < 3; ++i) {
        Request request(method, "/");
        const Result<Response> response = co_await client->send(std::move(request), 10s);
        EXPECT_TRUE(response.has_value()) << method << (response ? "" : response.error().text());
        co_await closed.wait();
      }

      EXPECT_EQ(server.connections(), 3);
      EXPECT_EQ(requests, 3);
      co_await server.stop();
    });
  }
}

// The server keeps the first connection open until the second request comes, and closes it then.
Task<Result<Response>> send_into_a_closing_connection(Executor executor, std::string method, int& requests) {
  RawServer server(executor, [&](tcp::socket& socket, int number) -> Task<void> {
    const std::string first = co_await test::read_message(socket);
    requests += first.empty() ? 0 : 1;
    std::string reply = test::ok(number == 0 ? "first" : "again");
    co_await test::write(socket, std::move(reply));
    const std::string second = co_await test::read_message(socket);
    requests += second.empty() ? 0 : 1;
  });
  const auto client = make_client(executor, server.origin());
  Request warm_up("GET", "/");
  const Result<Response> first = co_await client->send(std::move(warm_up), 10s);
  EXPECT_TRUE(first.has_value());
  Request request(method, "/");
  Result<Response> second = co_await client->send(std::move(request), 10s);
  co_await server.stop();
  co_return second;
}

TEST(ClientFailure, AGetThatMeetsAClosingConnectionIsRepeatedOnceOnANewOne) {
  int requests = 0;
  const auto result = test::run<Result<Response>>(
      [&](Executor executor) { return send_into_a_closing_connection(executor, "GET", requests); });

  EXPECT_TRUE(result.has_value() && result->body == "again");
  EXPECT_EQ(requests, 3);
}

TEST(ClientFailure, APostThatMeetsAClosingConnectionIsInDoubtAndNotRepeated) {
  int requests = 0;
  const auto result = test::run<Result<Response>>(
      [&](Executor executor) { return send_into_a_closing_connection(executor, "POST", requests); });

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::in_doubt);
  EXPECT_EQ(requests, 2);
}

TEST(ClientFailure, AGetOnANewConnectionIsNotRepeated) {
  test::run<void>([](Executor executor) -> Task<void> {
    RawServer server(executor, [](tcp::socket& socket, int) -> Task<void> { co_await test::read_message(socket); });
    const auto client = make_client(executor, server.origin());
    Request request("GET", "/");

    const Result<Response> response = co_await client->send(std::move(request), 10s);

    EXPECT_TRUE(!response && response.error().code() == Errc::in_doubt);
    EXPECT_EQ(server.connections(), 1);
    co_await server.stop();
  });
}

TEST(ClientFailure, AConnectionWithBytesThatNobodyAskedForIsNotUsedAgain) {
  test::run<void>([](Executor executor) -> Task<void> {
    RawServer server(executor, [](tcp::socket& socket, int number) -> Task<void> {
      co_await test::read_message(socket);
      std::string reply = test::ok(number == 0 ? "first" : "second") + (number == 0 ? test::ok("smuggled") : "");
      co_await test::write(socket, std::move(reply));
      co_await test::read_all(socket);
    });
    const auto client = make_client(executor, server.origin());
    std::vector<std::string> bodies;

    for (int i = 0; i < 2; ++i) {
      Request request("GET", "/");
      const Result<Response> response = co_await client->send(std::move(request), 10s);
      bodies.push_back(response ? response->body : response.error().text());
    }

    EXPECT_EQ(bodies, (std::vector<std::string>{"first", "second"}));
    co_await server.stop();
  });
}

}  // namespace
}  // namespace dualwrite::http
