// Which services are reached through the proxy, and how.
#include "dualwrite/http/proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "dualwrite/http/client.hpp"
#include "raw.hpp"
#include "support/run.hpp"

namespace dualwrite::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using testing::HasSubstr;
using testing::Not;

TEST(Proxy, IsForHttpsAndNeverForThisMachine) {
  const ProxyEnvironment environment{"http://proxy.corp:3128", ""};
  EXPECT_EQ(proxy_for("https://org.crm.dynamics.com", environment), "http://proxy.corp:3128");
  EXPECT_EQ(proxy_for("http://org.crm.dynamics.com", environment), "");
  EXPECT_EQ(proxy_for("https://127.0.0.1:8443", environment), "");
  EXPECT_EQ(proxy_for("https://localhost", environment), "");
  EXPECT_EQ(proxy_for("https://org.crm.dynamics.com", ProxyEnvironment{}), "");
  EXPECT_EQ(proxy_for("https://x.example", ProxyEnvironment{"proxy.corp:1", ""}), "http://proxy.corp:1");
}

TEST(Proxy, LeavesOutWhatNoProxyNames) {
  const ProxyEnvironment environment{"http://p:1", "ax.corp, .inside.example,other.example:444"};
  for (const char* origin : {"https://ax.corp", "https://AX.corp", "https://node.ax.corp", "https://a.inside.example",
                             "https://inside.example", "https://other.example:444"}) {
    EXPECT_EQ(proxy_for(origin, environment), "") << origin;
  }
  for (const char* origin : {"https://max.corp", "https://outside.example", "https://other.example"}) {
    EXPECT_EQ(proxy_for(origin, environment), "http://p:1") << origin;
  }
  EXPECT_EQ(proxy_for("https://any.example", ProxyEnvironment{"http://p:1", "*"}), "");
}

/// What a proxy is told, and what came of the request, when it answers `reply`.
std::pair<std::string, Result<Response>> through(const std::string& reply, const std::string& credentials) {
  std::string told;
  auto response = test::run<Result<Response>>([&](Executor executor) -> Task<Result<Response>> {
    test::RawServer proxy(executor, [&](asio::ip::tcp::socket& socket, int) -> Task<void> {
      char part[4096];
      boost::system::error_code error;
      while (told.find("\r\n\r\n") == std::string::npos && !error) {
        const std::size_t count =
            co_await socket.async_read_some(asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
        told.append(part, count);
      }
      co_await asio::async_write(socket, asio::buffer(reply), asio::redirect_error(asio::use_awaitable, error));
      // What comes now is for the service.
      const std::size_t count =
          co_await socket.async_read_some(asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
      if (count > 0) told += part[0] == 0x16 ? "<TLS>" : "<not TLS>";
    });
    ClientSettings settings;
    settings.proxy = "http://" + credentials + "127.0.0.1:" + std::to_string(proxy.port());
    const auto client = make_client(executor, "https://service.example", settings);
    Request request("GET", "/");
    Result<Response> outcome = co_await client->send(std::move(request), 10s);
    co_await proxy.stop();
    co_return outcome;
  });
  return {told, std::move(response)};
}

TEST(Proxy, IsAskedForATunnelAndTlsGoesThroughIt) {
  const auto [told, response] = through("HTTP/1.1 200 Connection established\r\n\r\n", "me:p%40ss@");
  EXPECT_THAT(told, HasSubstr("CONNECT service.example:443 HTTP/1.1\r\nHost: service.example:443\r\n"));
  EXPECT_THAT(told, HasSubstr("Proxy-Authorization: Basic bWU6cEBzcw==\r\n"));  // me:p@ss
  EXPECT_THAT(told, testing::EndsWith("<TLS>"));
  ASSERT_FALSE(response.has_value()) << "nobody speaks TLS there";
  EXPECT_EQ(response.error().code(), Errc::unavailable);
}

TEST(Proxy, ThatRefusesIsNamedAndItsPasswordIsNot) {
  const auto [told, response] = through("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "me:geheim@");
  EXPECT_THAT(told, Not(HasSubstr("TLS")));
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code(), Errc::unavailable) << "nothing was sent to the service";
  EXPECT_THAT(response.error().text(), HasSubstr("through the proxy 127.0.0.1:"));
  EXPECT_THAT(response.error().text(), HasSubstr("407"));
  EXPECT_THAT(response.error().text(), Not(HasSubstr("geheim")));
}

}  // namespace
}  // namespace dualwrite::http
