#include "simulation/network.hpp"

#include <optional>

namespace dualwrite::simulation {

using std::chrono::milliseconds;

struct Network::Exchange {
  Exchange(Executor executor, http::Request r, milliseconds at)
      : request(std::move(r)), sent(at), done(std::move(executor)) {}
  http::Request request;
  milliseconds sent;             ///< on the ledger's time
  std::optional<Side> side;      ///< nothing: the token service
  std::set<std::string> writes;  ///< accounts whose rows it is to change
  std::optional<Result<http::Response>> reply;
  Signal done;
};

namespace {

constexpr const char* closed = "the connection was closed without a reply";
constexpr int event_attempts = 3;
constexpr milliseconds event_pause{1000};
/// A write is settled when its batch is: the other side's may have to wait, too.
constexpr std::chrono::minutes settled_after{5};

bool writes_rows(const http::Request& request) {
  if (request.method == "GET") return false;
  for (const char* method : {"\nPATCH ", "\nPOST ", "\nDELETE "}) {
    if (request.body.find(method) != std::string::npos) return true;
  }
  return !request.target.ends_with("$batch");
}

}  // namespace

/// One daemon's transport to one service.
class Way final : public http::Transport {
 public:
  Way(Network& network, std::optional<Side> side, std::function<bool()> dead)
      : network_(network), side_(side), dead_(std::move(dead)) {}

  Task<Result<http::Response>> send(http::Request request, milliseconds limit) override {
    if (dead_()) co_return fail(Errc::unavailable, "the process has ended");
    auto exchange = std::make_shared<Network::Exchange>(network_.executor_, std::move(request), network_.ledger_.now());
    exchange->side = side_;
    Network& network = network_;
    if (side_ && writes_rows(exchange->request)) {
      exchange->writes = network.accounts_in(exchange->request.target + "\n" + exchange->request.body);
      network.recent_writes_.push_back(exchange);
    }
    network.tasks_.spawn("request", [&network, exchange]() { return network.carry(exchange); });
    co_await exchange->done.wait(limit);
    if (dead_()) co_return fail(Errc::in_doubt, "the process has ended");
    if (!exchange->reply) co_return network_.no_reply(*exchange, "no reply in time");
    co_return std::move(*exchange->reply);
  }

 private:
  Network& network_;
  std::optional<Side> side_;
  std::function<bool()> dead_;
};

Network::Network(Executor executor, Clock& clock, Dice& dice, Services& services, Ledger& ledger, Trace trace)
    : executor_(executor),
      clock_(clock),
      dice_(dice),
      services_(services),
      ledger_(ledger),
      trace_(std::move(trace)),
      tasks_(executor, [this](const std::string& name, const std::string& what) {
        ledger_.violate("the network broke", name + ": " + what);
      }) {}

std::unique_ptr<http::Transport> Network::transport(Side side, std::function<bool()> dead) {
  return std::make_unique<Way>(*this, side, std::move(dead));
}

std::unique_ptr<http::Transport> Network::token_transport(std::function<bool()> dead) {
  return std::make_unique<Way>(*this, std::nullopt, std::move(dead));
}

Task<void> Network::carry(std::shared_ptr<Exchange> exchange) {
  const bool to_service = exchange->side.has_value();
  const bool late = to_service && dice_.chance(faults.late_requests);
  const bool slow = dice_.chance(faults.slow);
  milliseconds way = dice_.pause(1, slow ? 20000 : 60);
  if (late) {
    exchange->reply = no_reply(*exchange, closed);
    exchange->done.notify();
    way = dice_.pause(100, 8 * 60 * 1000);  // well within request_lifetime
  }
  if (late) ++late_;
  co_await clock_.sleep(way);
  if (late) --late_;
  if (to_service && down[*exchange->side]) {
    exchange->reply = Result<http::Response>(fail(Errc::unavailable, "connection refused"));
  } else if (dice_.chance(faults.lost_requests)) {
    exchange->reply = no_reply(*exchange, closed);
  } else if (to_service && dice_.chance(faults.throttled)) {
    http::Response busy(429);
    if (dice_.chance(700)) busy.headers.add("Retry-After", std::to_string(dice_.between(1, 20)));
    exchange->reply = Result<http::Response>(std::move(busy));
  } else if (to_service && dice_.chance(faults.errors)) {
    constexpr int statuses[] = {500, 502, 503};
    doubt(*exchange);
    exchange->reply = Result<http::Response>(http::Response(statuses[dice_.below(3)]));
  } else {
    land(*exchange);
    if (dice_.chance(faults.lost_replies)) exchange->reply = no_reply(*exchange, closed);
  }
  const milliseconds back = dice_.pause(1, 60);
  co_await clock_.sleep(back);
  exchange->done.notify();
}

std::set<std::string> Network::accounts_in(const std::string& text) {
  handles_.merge(services_.handles());
  std::set<std::string> accounts;
  for (const auto& [handle, account] : handles_) {
    if (text.find(handle) != std::string::npos) accounts.insert(account);
  }
  return accounts;
}

void Network::doubt(const Exchange& exchange) {
  for (const std::string& account : exchange.writes) ledger_.note_doubt(*exchange.side, account, exchange.sent);
}

Result<http::Response> Network::no_reply(const Exchange& exchange, const char* why) {
  doubt(exchange);
  return fail(Errc::in_doubt, why);
}

void Network::doubt_recent_writes() {
  while (!recent_writes_.empty() && recent_writes_.front()->sent + settled_after < ledger_.now()) {
    recent_writes_.pop_front();
  }
  for (const auto& exchange : recent_writes_) doubt(*exchange);
}

void Network::miss(Side side, const std::set<std::string>& accounts) {
  for (const std::string& account : accounts) ledger_.note_missed_event(side, account);
}

void Network::land(Exchange& exchange) {
  if (!exchange.side) {
    exchange.reply = services_.handle_token(exchange.request);
    return;
  }
  const Side side = *exchange.side;
  const bool writes = writes_rows(exchange.request);
  const std::string host = side == Side::finops ? finops_origin : dataverse_origin;
  exchange.request.headers.set("Host", host.substr(7));
  const Image before = writes ? services_.image(side) : Image();
  const auto versions_before = writes ? services_.versions(side) : std::map<std::string, std::int64_t>();
  http::Response response = services_.handle(side, exchange.request);
  trace_(std::string(to_string(side)) + " " + exchange.request.method + (writes ? " writes " : " ") +
         std::to_string(response.status));
  if (writes) {
    const Image after = services_.image(side);
    ledger_.note_versions(side, after, services_.etags(side), Author::daemon);
    ledger_.daemon_changed(side, before, after, exchange.sent, services_.image(other(side)));
    for (const auto& [account, version] : services_.versions(side)) {
      const auto was = versions_before.find(account);
      if (was == versions_before.end()) {
        trace_("  created " + account);
      } else if (was->second != version) {
        for (std::size_t column = 0; column < columns; ++column) {
          const std::string& value = after.at(account)[column];
          if (before.at(account)[column] != value) trace_("  " + account + " " + column_names[column] + " = " + value);
        }
        const bool same = before.at(account) == after.at(account);
        if (same && !services_.alters(side)) ledger_.daemon_wrote_nothing(side, account);
      }
    }
    for (const auto& [account, cells] : before) {
      if (!after.contains(account)) trace_("  deleted " + account);
    }
  }
  exchange.reply = std::move(response);
}

void Network::deliver(sandbox::Post post) {
  auto kept = std::make_shared<sandbox::Post>(std::move(post));
  tasks_.spawn("event", [this, kept]() { return carry_event(*kept); });
  if (!dice_.chance(faults.doubled_events)) return;
  tasks_.spawn("event", [this, kept]() { return carry_event(*kept); });
}

Task<void> Network::carry_event(sandbox::Post post) {
  const Side side = post.url.ends_with("finops") ? Side::finops : Side::dataverse;
  const std::set<std::string> accounts = accounts_in(post.body);
  if (dice_.chance(faults.lost_events)) {
    miss(side, accounts);
    co_return;
  }
  const bool late = dice_.chance(faults.late_events);
  if (late) miss(side, accounts);
  const milliseconds way = dice_.pause(1, late ? 120000 : 300);
  co_await clock_.sleep(way);
  http::Url url;
  if (!http::parse_url(post.url, url)) co_return;
  for (int attempt = 0; attempt < event_attempts; ++attempt) {
    http::Request request("POST", url.path, post.headers, post.body);
    const int status = co_await ingest(std::move(request));
    trace_("event " + std::to_string(status));
    if (status >= 200 && status < 300) co_return;
    miss(side, accounts);
    co_await clock_.sleep(event_pause);
  }
}

Task<void> Network::stop() {
  co_await tasks_.join();
}

}  // namespace dualwrite::simulation
