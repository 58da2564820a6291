// When a service counts as down: scripted replies, no sockets.
#include "endpoint/service.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "support/fixed_clock.hpp"
#include "support/run.hpp"

namespace dualwrite::endpoint {
namespace {

using Replies = std::deque<Result<http::Response>>;

class Script final : public http::Transport {
 public:
  explicit Script(Replies& replies) : replies_(replies) {}
  Task<Result<http::Response>> send(http::Request, std::chrono::milliseconds) override {
    auto reply = std::move(replies_.front());
    replies_.pop_front();
    co_return reply;
  }

 private:
  Replies& replies_;
};

class Tokens final : public http::TokenSource {
 public:
  explicit Tokens(bool& refuses) : refuses_(refuses) {}
  Task<Result<std::string>> token() override {
    if (refuses_) co_return fail(Errc::unauthorized, "the secret has expired");
    co_return "token";
  }
  void refused(const std::string&) override {}

 private:
  bool& refuses_;
};

class ServiceTest : public testing::Test {
 protected:
  /// What each call came to, one reply after the other; `see` looks at the usage after each.
  void call(std::size_t calls, const std::function<void(const Result<http::Response>&, const Usage&)>& see) {
    test::run<void>([&](Executor executor) -> Task<void> {
      ServiceSettings settings;
      settings.url = "https://example.com";
      Service service(executor, clock, std::move(settings), std::make_unique<Script>(replies),
                      std::make_unique<Tokens>(no_token));
      for (std::size_t index = 0; index < calls; ++index) {
        http::Request request("GET", "/");
        const auto response = co_await service.call(std::move(request));
        see(response, service.usage());
        clock.advance(std::chrono::minutes(1));
      }
    });
  }

  static http::Response page(int status) {
    http::Headers headers;
    headers.add("Content-Type", "text/html");
    return {status, std::move(headers), "<html>Sign in</html>"};
  }

  /// On our clock, after one reply that shows the service's clock, or after none.
  EditTime translate(const EditTime& theirs, const std::string& date) {
    EditTime ours;
    test::run<void>([&](Executor executor) -> Task<void> {
      ServiceSettings settings;
      settings.url = "https://example.com";
      Service service(executor, clock, std::move(settings), std::make_unique<Script>(replies),
                      std::make_unique<Tokens>(no_token));
      if (!date.empty()) {
        http::Response reply(200);
        reply.headers.add("Content-Type", "application/json");
        reply.headers.add("Date", date);
        replies.emplace_back(std::move(reply));
        http::Request request("GET", "/");
        const auto response = co_await service.call(std::move(request));
        EXPECT_TRUE(response);
      }
      ours = service.on_our_clock(theirs);
    });
    return ours;
  }

  test::FixedClock clock{parse_instant("2026-01-02T03:04:05Z").value()};
  Replies replies;
  bool no_token = false;
};

TEST_F(ServiceTest, IsDownSinceTheFirstFailureUntilAnAnswer) {
  const Instant start = clock.now();
  replies.emplace_back(fail(Errc::unavailable, "refused"));
  replies.emplace_back(fail(Errc::unavailable, "refused again"));
  replies.emplace_back(http::Response(404));
  std::vector<Usage> seen;

  call(3, [&](const auto&, const Usage& usage) { seen.push_back(usage); });

  EXPECT_EQ(seen[0].down_since, start);
  EXPECT_EQ(seen[1].down_since, start);
  EXPECT_EQ(seen[1].last_error, "refused again");
  EXPECT_EQ(seen[1].failures, 2);
  EXPECT_EQ(seen[2].down_since, Instant{});
  EXPECT_EQ(seen[2].last_error, "");
}

TEST_F(ServiceTest, TellsTheTimeOfAnEventOnlyOnceItsClockIsKnown) {
  const Instant ahead = clock.now() + std::chrono::minutes(15);
  const EditTime event(ahead, ahead, TimeSource::event);

  const EditTime before = translate(event, "");
  EXPECT_EQ(before, EditTime(Instant{}, clock.now(), TimeSource::window));

  const EditTime after = translate(event, "Fri, 02 Jan 2026 03:19:05 GMT");
  EXPECT_EQ(after.source, TimeSource::event);
  EXPECT_LE(after.from, clock.now());
  EXPECT_EQ(after.to, clock.now());
}

TEST_F(ServiceTest, DoesNotTellATimeThatIsStillToCome) {
  const Instant ahead = clock.now() + std::chrono::minutes(15);
  const EditTime event(ahead, ahead, TimeSource::event);

  const EditTime stepped = translate(event, "Fri, 02 Jan 2026 03:04:05 GMT");
  EXPECT_EQ(stepped, EditTime(Instant{}, clock.now(), TimeSource::window));
}

TEST_F(ServiceTest, WithoutATokenIsUnanswered) {
  no_token = true;

  call(1, [&](const auto& response, const Usage& usage) {
    EXPECT_EQ(response.error().code(), Errc::unauthorized);
    EXPECT_EQ(usage.failures, 1);
    EXPECT_EQ(usage.requests, 0);
    EXPECT_NE(usage.down_since, Instant{});
    EXPECT_EQ(usage.last_error, "the secret has expired");
  });
}

TEST_F(ServiceTest, ThatRefusesAFreshTokenTooIsDownAndSaysWhatAnAudienceIs) {
  replies.emplace_back(http::Response(401));
  replies.emplace_back(http::Response(401));

  call(1, [&](const auto& response, const Usage& usage) {
    EXPECT_EQ(response.error().code(), Errc::unauthorized);
    EXPECT_NE(response.error().hint().find("https://example.com/.default"), std::string::npos);
    EXPECT_NE(usage.down_since, Instant{});
  });
}

TEST_F(ServiceTest, ThatAnswersWithAWebPageIsDownAndItsRequestsAreInDoubt) {
  replies.emplace_back(page(200));
  replies.emplace_back(page(404));

  call(2, [&](const auto& response, const Usage& usage) {
    EXPECT_EQ(response.error().code(), Errc::in_doubt);
    EXPECT_NE(usage.down_since, Instant{});
  });
}

TEST_F(ServiceTest, ThatLimitsUsIsNotDownAndAPlain503Is) {
  http::Response limited(503);
  limited.headers.add("Retry-After", "1");
  replies.emplace_back(std::move(limited));
  replies.emplace_back(http::Response(503));
  std::vector<Instant> down;

  call(2, [&](const auto& response, const Usage& usage) {
    EXPECT_EQ(response.error().code(), Errc::throttled);
    down.push_back(usage.down_since);
  });

  EXPECT_EQ(down[0], Instant{});
  EXPECT_NE(down[1], Instant{});
}

/// Remembers who each request came from.
class Named final : public http::TokenSource {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  Task<Result<std::string>> token() override { co_return name_; }
  void refused(const std::string&) override {}

 private:
  std::string name_;
};

class Listening final : public http::Transport {
 public:
  Listening(Replies& replies, std::vector<std::string>& heard) : replies_(replies), heard_(heard) {}
  Task<Result<http::Response>> send(http::Request request, std::chrono::milliseconds) override {
    heard_.emplace_back(request.headers.get("Authorization"));
    auto reply = std::move(replies_.front());
    replies_.pop_front();
    co_return reply;
  }

 private:
  Replies& replies_;
  std::vector<std::string>& heard_;
};

TEST_F(ServiceTest, UsersTakeTurnsAndOneThatWasThrottledRestsWhileTheOthersGoOn) {
  http::Response limited(429);
  limited.headers.add("Retry-After", "60");
  const http::Response good(204);
  for (const http::Response& reply : {good, good, limited, good, good, limited}) replies.emplace_back(reply);
  std::vector<std::string> heard;
  std::vector<bool> went_well;
  Usage usage;
  test::run<void>([&](Executor executor) -> Task<void> {
    ServiceSettings settings;
    settings.url = "https://example.com";
    settings.requests_max = 8;
    std::vector<std::unique_ptr<http::TokenSource>> users;
    users.push_back(std::make_unique<Named>("one"));
    users.push_back(std::make_unique<Named>("two"));
    Users both(std::move(users));
    Service service(executor, clock, std::move(settings), std::make_unique<Listening>(replies, heard), std::move(both));
    for (int index = 0; index < 7; ++index) {
      http::Request request("GET", "/");
      std::string map = "customers";
      const auto response = co_await service.call(std::move(request), std::move(map));
      went_well.push_back(response.has_value());
    }
    usage = service.usage();
  });

  EXPECT_EQ(heard, (std::vector<std::string>{"Bearer one", "Bearer two", "Bearer one", "Bearer two", "Bearer two",
                                             "Bearer two"}));
  EXPECT_EQ(went_well, (std::vector<bool>{true, true, false, true, true, false, false}))
      << "the last was not sent: both rest";
  EXPECT_EQ(usage.paused_until, clock.now() + std::chrono::seconds(60));
  EXPECT_EQ(usage.users, 2);
  EXPECT_EQ(usage.throttled, 2);
  EXPECT_EQ(usage.at_once, 4) << "halved once: the second came within the same second";
  EXPECT_EQ(usage.by_map.at("customers"), 6);
  EXPECT_EQ(usage.window.requests, 6);
}

}  // namespace
}  // namespace dualwrite::endpoint
