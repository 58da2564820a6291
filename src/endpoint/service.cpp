#include "endpoint/service.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "dualwrite/base/uuid.hpp"
#include "endpoint/classify.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::chrono::seconds pause_default{30};  // F&O's own sample waits this long when the header is missing
constexpr std::chrono::seconds pause_max{900};
constexpr std::size_t batch_bytes_max = 32U << 20U;  // a quarter of what the services take

/// How many parts from the front go into one request: `most` at the most, and one at least.
std::size_t fitting(std::span<const odata::BatchRequestPart> parts, std::size_t most) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < parts.size() && count < most) {
    bytes += parts[count].url.size() + parts[count].body.size();
    if (count > 0 && bytes > batch_bytes_max) break;
    ++count;
  }
  return count;
}

bool only_reads(std::span<const odata::BatchRequestPart> parts) {
  return std::ranges::all_of(parts, [](const odata::BatchRequestPart& part) { return part.method == "GET"; });
}

std::chrono::seconds retry_after(const http::Response& response) {
  const std::string_view text = response.headers.get("Retry-After");
  int seconds = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || end.ec != std::errc()) return pause_default;
  return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(1), pause_max);
}

/// A login page, a proxy's or a web server's own page: these services answer requests with a token in JSON. A 403 says
/// enough by itself.
bool is_web_page(const http::Response& response) {
  return response.status != 403 && response.headers.get("Content-Type").starts_with("text/html");
}

Error not_the_service(const std::string& url, int status) {
  return {Errc::in_doubt, url + " answered with a web page, status " + std::to_string(status) + ", not with JSON",
          "a login page, a proxy or another web server answers there: check \"url\" in the configuration, and what " +
              std::string("stands between here and the service")};
}

Error not_accepted(const std::string& url) {
  return {Errc::unauthorized, url + " does not accept the token, status 401, not even a fresh one",
          "the token must be for this service: \"scope\" is " + url + "/.default, or \"resource\" is " + url +
              "; and the application must be registered there as a user"};
}

}  // namespace

Service::Service(Executor executor, Clock& clock, ServiceSettings settings, std::unique_ptr<http::Transport> transport,
                 Users users)
    : clock_(clock),
      settings_(std::move(settings)),
      transport_(std::move(transport)),
      gate_(executor, settings_.requests_max),
      budget_(settings_.requests_max) {
  for (std::unique_ptr<http::TokenSource>& each : std::move(users).take()) users_.emplace_back(std::move(each));
}

Usage Service::usage() const {
  Usage usage = usage_;
  usage.paused_until = paused_until();
  usage.window = budget_.window(clock_.now());
  usage.at_once = static_cast<std::int64_t>(gate_.places());
  usage.users = static_cast<std::int64_t>(users_.size());
  usage.by_map = budget_.by_map();
  return usage;
}

Instant Service::paused_until() const {
  return std::ranges::min_element(users_, {}, &User::paused_until)->paused_until;
}

Service::User* Service::next_user() {
  const Instant now = clock_.now();
  for (std::size_t tried = 0; tried < users_.size(); ++tried) {
    User& user = users_[turn_++ % users_.size()];
    if (now >= user.paused_until) return &user;
  }
  return nullptr;
}

Task<Result<http::Response>> Service::send(http::Request request, const std::string& authorization,
                                           const std::string& account) {
  if (!authorization.empty()) request.headers.set("Authorization", authorization);
  const Instant sent = clock_.now();
  ++usage_.requests;
  auto response = co_await transport_->send(std::move(request), settings_.request_limit);
  const Instant received = clock_.now();
  budget_.spend(account, received, received - sent);
  if (!response) {
    unanswered(response.error().text());
    co_return response;
  }
  if (const auto date = parse_http_date(response->headers.get("Date"))) {
    const std::chrono::milliseconds whole_seconds(1000);
    // Stamps are measured by writes only, and there may be none for long.
    if (dates_.sample(sent, received, *date, whole_seconds)) stamps_ = ClockOffsetMeter();
  }
  co_return response;
}

void Service::pause(const http::Response& response, User& user) {
  ++usage_.throttled;
  const Instant until = clock_.now() + retry_after(response);
  // 429 is about the user; a service that is not available is so for all of them.
  for (User& each : users_) {
    if (&each == &user || response.status == 503) each.paused_until = std::max(each.paused_until, until);
  }
  budget_.was_throttled(clock_.now());
  gate_.set_places(budget_.at_once());
}

void Service::unanswered(std::string why) {
  ++usage_.failures;
  usage_.last_error = std::move(why);
  if (usage_.down_since == Instant{}) usage_.down_since = clock_.now();
}

void Service::answered() {
  usage_.down_since = Instant{};
  usage_.last_error.clear();
}

Task<Result<http::Response>> Service::call(http::Request request, std::string account) {
  const auto known = urgency_.find(account);
  const auto urgency = static_cast<std::size_t>(known == urgency_.end() ? Urgency::live : known->second);
  const std::optional<PriorityGate::Permit> permit = co_await gate_.acquire_within(urgency, settings_.request_limit);
  if (!permit) {
    co_return fail(Errc::throttled,
                   "none of the " + std::to_string(gate_.places()) + " requests to " + settings_.url +
                       " came to an end in " + std::to_string(settings_.request_limit.count()) + " ms",
                   "is the service slow? raise \"connectionsMax\" or \"requestLimitMs\"");
  }
  User* const user = next_user();
  if (user == nullptr) {
    co_return fail(Errc::throttled, settings_.url + " asked to wait until " + format_instant(paused_until()));
  }
  for (int attempt = 0;; ++attempt) {
    auto token = co_await user->tokens->token();
    if (!token) {
      unanswered(token.error().text());
      co_return std::unexpected(std::move(token).error());
    }
    http::Request copy = attempt == 0 ? request : std::move(request);
    const std::string authorization = user->tokens->authorization(*token);
    auto response = co_await send(std::move(copy), authorization, account);
    if (!response) co_return response;
    if (response->status == 401 && attempt == 0) {
      user->tokens->refused(*token);
      continue;
    }
    if (response->status == 401) {
      Error error = not_accepted(settings_.url);
      unanswered(error.text());
      co_return std::unexpected(std::move(error));
    }
    if (response->status == 429 || response->status == 503) {
      pause(*response, *user);
      // Whoever limits us says for how long; a plain 503 is a service that is down.
      const bool down = response->status == 503 && !response->headers.has("Retry-After");
      if (down) unanswered({});
      usage_.last_error = (down ? "not available, status " : "throttled, status ") + std::to_string(response->status);
      co_return fail(Errc::throttled, settings_.url + " answered " + std::to_string(response->status) +
                                          " and asked to wait until " + format_instant(user->paused_until));
    }
    if (is_web_page(*response)) {
      Error error = not_the_service(settings_.url, response->status);
      unanswered(error.text());
      co_return std::unexpected(std::move(error));
    }
    const bool gateway = response->status == 502 || response->status == 504;
    if (gateway) {
      unanswered("a gateway before it answered " + std::to_string(response->status));
    } else {
      answered();
      budget_.went_well();
      gate_.set_places(budget_.at_once());
    }
    co_return response;
  }
}

Task<Result<std::string>> Service::get(std::string target, http::Headers headers, std::string what,
                                       std::string account) {
  http::Request request("GET", std::move(target), std::move(headers), {});
  request.headers.add("Accept", "application/json");
  request.headers.add("OData-MaxVersion", "4.0");
  request.headers.add("OData-Version", "4.0");
  auto response = co_await call(std::move(request), std::move(account));
  if (!response) co_return std::unexpected(std::move(response).error().while_doing(what));
  if (response->status != 200) co_return std::unexpected(request_error(response->status, response->body, what));
  co_return std::move(response->body);
}

std::string both_conditions(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a + b;
  return "(" + a + ") and (" + b + ")";
}

Task<Result<ScanPage>> Service::scan_page(std::string first, std::string continuation, http::Headers headers,
                                          std::string what, std::string account) {
  std::string target = std::move(first);
  if (!continuation.empty()) {
    auto own = own_target(continuation);
    if (!own) co_return std::unexpected(std::move(own).error());
    target = std::move(*own);
  }
  auto body = co_await get(std::move(target), std::move(headers), what, std::move(account));
  if (!body) co_return std::unexpected(std::move(body).error());
  auto page = odata::parse_page(*body);
  if (!page) co_return std::unexpected(std::move(page).error().while_doing(what));
  ScanPage result;
  result.rows = std::move(page->entities);
  result.next = std::move(page->next_link);
  co_return result;
}

Task<Result<std::vector<odata::BatchResponsePart>>> Service::send_batch(std::string target,
                                                                        std::span<const odata::BatchRequestPart> parts,
                                                                        std::string account) {
  const std::string boundary = "batch_" + random_uuid();  // unguessable: bodies are not searched for it
  http::Request request("POST", std::move(target));
  request.headers.add("Content-Type", "multipart/mixed; boundary=" + boundary);
  request.headers.add("Accept", "multipart/mixed");
  request.headers.add("OData-MaxVersion", "4.0");
  request.headers.add("OData-Version", "4.0");
  request.headers.add("Prefer", "odata.continue-on-error");
  request.body = odata::encode_batch_request({parts.begin(), parts.end()}, boundary);
  auto response = co_await call(std::move(request), std::move(account));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status == 413) {
    odata::BatchResponsePart refused;
    refused.status = response->status;
    refused.body = std::move(response->body);
    co_return std::vector<odata::BatchResponsePart>(1, std::move(refused));
  }
  const std::string_view type = response->headers.get("Content-Type");
  if (!type.starts_with("multipart/mixed")) {
    co_return std::unexpected(request_error(response->status, response->body, "sending a batch to " + settings_.url));
  }
  co_return odata::parse_batch_response(type, response->body);
}

Task<Result<std::vector<odata::BatchResponsePart>>> Service::batch(std::string target,
                                                                   std::vector<odata::BatchRequestPart> parts,
                                                                   std::string account) {
  std::vector<odata::BatchResponsePart> replies;
  std::size_t most = parts.size();  // parts in one request: halved until request and reply fit
  while (replies.size() < parts.size()) {
    const std::size_t count = fitting(std::span(parts).subspan(replies.size()), most);
    const std::span<const odata::BatchRequestPart> some = std::span(parts).subspan(replies.size(), count);
    auto answered = co_await send_batch(target, some, account);
    if (answered && answered->size() > count) {
      answered = fail(Errc::in_doubt, "a batch of " + std::to_string(count) + " parts to " + settings_.url +
                                          " was answered with " + std::to_string(answered->size()));
    }
    const bool refused = answered && count > 1 && answered->size() == 1 && answered->front().status == 413;
    // Reads may be repeated; after a write whose reply was too large the row itself tells what happened.
    const bool too_large = !answered && answered.error().code() == Errc::limit && count > 1 && only_reads(some);
    if (refused || too_large) {
      most = count / 2;
      continue;
    }
    if (!answered && replies.empty()) co_return std::unexpected(std::move(answered).error());
    if (!answered) co_return replies;
    const bool stopped = answered->size() < count;
    std::ranges::move(*answered, std::back_inserter(replies));
    if (stopped) co_return replies;
  }
  co_return replies;
}

Result<std::string> Service::own_target(const std::string& link) const {
  http::Url url;
  http::Url own;
  if (!http::parse_url(settings_.url, own)) return fail(Errc::invalid, settings_.url + " is not a URL");
  if (!link.empty() && link.front() == '/') return link;
  if (!http::parse_url(link, url) || http::origin_of(url) != http::origin_of(own)) {
    return fail(
        Errc::invalid, "a link of " + settings_.url + " leads elsewhere: " + link.substr(0, 200),
        "the service should send links to itself; check the URL in the configuration (host name, scheme, port)");
  }
  return url.path;
}

EditTime Service::on_our_clock(EditTime theirs) const {
  if (theirs.source == TimeSource::none) return theirs;
  const Instant now = clock_.now();
  const EditTime untold(Instant{}, now, TimeSource::window);
  // An event may come before this process has heard of the service's clock.
  if (dates_.samples() == 0 && stamps_.samples() == 0) return untold;
  const ClockOffset offset = combine(dates_, stamps_);
  theirs.from -= std::chrono::milliseconds(offset.high);
  theirs.to -= std::chrono::milliseconds(offset.low);
  // What has been heard of has happened: where it seems not to, a clock has been set since the offset was measured.
  if (theirs.from > now) return untold;
  theirs.to = std::min(theirs.to, now);
  return theirs;
}

ServiceClock Service::clock(std::chrono::milliseconds granularity) const {
  ServiceClock clock;
  clock.offset = combine(dates_, stamps_);
  clock.dates = dates_.samples();
  clock.stamps = stamps_.samples();
  clock.granularity = granularity.count();
  return clock;
}

void Service::note_stamp(Instant sent, Instant received, Instant stamp, std::chrono::milliseconds granularity) {
  stamps_.sample(sent, received, stamp, granularity);
}

EditTime Service::stamp(Instant stamp, std::chrono::milliseconds granularity) const {
  const EditTime theirs(stamp, stamp + granularity - std::chrono::milliseconds(1), TimeSource::stamp);
  return on_our_clock(theirs);
}

}  // namespace dualwrite::endpoint
