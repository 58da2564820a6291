#include "dualwrite/http/token_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/server.hpp"
#include "raw.hpp"
#include "support/run.hpp"

namespace dualwrite::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

/// A clock that the test moves.
class HandClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant{at}; }
  [[nodiscard]] milliseconds elapsed() const override { return at; }
  Task<void> sleep(milliseconds) override { throw std::logic_error("nobody sleeps here"); }
  milliseconds at{1'000'000};
};

const std::string the_secret = "s3cr3t +/&=";

/// A token service that answers each request with `reply`, in which %N is the request's number.
struct Service {
  explicit Service(Executor executor)
      : server(
            executor, ServerSettings(), [this](Request request) { return answer(std::move(request)); },
            [](const std::string& what) { ADD_FAILURE() << what; }) {
    server.start();
  }

  Task<Response> answer(Request request) {
    requests.push_back(std::move(request));
    if (gate != nullptr) co_await gate->wait();
    std::string body = reply.body;
    const std::size_t at = body.find("%N");
    if (at != std::string::npos) body.replace(at, 2, std::to_string(requests.size()));
    co_return Response(reply.status, Headers(), std::move(body));
  }

  std::unique_ptr<TokenSource> source(Executor executor, Clock& clock, std::string scope = "api/.default",
                                      std::string resource = "") const {
    const std::string origin = "http://127.0.0.1:" + std::to_string(server.port());
    ClientCredentials credentials;
    credentials.token_url = origin + "/tenant/oauth2/v2.0/token";
    credentials.client_id = "app-1";
    credentials.client_secret = Secret(the_secret);
    credentials.scope = std::move(scope);
    credentials.resource = std::move(resource);
    return make_token_source(executor, clock, std::move(credentials), make_client(executor, origin));
  }

  Response reply{200, Headers(), R"({"token_type":"Bearer","expires_in":3600,"access_token":"token-%N"})"};
  std::vector<Request> requests;
  Signal* gate = nullptr;
  Server server;  // last: its handler uses what is above
};

using Body = std::function<Task<void>(Executor, Service&, HandClock&)>;

void with_service(Body body) {
  test::run<void>([&](Executor executor) -> Task<void> {
    HandClock clock;
    Service service(executor);
    co_await body(executor, service, clock);
    co_await service.server.stop();
  });
}

TEST(TokenSource, PostsTheFormThatEntraExpects) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    const auto source = service.source(executor, clock);

    const Result<std::string> token = co_await source->token();

    EXPECT_TRUE(token.has_value() && *token == "token-1");
    const Request& request = service.requests.at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/tenant/oauth2/v2.0/token");
    EXPECT_EQ(request.headers.get("Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(request.body,
              "grant_type=client_credentials&client_id=app-1&client_secret=s3cr3t%20%2B%2F%26%3D&scope=api%2F.default");
  });
}

TEST(TokenSource, NamesAResourceInsteadOfAScopeForOlderServices) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    const auto source = service.source(executor, clock, "", "https://ax.contoso.com");

    const Result<std::string> token = co_await source->token();

    EXPECT_TRUE(token.has_value());
    EXPECT_THAT(service.requests.at(0).body, HasSubstr("&resource=https%3A%2F%2Fax.contoso.com"));
    EXPECT_THAT(service.requests.at(0).body, Not(HasSubstr("scope")));
  });
}

TEST(TokenSource, KeepsATokenUntilFiveMinutesBeforeItExpires) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    const auto source = service.source(executor, clock);
    const Result<std::string> first = co_await source->token();

    clock.at += 3300s - 1ms;
    const Result<std::string> second = co_await source->token();
    clock.at += 1ms;
    const Result<std::string> third = co_await source->token();

    EXPECT_EQ(first.value(), "token-1");
    EXPECT_EQ(second.value(), "token-1");
    EXPECT_EQ(third.value(), "token-2");
  });
}

TEST(TokenSource, RenewsAShortTokenAfterHalfItsLifeAndReadsLifetimesWrittenAsText) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    service.reply.body = R"({"expires_in":"60","access_token":"token-%N"})";
    const auto source = service.source(executor, clock);
    const Result<std::string> first = co_await source->token();

    clock.at += 30s - 1ms;
    const Result<std::string> second = co_await source->token();
    clock.at += 1ms;
    const Result<std::string> third = co_await source->token();

    EXPECT_EQ(second.value(), first.value());
    EXPECT_EQ(third.value(), "token-2");
  });
}

TEST(TokenSource, SharesOneRequestAmongThoseWhoAskAtOnce) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    const auto source = service.source(executor, clock);
    std::vector<std::string> tokens;
    TaskGroup group(executor, test::unexpected);
    for (int i = 0; i < 20; ++i) {
      group.spawn("caller", [&]() -> Task<void> {
        const Result<std::string> token = co_await source->token();
        tokens.push_back(token.value());
      });
    }

    co_await group.drained();

    EXPECT_EQ(tokens, std::vector<std::string>(20, "token-1"));
    EXPECT_EQ(service.requests.size(), 1U);
  });
}

TEST(TokenSource, SharesAFailureTooAndThenAsksAgain) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    const Response good = service.reply;
    service.reply = Response(401, Headers(), R"({"error":"invalid_client"})");
    const auto source = service.source(executor, clock);
    int failed = 0;
    TaskGroup group(executor, test::unexpected);
    for (int i = 0; i < 5; ++i) {
      group.spawn("caller", [&]() -> Task<void> {
        const Result<std::string> token = co_await source->token();
        if (!token) ++failed;
      });
    }
    co_await group.drained();
    EXPECT_EQ(failed, 5);
    EXPECT_EQ(service.requests.size(), 1U);

    service.reply = good;
    const Result<std::string> token = co_await source->token();

    EXPECT_EQ(token.value(), "token-2");
  });
}

TEST(TokenSource, SomebodyElseAsksWhenTheOneWhoAskedIsCancelled) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    const auto source = service.source(executor, clock);
    Signal gate(executor);
    service.gate = &gate;
    std::string got;
    SystemClock real;
    TaskGroup asking(executor, test::unexpected);
    TaskGroup waiting(executor, test::unexpected);
    asking.spawn("asker", [&]() -> Task<void> { co_await source->token(); });
    waiting.spawn("waiter", [&]() -> Task<void> {
      const Result<std::string> token = co_await source->token();
      got = token.value();
    });
    while (service.requests.empty()) co_await real.sleep(1ms);

    service.gate = nullptr;
    co_await asking.join();
    co_await waiting.drained();
    gate.notify();

    EXPECT_EQ(got, "token-2");
  });
}

TEST(TokenSource, DropsARefusedTokenOnlyIfItIsStillTheOneInUse) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    const auto source = service.source(executor, clock);
    const Result<std::string> first = co_await source->token();

    source->refused(first.value());
    const Result<std::string> second = co_await source->token();
    source->refused(first.value());  // a late 401 for the old one
    const Result<std::string> third = co_await source->token();

    EXPECT_EQ(second.value(), "token-2");
    EXPECT_EQ(third.value(), "token-2");
  });
}

TEST(TokenSource, ARefusalSaysWhatTheServiceSaidButNeverTheSecret) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    service.reply =
        Response(401, Headers(),
                 R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret )"
                 R"(s3cr3t +/&= or s3cr3t%20%2B%2F%26%3D provided.\r\nTrace ID: 1","error_codes":[7000215]})");
    const auto source = service.source(executor, clock);

    const Result<std::string> token = co_await source->token();

    EXPECT_FALSE(token.has_value());
    const Error& error = token.error();
    EXPECT_EQ(error.code(), Errc::unauthorized);
    EXPECT_THAT(error.message(),
                HasSubstr("for a token of client app-1: it answered 401, invalid_client: AADSTS7000215: Invalid client "
                          "secret *** or *** provided."));
    EXPECT_THAT(error.text(), Not(HasSubstr("s3cr3t")));
    EXPECT_THAT(error.text(), Not(HasSubstr("Trace")));
  });
}

TEST(TokenSource, OtherAnswersHaveTheirOwnKindOfError) {
  with_service([](Executor executor, Service& service, HandClock& clock) -> Task<void> {
    struct Case {
      Response reply;
      Errc code;
    };
    std::vector<Case> cases;
    cases.push_back({Response(429), Errc::throttled});
    cases.push_back({Response(503), Errc::unavailable});
    cases.push_back({Response(400, Headers(), "<html>"), Errc::unauthorized});
    cases.push_back({Response(200, Headers(), "<html>"), Errc::invalid});
    cases.push_back({Response(200, Headers(), "{}"), Errc::invalid});
    cases.push_back({Response(200, Headers(), R"({"access_token":5})"), Errc::invalid});
    cases.push_back({Response(200, Headers(), "[]"), Errc::invalid});
    const auto source = service.source(executor, clock);
    for (const Case& item : cases) {
      service.reply = item.reply;

      const Result<std::string> token = co_await source->token();

      EXPECT_TRUE(!token && token.error().code() == item.code) << item.reply.status << item.reply.body;
    }
  });
}

TEST(TokenSource, AFailureOnTheWayIsUnavailableBecauseTheCallersOwnRequestWasNotSent) {
  test::run<void>([](Executor executor) -> Task<void> {
    test::RawServer server(executor, [](boost::asio::ip::tcp::socket& socket, int) -> Task<void> {
      co_await test::read_message(socket);  // and closes: in doubt, as far as the token request goes
    });
    HandClock clock;
    ClientCredentials credentials;
    credentials.token_url = server.origin() + "/token";
    credentials.client_secret = Secret(the_secret);
    const auto source = make_token_source(executor, clock, credentials, make_client(executor, server.origin()));

    const Result<std::string> token = co_await source->token();

    EXPECT_TRUE(!token && token.error().code() == Errc::unavailable);
    co_await server.stop();
  });
}

TEST(TokenSource, RefusesATokenUrlThatIsNone) {
  test::run<void>([](Executor executor) -> Task<void> {
    HandClock clock;
    ClientCredentials credentials;
    credentials.token_url = "login.microsoftonline.com/token";

    EXPECT_THROW(make_token_source(executor, clock, credentials, nullptr), std::invalid_argument);
    co_return;
  });
}

}  // namespace
}  // namespace dualwrite::http
