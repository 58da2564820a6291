#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/http/client.hpp"
#include "raw.hpp"
#include "support/run.hpp"

namespace dualwrite::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using test::RawServer;
using testing::HasSubstr;

/// A key and a certificate that it signed itself, in a file that can serve as the list of CAs.
class Identity {
 public:
  explicit Identity(const char* names) : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    X509* const x509 = certificate_.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key_.get());
    X509_NAME* const name = X509_get_subject_name(x509);
    const auto* const text = reinterpret_cast<const unsigned char*>("dualwrite test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(x509, name);
    add_extension(NID_subject_alt_name, names);
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(x509, key_.get(), EVP_sha256());

    file_ = testing::TempDir() + "dualwrite_tls_XXXXXX";
    const int descriptor = mkstemp(file_.data());
    std::FILE* const out = fdopen(descriptor, "w");
    PEM_write_X509(out, x509);
    std::fclose(out);
  }
  ~Identity() { std::remove(file_.c_str()); }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  [[nodiscard]] const std::string& file() const { return file_; }

  void use_in(ssl::context& context) const {
    SSL_CTX_use_certificate(context.native_handle(), certificate_.get());
    SSL_CTX_use_PrivateKey(context.native_handle(), key_.get());
  }

 private:
  void add_extension(int nid, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
  std::string file_;
};

using TlsStream = ssl::stream<tcp::socket&>;

Task<std::string> read_request(TlsStream& stream) {
  std::string text;
  while (text.find("\r\n\r\n") == std::string::npos) {
    char part[65536];
    boost::system::error_code error;
    const std::size_t count =
        co_await stream.async_read_some(asio::buffer(part), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::string();
    text.append(part, count);
  }
  co_return text;
}

using TlsScript = std::function<Task<void>(TlsStream&)>;

// Serves `script` over TLS; a handshake that fails just ends the connection. What SNI named goes to `server_name`.
RawServer::Script over_tls(ssl::context& context, TlsScript script, std::string* server_name = nullptr) {
  return [&context, script = std::move(script), server_name](tcp::socket& socket, int) -> Task<void> {
    TlsStream stream(socket, context);
    boost::system::error_code error;
    co_await stream.async_handshake(ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    const char* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    if (server_name != nullptr) *server_name = name != nullptr ? name : "";
    co_await script(stream);
  };
}

Task<void> serve_ok(TlsStream& stream) {
  while (true) {
    const std::string request = co_await read_request(stream);
    if (request.empty()) co_return;
    const std::string reply = test::ok("over TLS");
    boost::system::error_code error;
    co_await asio::async_write(stream, asio::buffer(reply), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  }
}

// One POST to `host` at a server that presents `identity`, trusting what is in `ca_file`.
Result<Response> post(const Identity& identity, const std::string& ca_file, const std::string& host,
                      TlsScript script = serve_ok, std::string* server_name = nullptr) {
  return test::run<Result<Response>>([&](Executor executor) -> Task<Result<Response>> {
    ssl::context context(ssl::context::tls_server);
    identity.use_in(context);
    RawServer server(executor, over_tls(context, script, server_name));
    ClientSettings settings;
    settings.ca_file = ca_file;
    const auto client = make_client(executor, "https://" + host + ":" + std::to_string(server.port()), settings);
    Request request("POST", "/");
    Result<Response> response = co_await client->send(std::move(request), 10s);
    co_await server.stop();
    co_return response;
  });
}

TEST(ClientTls, AcceptsACertificateOfATrustedCaForTheRightHost) {
  const Identity identity("DNS:localhost,IP:127.0.0.1");
  std::string server_name;

  const auto by_name = post(identity, identity.file(), "localhost", serve_ok, &server_name);
  ASSERT_TRUE(by_name.has_value()) << by_name.error().text();
  EXPECT_EQ(by_name->body, "over TLS");
  EXPECT_EQ(server_name, "localhost");

  const auto by_address = post(identity, identity.file(), "127.0.0.1", serve_ok, &server_name);
  ASSERT_TRUE(by_address.has_value()) << by_address.error().text();
  EXPECT_EQ(server_name, "");  // SNI is for names only
}

TEST(ClientTls, RefusesACertificateForAnotherHost) {
  const Identity identity("DNS:other.test,IP:127.0.0.9");

  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto result = post(identity, identity.file(), host);

    ASSERT_FALSE(result.has_value()) << host;
    EXPECT_EQ(result.error().code(), Errc::unavailable);
    EXPECT_THAT(result.error().message(), HasSubstr("the certificate is not accepted"));
    EXPECT_THAT(result.error().message(), HasSubstr("mismatch"));
    EXPECT_THAT(result.error().hint(), HasSubstr("caFile"));
  }
}

TEST(ClientTls, RefusesACertificateOfAnUnknownCa) {
  const Identity identity("DNS:localhost");
  const Identity stranger("DNS:localhost");

  for (const std::string& ca_file : {stranger.file(), std::string()}) {
    const auto result = post(identity, ca_file, "localhost");

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), Errc::unavailable);
    EXPECT_THAT(result.error().message(), HasSubstr("the certificate is not accepted"));
  }
}

TEST(ClientTls, RefusesProtocolsBeforeTls12) {
  const Identity identity("DNS:localhost");
  const auto result = test::run<Result<Response>>([&](Executor executor) -> Task<Result<Response>> {
    ssl::context context(ssl::context::tls_server);
    identity.use_in(context);
    SSL_CTX_set_security_level(context.native_handle(), 0);
    SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
    RawServer server(executor, over_tls(context, serve_ok));
    ClientSettings settings;
    settings.ca_file = identity.file();
    const auto client = make_client(executor, "https://localhost:" + std::to_string(server.port()), settings);
    Request request("POST", "/");
    Result<Response> response = co_await client->send(std::move(request), 10s);
    co_await server.stop();
    co_return response;
  });

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::unavailable);
}

TEST(ClientTls, APlainServerIsUnavailable) {
  const auto result = test::run<Result<Response>>([](Executor executor) -> Task<Result<Response>> {
    RawServer server(executor, [](tcp::socket& socket, int) -> Task<void> {
      std::string reply = "HTTP/1.1 400 Bad Request\r\n\r\n";
      co_await test::write(socket, std::move(reply));
      co_await test::read_all(socket);
    });
    const auto client = make_client(executor, "https://127.0.0.1:" + std::to_string(server.port()));
    Request request("POST", "/");
    Result<Response> response = co_await client->send(std::move(request), 10s);
    co_await server.stop();
    co_return response;
  });

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::unavailable);
  EXPECT_THAT(result.error().message(), HasSubstr("TLS handshake"));
}

TEST(ClientTls, AHandshakeThatNeverEndsIsUnavailable) {
  const auto result = test::run<Result<Response>>([](Executor executor) -> Task<Result<Response>> {
    RawServer server(executor, [](tcp::socket& socket, int) -> Task<void> { co_await test::read_all(socket); });
    const auto client = make_client(executor, "https://127.0.0.1:" + std::to_string(server.port()));
    Request request("POST", "/");
    Result<Response> response = co_await client->send(std::move(request), 20ms);
    co_await server.stop();
    co_return response;
  });

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::unavailable);
  EXPECT_THAT(result.error().message(), HasSubstr("handshake in time"));
}

TEST(ClientTls, ABareEndOfTheConnectionDoesNotEndAReply) {
  const Identity identity("DNS:localhost");
  const auto truncate = [](TlsStream& stream) -> Task<void> {
    co_await read_request(stream);
    const std::string reply = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
    co_await asio::async_write(stream, asio::buffer(reply), asio::use_awaitable);
    stream.next_layer().close();  // without close_notify
  };
  const auto finish = [](TlsStream& stream) -> Task<void> {
    co_await read_request(stream);
    const std::string reply = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
    co_await asio::async_write(stream, asio::buffer(reply), asio::use_awaitable);
    boost::system::error_code ignored;
    co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  };

  const auto truncated = post(identity, identity.file(), "localhost", truncate);
  const auto finished = post(identity, identity.file(), "localhost", finish);

  ASSERT_FALSE(truncated.has_value());
  EXPECT_EQ(truncated.error().code(), Errc::in_doubt);
  ASSERT_TRUE(finished.has_value()) << finished.error().text();
  EXPECT_EQ(finished->body, "until the end");
}

TEST(ClientTls, UsesAConnectionAgainAndMovesLargeBodies) {
  const Identity identity("DNS:localhost");
  test::run<void>([&](Executor executor) -> Task<void> {
    ssl::context context(ssl::context::tls_server);
    identity.use_in(context);
    std::size_t received = 0;
    RawServer server(executor, over_tls(context, [&](TlsStream& stream) -> Task<void> {
                       for (int i = 0; i < 3; ++i) {
                         std::string text = co_await read_request(stream);
                         std::string part(65536, '\0');
                         while (text.size() < 1'000'000) {
                           const std::size_t count =
                               co_await stream.async_read_some(asio::buffer(part), asio::use_awaitable);
                           text.append(part, 0, count);
                         }
                         received += text.size();
                         const std::string reply = test::ok(std::string(1'000'000, 'y'));
                         co_await asio::async_write(stream, asio::buffer(reply), asio::use_awaitable);
                       }
                     }));
    ClientSettings settings;
    settings.ca_file = identity.file();
    const auto client = make_client(executor, "https://localhost:" + std::to_string(server.port()), settings);

    for (int i = 0; i < 3; ++i) {
      Request request("POST", "/", Headers(), std::string(1'000'000, 'x'));
      const Result<Response> response = co_await client->send(std::move(request), 30s);
      EXPECT_TRUE(response.has_value() && response->body.size() == 1'000'000) << i;
    }

    EXPECT_EQ(server.connections(), 1);
    EXPECT_GE(received, 3'000'000U);
    co_await server.stop();
  });
}

TEST(ClientTls, CancellationReachesARequestThatWaitsForItsReply) {
  const Identity identity("DNS:localhost");
  test::run<void>([&](Executor executor) -> Task<void> {
    ssl::context context(ssl::context::tls_server);
    identity.use_in(context);
    Signal arrived(executor);
    RawServer server(executor, over_tls(context, [&](TlsStream& stream) -> Task<void> {
                       co_await read_request(stream);
                       arrived.notify();
                       co_await test::read_all(stream.next_layer());
                     }));
    ClientSettings settings;
    settings.ca_file = identity.file();
    const auto client = make_client(executor, "https://localhost:" + std::to_string(server.port()), settings);
    bool aborted = false;
    TaskGroup group(executor, test::unexpected);
    group.spawn("sender", [&]() -> Task<void> {
      try {
        Request request("POST", "/");
        const Result<Response> response = co_await client->send(std::move(request), 1h);
      } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
      }
    });
    co_await arrived.wait();

    co_await group.join(1h);  // the first, gentle kind of cancellation must suffice

    EXPECT_TRUE(aborted);
    co_await server.stop();
  });
}

}  // namespace
}  // namespace dualwrite::http
