#include "app/client.hpp"

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <ostream>
#include <stdexcept>

#include "app/exit_status.hpp"
#include "app/text.hpp"
#include "config/text_file.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::app {

using maps::JsonNode;

namespace {

// A replay waits a few seconds for its outcome; nothing else takes long.
constexpr std::chrono::seconds request_limit{60};
constexpr std::size_t reply_bytes_max = 16U << 20U;  // what parse_json takes
constexpr std::size_t key_bytes_max = 4096;

Result<Secret> read_key(const ClientOptions& options) {
  if (options.key_file.empty()) {
    const char* key = std::getenv("DUALWRITE_KEY");
    return Secret(key == nullptr ? "" : key);
  }
  const char* const hint = "the file holds the key of `admin` in the daemon's configuration and nothing else";
  auto read = config::read_file(options.key_file, key_bytes_max);
  if (!read) return fail(Errc::invalid, "reading the key from " + options.key_file + ": " + read.error(), hint);
  std::string text = *std::move(read);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return fail(Errc::invalid, "reading the key from " + options.key_file + ": it is empty", hint);
  if (text.find_first_of("\r\n") != std::string::npos) {
    return fail(Errc::invalid, "reading the key from " + options.key_file + ": it has more than one line", hint);
  }
  return Secret(std::move(text));
}

Task<void> exchange(http::Transport& transport, http::Request request, std::optional<Result<http::Response>>& into) {
  auto response = co_await transport.send(std::move(request), request_limit);
  into.emplace(std::move(response));
}

/// 409 is a finding: the command was right and the state of things forbids it.
int exit_status_of(int status) noexcept {
  if (status == 409) return exit_findings;
  return status >= 400 && status < 500 ? exit_usage : exit_unreachable;
}

}  // namespace

struct Client::State {
  const Console& console;
  ClientOptions options;
  Secret key;
  boost::asio::io_context context{1};
  SystemClock clock;
  std::unique_ptr<http::Transport> transport;
  std::string body;     ///< of the last answer
  std::string failure;  ///< what a coroutine threw
  TaskGroup tasks;      // last: its coroutines use everything above

  State(const Console& c, ClientOptions o, Secret k)
      : console(c),
        options(std::move(o)),
        key(std::move(k)),
        tasks(context.get_executor(), [this](const std::string&, const std::string& what) { failure = what; }) {}

  Result<http::Response> send(http::Request request);
};

Result<http::Response> Client::State::send(http::Request request) {
  std::optional<Result<http::Response>> reply;
  tasks.spawn("request", [this, &request, &reply] { return exchange(*transport, std::move(request), reply); });
  context.restart();
  context.run();
  if (!reply) return fail(Errc::unavailable, failure.empty() ? "the request never ended" : failure);
  return *std::move(reply);
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

std::expected<std::unique_ptr<Client>, int> Client::open(const Console& console, const ClientOptions& options) {
  auto key = read_key(options);
  if (!key) {
    complain(console, key.error().message(), key.error().hint());
    return std::unexpected(exit_usage);
  }
  auto state = std::make_unique<State>(console, options, *std::move(key));
  try {
    http::ClientSettings settings;
    settings.connections_max = 1;
    settings.reply_bytes_max = reply_bytes_max;
    state->transport = http::make_client(state->context.get_executor(), options.url, std::move(settings));
  } catch (const std::invalid_argument& error) {
    complain(console, std::string("the daemon's address: ") + error.what(), "give it with --url or DUALWRITE_URL");
    return std::unexpected(exit_usage);
  }
  return std::unique_ptr<Client>(new Client(std::move(state)));
}

std::expected<JsonNode, int> Client::ask(std::string method, const std::string& path, std::string body, bool quiet) {
  const std::string what = "asking the daemon at " + state_->options.url;
  http::Request request(std::move(method), path.starts_with('/') ? path : "/api/v1/" + path);
  request.headers.set("Accept", "application/json");
  if (!state_->key.empty()) request.headers.set("Authorization", "Bearer " + state_->key.reveal());
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  auto response = state_->send(std::move(request));
  if (!response) {
    complain(state_->console, what + ": " + response.error().message(),
             "is it running? `dualwrite serve` starts it; --url or DUALWRITE_URL names another address");
    return std::unexpected(exit_unreachable);
  }
  state_->body = std::move(response->body);
  std::vector<maps::Mistake> mistakes;
  auto json = maps::parse_json("reply", state_->body, mistakes);
  if (!json || json->kind != JsonNode::Kind::object) {
    complain(state_->console, what + ": status " + std::to_string(response->status) + " and no JSON object",
             "something else than a dualwrite daemon answers there; look at --url");
    return std::unexpected(exit_unreachable);
  }
  if (response->status < 200 || response->status > 299) {
    if (state_->options.json) {
      print_body();
    } else {
      // A probe is no problem document: it says why.
      const std::string& detail = text_of(*json, "detail");
      complain(state_->console, detail.empty() ? text_of(*json, "why") : detail, text_of(*json, "hint"));
    }
    return std::unexpected(exit_status_of(response->status));
  }
  if (state_->options.json && !quiet) print_body();
  return *std::move(json);
}

void Client::print_body() const {
  state_->console.out << state_->body << '\n';
}

void Client::pause(std::chrono::milliseconds duration) {
  state_->tasks.spawn("pause", [this, duration] { return state_->clock.sleep(duration); });
  state_->context.restart();
  state_->context.run();
}

bool Client::json() const noexcept {
  return state_->options.json;
}
const Console& Client::console() const noexcept {
  return state_->console;
}

void complain(const Console& console, std::string_view message, std::string_view hint) {
  console.err << "error: " << printable(message) << '\n';
  if (!hint.empty()) console.err << "hint: " << printable(hint) << '\n';
}

const JsonNode& member_of(const JsonNode& object, std::string_view name) {
  static const JsonNode null;
  const JsonNode* member = object.find(name);
  return member == nullptr ? null : *member;
}

const std::string& text_of(const JsonNode& object, std::string_view name) {
  return member_of(object, name).text;
}

std::int64_t number_of(const JsonNode& object, std::string_view name) {
  const std::string& text = text_of(object, name);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string with_query(const std::string& path, const std::vector<std::pair<std::string, std::string>>& query) {
  std::string out = path;
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    out += out.size() == path.size() ? '?' : '&';
    out += name + "=" + odata::percent_encode(value);
  }
  return out;
}

std::string json_body(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out = "{";
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    if (out.size() > 1) out += ',';
    append_json_quoted(out, name);
    out += ':';
    append_json_quoted(out, value);
  }
  return out + "}";
}

}  // namespace dualwrite::app
