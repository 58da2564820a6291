#include "dualwrite/http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "raw.hpp"
#include "support/run.hpp"

namespace dualwrite::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using test::RawServer;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Answers every request of a connection with its own body, until the client goes.
Task<void> serve_ok(tcp::socket& socket, std::string body) {
  while (true) {
    const std::string request = co_await test::read_message(socket);
    if (request.empty()) co_return;
    std::string reply = test::ok(body);
    co_await test::write(socket, std::move(reply));
  }
}

// Answers one request with `reply` and closes.
RawServer::Script answer_with(std::string reply) {
  return [reply = std::move(reply)](tcp::socket& socket, int) -> Task<void> {
    co_await test::read_message(socket);
    std::string text = reply;
    co_await test::write(socket, std::move(text));
  };
}

Response get(const std::string& raw_reply, const std::string& method = "GET") {
  return test::run<Response>([&](Executor executor) -> Task<Response> {
    RawServer server(executor, answer_with(raw_reply));
    const auto client = make_client(executor, server.origin());
    Request request(method, "/");
    Result<Response> response = co_await client->send(std::move(request), 10s);
    co_await server.stop();
    if (!response) throw std::runtime_error(response.error().text());
    co_return std::move(*response);
  });
}

TEST(Client, SendsTheRequestWithFramingFieldsOfItsOwn) {
  std::string seen;
  std::uint16_t port = 0;
  test::run<void>([&](Executor executor) -> Task<void> {
    RawServer server(executor, [&](tcp::socket& socket, int) -> Task<void> {
      seen = co_await test::read_message(socket);
      std::string reply = test::ok("");
      co_await test::write(socket, std::move(reply));
    });
    port = server.port();
    const auto client = make_client(executor, server.origin());
    Headers headers{{"If-Match", "W/\"7\""}, {"Host", "evil"}, {"Content-Length", "1"}, {"Connection", "close"}};
    Request request("PATCH", "/data/X?$a=b", std::move(headers), "{}");

    const Result<Response> response = co_await client->send(std::move(request), 10s);

    EXPECT_TRUE(response.has_value());
    co_await server.stop();
  });

  EXPECT_THAT(seen, StartsWith("PATCH /data/X?$a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                               "\r\nUser-Agent: dualwrite/"));
  EXPECT_THAT(seen, HasSubstr("\r\nIf-Match: W/\"7\"\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nContent-Length: 2\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("evil")));
  EXPECT_THAT(seen, Not(HasSubstr("Connection")));
}

TEST(Client, ReadsStatusHeadersAndBody) {
  const Response response = get("HTTP/1.1 412 Whatever\r\nETag: \"5\"\r\nContent-Length: 3\r\n\r\nabc");

  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(response.headers.get("etag"), "\"5\"");
  EXPECT_EQ(response.body, "abc");
}

TEST(Client, ReadsEveryKindOfBody) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n";
  EXPECT_EQ(get(chunked).body, "abcde");
  EXPECT_FALSE(get(chunked).headers.has("T"));
  EXPECT_EQ(get("HTTP/1.1 200 OK\r\n\r\nuntil the end").body, "until the end");
  EXPECT_EQ(get("HTTP/1.1 204 No Content\r\n\r\n").status, 204);
  EXPECT_EQ(get("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "HEAD").headers.get("Content-Length"), "1000");
}

TEST(Client, SkipsInterimReplies) {
  const Response response =
      get("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + test::ok("late"));

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "late");
  EXPECT_FALSE(response.headers.has("Link"));
}

TEST(Client, UsesAConnectionAgain) {
  test::run<void>([](Executor executor) -> Task<void> {
    RawServer server(executor, [](tcp::socket& socket, int) { return serve_ok(socket, "x"); });
    const auto client = make_client(executor, server.origin());

    for (int i = 0; i < 5; ++i) {
      Request request(i % 2 == 0 ? "POST" : "GET", "/");
      const Result<Response> response = co_await client->send(std::move(request), 10s);
      EXPECT_TRUE(response.has_value());
    }

    EXPECT_EQ(server.connections(), 1);
    co_await server.stop();
  });
}

TEST(Client, DoesNotUseAConnectionAgainThatTheServerMeansToClose) {
  test::run<void>([](Executor executor) -> Task<void> {
    RawServer server(executor, answer_with("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    const auto client = make_client(executor, server.origin());

    for (int i = 0; i < 3; ++i) {
      Request request("POST", "/");
      const Result<Response> response = co_await client->send(std::move(request), 10s);
      EXPECT_TRUE(response.has_value());
    }

    EXPECT_EQ(server.connections(), 3);
    co_await server.stop();
  });
}

TEST(Client, DoesNotUseAConnectionAgainThatHasBeenIdleTooLong) {
  test::run<void>([](Executor executor) -> Task<void> {
    RawServer server(executor, [](tcp::socket& socket, int) { return serve_ok(socket, "x"); });
    ClientSettings settings;
    settings.idle_max = -1ms;  // every idle connection is too old at once
    const auto client = make_client(executor, server.origin(), std::move(settings));

    for (int i = 0; i < 3; ++i) {
      Request request("GET", "/");
      const Result<Response> response = co_await client->send(std::move(request), 10s);
      EXPECT_TRUE(response.has_value());
    }

    EXPECT_EQ(server.connections(), 3);
    co_await server.stop();
  });
}

TEST(Client, MovesLargeBodiesBothWays) {
  std::string large(5'000'000, ' ');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + (i * 7919) % 26);
  test::run<void>([&](Executor executor) -> Task<void> {
    RawServer server(executor, [](tcp::socket& socket, int) -> Task<void> {
      const std::string request = co_await test::read_message(socket);
      std::string reply = test::ok(request.substr(request.find("\r\n\r\n") + 4));
      co_await test::write(socket, std::move(reply));
    });
    const auto client = make_client(executor, server.origin());
    Request request("POST", "/", Headers(), large);

    const Result<Response> response = co_await client->send(std::move(request), 60s);

    EXPECT_TRUE(response.has_value() && response->body == large);
    co_await server.stop();
  });
}

TEST(Client, NeverOpensMoreConnectionsThanAllowed) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    RawServer server(executor, [&](tcp::socket& socket, int) -> Task<void> {
      while (true) {
        const std::string request = co_await test::read_message(socket);
        if (request.empty()) co_return;
        co_await clock.sleep(1ms);
        std::string reply = test::ok("x");
        co_await test::write(socket, std::move(reply));
      }
    });
    ClientSettings settings;
    settings.connections_max = 3;
    const auto client = make_client(executor, server.origin(), std::move(settings));
    int answered = 0;
    TaskGroup group(executor, test::unexpected);
    for (int i = 0; i < 30; ++i) {
      group.spawn("sender", [&]() -> Task<void> {
        Request request("POST", "/");
        const Result<Response> response = co_await client->send(std::move(request), 30s);
        if (response) ++answered;
      });
    }

    co_await group.drained();

    EXPECT_EQ(answered, 30);
    EXPECT_EQ(server.open_max(), 3);
    EXPECT_EQ(server.connections(), 3);
    co_await server.stop();
  });
}

TEST(Client, CancellationOfARequestThatWaitsForAConnectionLeavesThePoolWhole) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    Signal release(executor);
    RawServer server(executor, [&](tcp::socket& socket, int) -> Task<void> {
      co_await test::read_message(socket);
      co_await release.wait();
      std::string reply = test::ok("first");
      co_await test::write(socket, std::move(reply));
      co_await serve_ok(socket, "later");
    });
    ClientSettings settings;
    settings.connections_max = 1;
    const auto client = make_client(executor, server.origin(), std::move(settings));
    std::string first_body;
    bool waiter_returned = false;
    TaskGroup first(executor, test::unexpected);
    TaskGroup second(executor, test::unexpected);
    first.spawn("first", [&]() -> Task<void> {
      Request request("POST", "/");
      const Result<Response> response = co_await client->send(std::move(request), 30s);
      first_body = response ? response->body : response.error().text();
    });
    second.spawn("second", [&]() -> Task<void> {
      Request request("POST", "/");
      const Result<Response> response = co_await client->send(std::move(request), 30s);
      waiter_returned = true;
    });
    co_await clock.sleep(5ms);

    co_await second.join();
    EXPECT_FALSE(waiter_returned);
    release.notify();
    co_await first.drained();
    EXPECT_EQ(first_body, "first");
    Request request("POST", "/");
    const Result<Response> third = co_await client->send(std::move(request), 30s);

    EXPECT_TRUE(third.has_value() && third->body == "later");
    EXPECT_EQ(server.connections(), 1);
    co_await server.stop();
  });
}

TEST(Client, CancellationOfARequestThatWasSentClosesItsConnection) {
  test::run<void>([](Executor executor) -> Task<void> {
    bool server_saw_the_end = false;
    Signal arrived(executor);
    Signal ended(executor);
    RawServer server(executor, [&](tcp::socket& socket, int) -> Task<void> {
      co_await test::read_message(socket);
      arrived.notify();
      co_await test::read_all(socket);
      server_saw_the_end = true;
      ended.notify();
    });
    const auto client = make_client(executor, server.origin());
    bool aborted = false;
    TaskGroup group(executor, test::unexpected);
    group.spawn("sender", [&]() -> Task<void> {
      try {
        Request request("POST", "/");
        const Result<Response> response = co_await client->send(std::move(request), 1h);
        ADD_FAILURE() << "the request returned";
      } catch (const boost::system::system_error& error) {
        aborted = error.code() == boost::asio::error::operation_aborted;
      }
    });
    co_await arrived.wait();

    co_await group.join();
    co_await ended.wait();

    EXPECT_TRUE(aborted);
    EXPECT_TRUE(server_saw_the_end);
    co_await server.stop();
  });
}

TEST(Client, RefusesAnAddressThatIsNoOrigin) {
  test::run<void>([](Executor executor) -> Task<void> {
    for (const char* text : {"localhost:80", "http://host/path", "http://host?x", "gopher://host", ""}) {
      EXPECT_THROW(make_client(executor, text), std::invalid_argument) << text;
    }
    ClientSettings settings;
    settings.ca_file = "/nonexistent/ca.pem";
    EXPECT_THROW(make_client(executor, "https://host", settings), std::invalid_argument);
    co_return;
  });
}

TEST(Client, NeverSendsARequestThatWouldBreakOutOfItsLine) {
  test::run<void>([](Executor executor) -> Task<void> {
    const auto client = make_client(executor, "http://127.0.0.1:1");
    std::vector<Request> requests;
    requests.emplace_back("GET", "/a b");
    requests.emplace_back("GET", "/a\r\nX: y");
    requests.emplace_back("GET", "a");
    requests.emplace_back("GE T", "/");
    requests.emplace_back("GET", "/", Headers{{"X", "a\r\nY: b"}}, "");
    requests.emplace_back("GET", "/", Headers{{"X: y", "a"}}, "");
    for (Request& request : requests) {
      const Result<Response> response = co_await client->send(std::move(request), 1s);
      EXPECT_TRUE(!response && response.error().code() == Errc::invalid);
    }
  });
}

}  // namespace
}  // namespace dualwrite::http
