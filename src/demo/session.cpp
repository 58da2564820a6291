#include "demo/session.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "dualwrite/http/client.hpp"

namespace dualwrite::demo {
namespace {

constexpr int attempts_max = 10;
constexpr int pages_max = 1000;
constexpr std::chrono::seconds request_limit{60};
constexpr std::chrono::milliseconds wait_first{200};
constexpr std::chrono::seconds wait_max{30};

http::ClientCredentials credentials(const std::string& origin, const Login& login) {
  http::ClientCredentials result;
  result.token_url = login.token_url;
  result.client_id = login.client_id;
  result.client_secret = login.client_secret;
  result.scope = origin + "/.default";
  return result;
}

std::string origin_of_url(const std::string& url) {
  http::Url parts;
  if (!http::parse_url(url, parts)) throw std::invalid_argument("the sandbox's address \"" + url + "\" is no URL");
  return http::origin_of(parts);
}

std::chrono::milliseconds retry_after(const http::Response& response, int attempt) {
  const std::string_view text = response.headers.get("Retry-After");
  int seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  std::chrono::milliseconds wait = wait_first * attempt;
  if (read.ec == std::errc{} && seconds > 0) wait = std::chrono::seconds(std::min(seconds, 30));
  return std::min(wait, std::chrono::milliseconds(wait_max));
}

/// Links come absolute; only path and query go onto the wire.
std::string path_of(const std::string& link) {
  http::Url url;
  return http::parse_url(link, url) ? url.path : link;
}

}  // namespace

Error reply_error(const std::string& attempt, const http::Response& response) {
  const std::string text = odata::parse_error(response.body).text();
  const std::string what = attempt + ": status " + std::to_string(response.status) + (text.empty() ? "" : ": " + text);
  return {response.status == 404 ? Errc::not_found : Errc::refused, what};
}

Session::Session(Executor executor, Clock& clock, Side side, std::string origin, const Login& login)
    : clock_(clock),
      side_(side),
      origin_(std::move(origin)),
      root_(side == Side::finops ? "/data/" : "/api/data/v9.2/"),
      tokens_(http::make_token_source(executor, clock, credentials(origin_, login),
                                      http::make_client(executor, origin_of_url(login.token_url)))),
      transport_(http::make_client(executor, origin_)) {}

Task<Result<http::Response>> Session::attempt(http::Request request) {
  auto token = co_await tokens_->token();
  if (!token) co_return std::unexpected(std::move(token).error());
  request.headers.set("Authorization", "Bearer " + *token);
  auto response = co_await transport_->send(std::move(request), request_limit);
  if (response && response->status == 401) tokens_->refused(*token);
  co_return response;
}

Task<Result<http::Response>> Session::send(http::Request request) {
  if (!request.target.starts_with('/')) request.target.insert(0, root_);
  request.headers.set("Accept", "application/json");
  request.headers.set("OData-Version", "4.0");
  request.headers.set("OData-MaxVersion", "4.0");
  if (!request.body.empty() && !request.headers.has("Content-Type")) {
    request.headers.set("Content-Type", "application/json");
  }
  const std::string what = request.method + " " + request.target.substr(0, 200);
  bool token_renewed = false;
  for (int number = 1;; ++number) {
    http::Request copy = request;
    auto response = co_await attempt(std::move(copy));
    const bool last = number >= attempts_max;
    if (!response) {
      if (response.error().code() != Errc::unavailable || last) {
        co_return std::unexpected(std::move(response).error().while_doing(what));
      }
      co_await clock_.sleep(wait_first);
      continue;
    }
    if (response->status == 401 && !token_renewed) {
      token_renewed = true;
      continue;
    }
    if ((response->status != 429 && response->status != 503) || last) co_return response;
    const std::chrono::milliseconds wait = retry_after(*response, number);
    co_await clock_.sleep(wait);
  }
}

Task<Result<void>> Session::read_all(std::string target, OnPage on_page) {
  for (int number = 0; number < pages_max; ++number) {
    http::Request request("GET", target);
    auto response = co_await send(std::move(request));
    if (!response) co_return std::unexpected(std::move(response).error());
    if (response->status != 200) co_return std::unexpected(reply_error("GET " + target.substr(0, 200), *response));
    auto page = odata::parse_page(response->body);
    if (!page) co_return std::unexpected(std::move(page).error().while_doing("reading " + target.substr(0, 200)));
    on_page(std::move(page->entities));
    if (page->next_link.empty()) co_return Result<void>();
    target = path_of(page->next_link);
  }
  co_return fail(Errc::limit, "reading " + target.substr(0, 200) + ": there are more than a thousand pages");
}

Task<Result<odata::Entity>> Session::read_one(std::string target) {
  http::Request request("GET", target);
  auto response = co_await send(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status != 200) co_return std::unexpected(reply_error("GET " + target.substr(0, 200), *response));
  co_return odata::parse_entity(response->body);
}

Task<Result<std::string>> Session::create(std::string set, std::string body) {
  const std::string what = "POST " + set;
  http::Request request("POST", std::move(set));
  request.body = std::move(body);
  auto response = co_await send(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status != 201 && response->status != 204) co_return std::unexpected(reply_error(what, *response));
  const std::string_view id = response->headers.get("OData-EntityId");
  const auto open = id.rfind('(');
  if (open == std::string_view::npos || !id.ends_with(')')) {
    co_return fail(Errc::invalid, what + ": the reply has no OData-EntityId");
  }
  co_return std::string(id.substr(open + 1, id.size() - open - 2));
}

Task<Result<std::vector<odata::BatchResponsePart>>> Session::batch(std::vector<odata::BatchRequestPart> parts) {
  const std::string boundary = "demo_" + std::to_string(++batches_);
  http::Headers headers{{"Content-Type", "multipart/mixed; boundary=" + boundary},
                        {"Prefer", "odata.continue-on-error"}};
  std::string body = odata::encode_batch_request(parts, boundary);
  http::Request request("POST", "$batch", std::move(headers), std::move(body));
  auto response = co_await send(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status != 200) co_return std::unexpected(reply_error("POST $batch", *response));
  auto replies = odata::parse_batch_response(response->headers.get("Content-Type"), response->body);
  if (replies && replies->size() != parts.size()) {
    co_return fail(Errc::invalid, "POST $batch: " + std::to_string(parts.size()) + " parts were sent and " +
                                      std::to_string(replies->size()) + " answers came");
  }
  co_return replies;
}

}  // namespace dualwrite::demo
