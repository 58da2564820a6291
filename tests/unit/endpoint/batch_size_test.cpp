// A batch that one request or one reply cannot carry goes out in several.
#include <gtest/gtest.h>

#include "dualwrite/async/clock.hpp"
#include "endpoint/service.hpp"
#include "support/run.hpp"

namespace dualwrite::endpoint {
namespace {

/// Answers every part with status 200 and its own URL.
class Echo final : public http::Transport {
 public:
  struct Limits {
    std::size_t request_bytes_max = SIZE_MAX;  ///< answered 413
    std::size_t reply_parts_max = SIZE_MAX;    ///< fails with Errc::limit
    std::size_t parts_max = SIZE_MAX;          ///< the service stops behind that many
  };
  Echo(Limits limits, std::vector<std::size_t>& requests) : limits_(limits), requests_(requests) {}

  Task<Result<http::Response>> send(http::Request request, std::chrono::milliseconds) override {
    auto parts = odata::parse_batch_request(request.headers.get("Content-Type"), request.body);
    if (!parts) co_return std::unexpected(std::move(parts).error());
    requests_.push_back(parts->size());
    if (request.body.size() > limits_.request_bytes_max) {
      http::Headers none;
      co_return http::Response(413, std::move(none), "too large");
    }
    if (parts->size() > limits_.reply_parts_max) co_return fail(Errc::limit, "the reply is too large");
    std::vector<odata::BatchResponsePart> answers;
    for (const odata::BatchRequestPart& part : *parts) {
      if (answers.size() == limits_.parts_max) break;
      odata::BatchResponsePart answer;
      answer.status = 200;
      answer.body = part.url;
      answers.push_back(std::move(answer));
    }
    http::Headers headers;
    headers.add("Content-Type", "multipart/mixed; boundary=r");
    co_return http::Response(200, std::move(headers), odata::encode_batch_response(answers, "r", "c"));
  }

 private:
  Limits limits_;
  std::vector<std::size_t>& requests_;
};

class Tokens final : public http::TokenSource {
 public:
  Task<Result<std::string>> token() override { co_return std::string("t"); }
  void refused(const std::string&) override {}
};

struct Outcome {
  Result<std::vector<odata::BatchResponsePart>> replies;
  std::vector<std::size_t> requests;  ///< parts in each
};

Outcome send(const std::string& method, std::size_t count, std::size_t body_bytes, Echo::Limits limits) {
  std::vector<std::size_t> requests;
  auto replies = test::run<Result<std::vector<odata::BatchResponsePart>>>(
      [&](Executor executor) -> Task<Result<std::vector<odata::BatchResponsePart>>> {
        SystemClock clock;
        ServiceSettings settings;
        settings.url = "http://service";
        Service service(executor, clock, settings, std::make_unique<Echo>(limits, requests),
                        std::make_unique<Tokens>());
        std::vector<odata::BatchRequestPart> parts;
        for (std::size_t i = 0; i < count; ++i) {
          parts.emplace_back(method, "/row" + std::to_string(i));
          parts.back().body = std::string(body_bytes, 'x');
        }
        std::string target = "/$batch";
        co_return co_await service.batch(std::move(target), std::move(parts));
      });
  return {std::move(replies), std::move(requests)};
}

void expect_all_in_order(const Outcome& outcome, std::size_t count) {
  ASSERT_TRUE(outcome.replies) << outcome.replies.error().text();
  ASSERT_EQ(outcome.replies->size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ((*outcome.replies)[i].body, "/row" + std::to_string(i));
}

TEST(BatchSize, WhatFitsIsOneRequest) {
  const Outcome outcome = send("PATCH", 100, 1000, {});
  expect_all_in_order(outcome, 100);
  EXPECT_EQ(outcome.requests, std::vector<std::size_t>{100});
}

TEST(BatchSize, LargeBodiesAreSpreadOverSeveralRequests) {
  const Outcome outcome = send("PATCH", 7, 10U << 20U, {});  // three of ten MB fit below 32 MB
  expect_all_in_order(outcome, 7);
  EXPECT_EQ(outcome.requests, (std::vector<std::size_t>{3, 3, 1}));
}

TEST(BatchSize, ARefusalAsTooLargeIsHalvedUntilItFits) {
  Echo::Limits limits;
  limits.request_bytes_max = 3000;  // two parts and their headers fit, four do not
  const Outcome outcome = send("PATCH", 8, 1000, limits);
  expect_all_in_order(outcome, 8);
  EXPECT_EQ(outcome.requests, (std::vector<std::size_t>{8, 4, 2, 2, 2, 2}));
}

TEST(BatchSize, APartThatIsTooLargeByItselfIsAnswered413) {
  Echo::Limits limits;
  limits.request_bytes_max = 1000;
  const Outcome outcome = send("PATCH", 2, 2000, limits);
  ASSERT_TRUE(outcome.replies);
  ASSERT_EQ(outcome.replies->size(), 2U);
  EXPECT_EQ(outcome.replies->front().status, 413);
  EXPECT_EQ(outcome.replies->back().status, 413);
}

TEST(BatchSize, ReadsWhoseReplyIsTooLargeAreHalvedAndWritesAreNotRepeated) {
  Echo::Limits limits;
  limits.reply_parts_max = 3;
  const Outcome reads = send("GET", 10, 0, limits);
  expect_all_in_order(reads, 10);
  EXPECT_EQ(reads.requests.front(), 10U);
  const Outcome writes = send("PATCH", 10, 10, limits);
  ASSERT_FALSE(writes.replies);
  EXPECT_EQ(writes.replies.error().code(), Errc::limit);
  EXPECT_EQ(writes.requests, std::vector<std::size_t>{10});
}

TEST(BatchSize, AServiceThatStopsEarlyIsNotAskedForTheRest) {
  Echo::Limits limits;
  limits.parts_max = 2;
  const Outcome outcome = send("PATCH", 7, 10U << 20U, limits);
  ASSERT_TRUE(outcome.replies);
  EXPECT_EQ(outcome.replies->size(), 2U);
  EXPECT_EQ(outcome.requests.size(), 1U);
}

}  // namespace
}  // namespace dualwrite::endpoint
