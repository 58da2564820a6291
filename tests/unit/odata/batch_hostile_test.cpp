#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "dualwrite/odata/batch.hpp"

namespace dualwrite::odata {
namespace {

constexpr std::string_view type = "multipart/mixed; boundary=b";
constexpr std::string_view part = "Content-Type: application/http\r\n\r\nGET a HTTP/1.1\r\n\r\n";

std::string batch(std::string_view section) {
  return "--b\r\n" + std::string(section) + "\r\n--b--\r\n";
}

void expect_error(std::string_view body, Errc code) {
  const auto parts = parse_batch_request(type, body);
  ASSERT_FALSE(parts.has_value()) << body.substr(0, 200);
  EXPECT_EQ(parts.error().code(), code) << parts.error().text();
}

TEST(BatchHostile, RefusesABodyThatWasCutOff) {
  expect_error("", Errc::invalid);
  expect_error("--b", Errc::invalid);
  expect_error("--b\r\n", Errc::invalid);
  expect_error("--b\r\n" + std::string(part), Errc::invalid);
  expect_error("--b\r\n" + std::string(part) + "\r\n--b\r\n", Errc::invalid);
  expect_error("no boundary at all", Errc::invalid);
  expect_error("--bb\r\n--bb--", Errc::invalid);
}

TEST(BatchHostile, EveryTruncationOfAResponseIsAnError) {
  std::vector<BatchResponsePart> answers(3);
  for (BatchResponsePart& answer : answers) {
    answer.status = 200;
    answer.body = "{\"a\":1}";
  }
  answers[0].change_set = 0;
  const std::string body = encode_batch_response(answers, "b", "c");
  const std::size_t terminator = body.rfind("--b--") + 5;
  for (std::size_t length = 0; length < terminator; ++length) {
    ASSERT_FALSE(parse_batch_response(type, std::string_view(body).substr(0, length)).has_value()) << length;
  }
  EXPECT_TRUE(parse_batch_response(type, std::string_view(body).substr(0, terminator)).has_value());
}

TEST(BatchHostile, TakesABoundaryOnlyOnALineOfItsOwn) {
  const std::string content = "{\"x\":\"--b\",\"y\":\"--b--\"}\r\n --b\r\nx--b--\r\n--bx\r\n--b-\r\n--b x";
  const auto parts = parse_batch_request(type, batch("\r\nPOST a HTTP/1.1\r\n\r\n" + content));

  ASSERT_TRUE(parts.has_value()) << parts.error().text();
  ASSERT_EQ(parts->size(), 1U);
  EXPECT_EQ(parts->front().body, content);
}

TEST(BatchHostile, ABoundaryLineInABodyEndsThePart) {
  // Nothing can tell it from the sender's own: what follows is no part, and the whole batch is refused.
  expect_error(batch("\r\nPOST a HTTP/1.1\r\n\r\nx\r\n--b\r\nDROP"), Errc::invalid);
}

TEST(BatchHostile, RefusesBrokenParts) {
  for (const std::string_view section :
       {"", "\r\n", "Content-Type: application/http\r\n\r\n", "no colon\r\n\r\nGET a HTTP/1.1",
        ": x\r\n\r\nGET a HTTP/1.1", "Na me: x\r\n\r\nGET a HTTP/1.1", "\r\nGET", "\r\n GET a HTTP/1.1",
        "\r\nget a HTTP/1.1", "\r\nG(T a HTTP/1.1", "\r\nGET  HTTP/1.1", "\r\nGET a HTTP/1.1\r\nbroken\r\n\r\n",
        "\r\nHTTP/1.1 200 OK", "Content-Type: multipart/mixed\r\n\r\n--c--",
        "Content-Type: multipart/mixed; boundary=c\r\n\r\nno set",
        "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nGET a HTTP/1.1\r\n\r\n"}) {
    SCOPED_TRACE(section);
    expect_error(batch(section), Errc::invalid);
  }
}

TEST(BatchHostile, RefusesBrokenStatusLines) {
  for (const std::string_view line :
       {"", "GET a HTTP/1.1", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 abc",
        "HTTP/1.1 099 x", "HTTP/1.1 600 x", "HTTP/1.1 -20", "HTTP/1.1 20O OK"}) {
    const auto parts = parse_batch_response(type, batch("\r\n" + std::string(line) + "\r\n\r\n"));
    ASSERT_FALSE(parts.has_value()) << line;
    EXPECT_EQ(parts.error().code(), Errc::invalid);
  }
}

TEST(BatchHostile, RefusesAChangeSetInAChangeSet) {
  expect_error(
      batch("Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
            "Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n\r\nGET a HTTP/1.1\r\n\r\n--d--\r\n--c--"),
      Errc::invalid);
}

TEST(BatchHostile, AcceptsAnEmptyChangeSet) {
  const auto parts = parse_batch_request(type, batch("Content-Type: multipart/mixed; boundary=c\r\n\r\n--c--"));

  ASSERT_TRUE(parts.has_value()) << parts.error().text();
  EXPECT_TRUE(parts->empty());
}

TEST(BatchHostile, BoundsPartsChangeSetsHeadersAndBytes) {
  const auto many = [](int count, std::string_view section) {
    std::string body;
    for (int i = 0; i < count; ++i) body += "--b\r\n" + std::string(section) + "\r\n";
    return body + "--b--\r\n";
  };
  EXPECT_EQ(parse_batch_request(type, many(5000, part))->size(), 5000U);
  expect_error(many(5001, part), Errc::limit);
  expect_error(many(5001, "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c--"), Errc::limit);

  std::string headers;
  for (int i = 0; i < 200; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_TRUE(parse_batch_request(type, batch("\r\nGET a HTTP/1.1\r\n" + headers)).has_value());
  headers += "X-200: y\r\n";
  expect_error(batch("\r\nGET a HTTP/1.1\r\n" + headers), Errc::limit);
  expect_error(batch(headers + "\r\nGET a HTTP/1.1\r\n"), Errc::limit);

  const std::string body = batch(part);
  EXPECT_TRUE(parse_batch_request(type, body, BatchLimits{.parts_max = 1, .bytes_max = body.size()}).has_value());
  const auto large = parse_batch_request(type, body, BatchLimits{.parts_max = 1, .bytes_max = body.size() - 1});
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code(), Errc::limit);
}

TEST(BatchHostile, RefusesABoundaryWithoutEnd) {
  const std::string boundary(201, 'b');

  EXPECT_FALSE(parse_batch_request("multipart/mixed; boundary=" + boundary, "--" + boundary + "--").has_value());
  EXPECT_FALSE(parse_batch_request("multipart/mixed; boundary=\"a\r\nb\"", "--a\r\nb--").has_value());
}

TEST(BatchHostile, SurvivesManyNearlyBoundaries) {
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += "\n--bx";

  const auto parts = parse_batch_request(type, batch("\r\nPOST a HTTP/1.1\r\n\r\n" + content));

  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->front().body.size(), content.size());
}

TEST(BatchHostile, SurvivesRandomDamage) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<BatchResponsePart> answers(3);
  for (BatchResponsePart& answer : answers) answer.status = 200;
  answers[1].change_set = 0;
  const std::string body = encode_batch_response(answers, "b", "c");
  constexpr std::string_view alphabet = "-bc\r\n:; =\"H1a";
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = body;
    for (int i = 0; i < 4; ++i) damaged[random() % damaged.size()] = alphabet[random() % alphabet.size()];
    (void)parse_batch_response(type, damaged);
    (void)parse_batch_request(type, damaged);
  }
}

}  // namespace
}  // namespace dualwrite::odata
