#include "dualwrite/http/token_source.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "dualwrite/async/signal.hpp"
#include "http/client_assertion.hpp"

namespace dualwrite::http {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds request_limit{30};
constexpr seconds renewal_before{300};
constexpr seconds lifetime_unsaid{300};  // RFC 6749 lets a service leave expires_in out
constexpr seconds lifetime_max = std::chrono::hours(24 * 7);
constexpr std::size_t reply_bytes_max = 1u << 20;
constexpr std::size_t description_bytes_max = 500;

void append_form_field(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  if (!out.empty()) out += '&';
  out += name;
  out += '=';
  for (const char c : value) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 0xFU];
    }
  }
}

std::string text_at(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The v1 service and AD FS write the number as a string.
seconds lifetime_of(const json& reply) {
  const auto found = reply.find("expires_in");
  if (found == reply.end()) return lifetime_unsaid;
  const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value <= 0) return lifetime_unsaid;
  return std::min(lifetime_max, seconds(std::min<long long>(value, lifetime_max.count())));
}

class ClientCredentialsSource final : public TokenSource {
 public:
  ClientCredentialsSource(Executor executor, Clock& clock, ClientCredentials credentials,
                          std::unique_ptr<Transport> transport)
      : executor_(std::move(executor)),
        clock_(clock),
        credentials_(std::move(credentials)),
        transport_(std::move(transport)) {
    if (!parse_url(credentials_.token_url, url_)) {
      throw std::invalid_argument("\"" + credentials_.token_url + "\" is not the URL of a token service");
    }
    if (credentials_.certificate) signer_.emplace(*credentials_.certificate);
  }

  Task<Result<std::string>> token() override {
    while (true) {
      if (!cached_.empty() && clock_.elapsed() < renew_at_) co_return cached_;
      if (!flight_) {
        Result<std::string> fetched = co_await fetch_for_all();
        co_return fetched;
      }
      const std::shared_ptr<Flight> flight = flight_;
      co_await flight->ended.wait();
      if (flight->result) co_return *flight->result;
      // Whoever was asking has been cancelled: somebody else has to ask.
    }
  }

  void refused(const std::string& token) override {
    if (cached_ == token) cached_.clear();
  }

 private:
  /// One request under way and those who wait for its result.
  struct Flight {
    explicit Flight(const Executor& executor) : ended(executor) {}
    Signal ended;
    std::optional<Result<std::string>> result;
  };

  /// Ends the flight even if the coroutine that flies it is cancelled.
  class Landing {
   public:
    Landing(ClientCredentialsSource& source, std::shared_ptr<Flight> flight)
        : source_(source), flight_(std::move(flight)) {}
    ~Landing() {
      source_.flight_.reset();
      flight_->ended.notify();
    }
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;

   private:
    ClientCredentialsSource& source_;
    std::shared_ptr<Flight> flight_;
  };

  Task<Result<std::string>> fetch_for_all() {
    const auto flight = std::make_shared<Flight>(executor_);
    flight_ = flight;
    const Landing landing(*this, flight);
    const milliseconds asked_at = clock_.elapsed();  // the lifetime counts from when the service answered, or later
    Result<Request> request = make_request();
    if (!request) {
      flight->result = std::unexpected(std::move(request).error());
      co_return *flight->result;
    }
    Result<Response> response = co_await transport_->send(std::move(*request), request_limit);
    flight->result = read(std::move(response), asked_at);
    co_return *flight->result;
  }

  Result<Request> make_request() const {
    std::string form;
    append_form_field(form, "grant_type", "client_credentials");
    append_form_field(form, "client_id", credentials_.client_id);
    if (signer_) {
      auto assertion = signer_->sign(credentials_.token_url, credentials_.client_id, clock_.now());
      if (!assertion) return std::unexpected(std::move(assertion).error());
      append_form_field(form, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      append_form_field(form, "client_assertion", *assertion);
    } else {
      append_form_field(form, "client_secret", credentials_.client_secret.reveal());
    }
    if (!credentials_.scope.empty()) append_form_field(form, "scope", credentials_.scope);
    if (!credentials_.resource.empty()) append_form_field(form, "resource", credentials_.resource);
    Headers headers;
    headers.add("Content-Type", "application/x-www-form-urlencoded");
    headers.add("Accept", "application/json");
    return Request("POST", url_.path, std::move(headers), std::move(form));
  }

  Result<std::string> read(Result<Response> response, milliseconds asked_at) {
    const std::string attempt = "asking " + origin_of(url_) + " for a token of client " + credentials_.client_id;
    if (!response) {
      // A token asked for twice does no harm: whatever happened to this request, the caller's own was not sent.
      Error error = std::move(response.error());
      return std::unexpected(Error(Errc::unavailable, error.message(), error.hint()).while_doing(attempt));
    }
    const int status = response->status;
    const std::string said = "it answered " + std::to_string(status);
    if (status == 429) return fail(Errc::throttled, attempt + ": " + said, "the next attempt waits");
    if (status >= 500) return fail(Errc::unavailable, attempt + ": " + said, "the next attempt may succeed");
    const bool readable = response->body.size() <= reply_bytes_max;
    const json reply = readable ? json::parse(response->body, nullptr, false) : json(json::value_t::discarded);
    if (status != 200) return std::unexpected(refusal(attempt + ": " + said, reply));
    const std::string token = reply.is_object() ? text_at(reply, "access_token") : std::string();
    if (token.empty()) {
      return fail(Errc::invalid, attempt + ": the reply has no access_token",
                  "is \"token.url\" in the configuration the token endpoint?");
    }
    const seconds lifetime = lifetime_of(reply);
    cached_ = token;
    renew_at_ = asked_at + lifetime - std::min<milliseconds>(renewal_before, milliseconds(lifetime) / 2);
    return cached_;
  }

  Error refusal(std::string text, const json& reply) const {
    if (reply.is_object()) {
      const std::string code = text_at(reply, "error");
      std::string description = text_at(reply, "error_description");
      description.resize(std::min({description.find_first_of("\r\n"), description.size(), description_bytes_max}));
      if (!code.empty()) text += ", " + code;
      if (!description.empty()) text += ": " + description;
    }
    return Error(Errc::unauthorized, redacted(std::move(text)),
                 signer_ ? "check tenant, client id and scope, whether this certificate is registered for the "
                           "application, and this machine's clock"
                         : "check tenant, client id, secret and scope, and whether the secret has expired");
  }

  // No service should repeat the secret; this makes sure that none that does gets it into our log.
  std::string redacted(std::string text) const {
    const std::string& secret = credentials_.client_secret.reveal();
    std::string encoded;
    append_form_field(encoded, "", secret);
    encoded.erase(0, 1);
    for (const std::string& needle : {secret, encoded}) {
      if (needle.empty()) continue;
      for (std::size_t at = text.find(needle); at != std::string::npos; at = text.find(needle, at)) {
        text.replace(at, needle.size(), "***");
        at += 3;
      }
    }
    return text;
  }

  Executor executor_;
  Clock& clock_;
  ClientCredentials credentials_;
  std::unique_ptr<Transport> transport_;
  Url url_;
  std::optional<AssertionSigner> signer_;
  std::string cached_;
  milliseconds renew_at_{0};
  std::shared_ptr<Flight> flight_;
};

}  // namespace

std::unique_ptr<TokenSource> make_token_source(Executor executor, Clock& clock, ClientCredentials credentials,
                                               std::unique_ptr<Transport> transport) {
  return std::make_unique<ClientCredentialsSource>(std::move(executor), clock, std::move(credentials),
                                                   std::move(transport));
}

}  // namespace dualwrite::http
