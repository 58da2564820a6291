#pragma once
// Between the daemon and the services: requests and events take their time, get lost, arrive late, twice or in another
// order. A request that is on its way lands even if the daemon that sent it has ended.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/transport.hpp"
#include "sandbox/dispatcher.hpp"
#include "simulation/dice.hpp"
#include "simulation/ledger.hpp"
#include "simulation/services.hpp"

namespace dualwrite::simulation {

/// How often what goes wrong, in a thousand.
struct NetworkFaults {
  std::uint64_t lost_requests = 0;
  std::uint64_t lost_replies = 0;
  std::uint64_t late_requests = 0;  ///< land after the sender has given up
  std::uint64_t throttled = 0;
  std::uint64_t errors = 0;  ///< 500, 502 and 503 without any effect
  std::uint64_t slow = 0;
  std::uint64_t lost_events = 0;
  std::uint64_t doubled_events = 0;
  std::uint64_t late_events = 0;
};

/// Hears what happens, line by line.
using Trace = std::function<void(const std::string& line)>;

class Network {
 public:
  Network(Executor executor, Clock& clock, Dice& dice, Services& services, Ledger& ledger, Trace trace);

  NetworkFaults faults;
  /// A service that is down refuses connections.
  PerSide<bool> down{false, false};
  /// Takes an event; the reply's status, or 0 if nobody listens.
  std::function<Task<int>(http::Request)> ingest;

  /// The daemon's way to a service; nothing gets through once `dead` says so.
  std::unique_ptr<http::Transport> transport(Side side, std::function<bool()> dead);
  std::unique_ptr<http::Transport> token_transport(std::function<bool()> dead);

  void deliver(sandbox::Post post);
  [[nodiscard]] std::size_t under_way() const noexcept { return tasks_.size(); }
  /// Requests whose senders have given up and that have not landed yet.
  [[nodiscard]] std::size_t late_requests() const noexcept { return late_; }
  Task<void> stop();

  /// The daemon may not know what became of the writes of the last minutes: it ended, or could not store the outcome.
  void doubt_recent_writes();

 private:
  friend class Way;
  struct Exchange;

  Task<void> carry(std::shared_ptr<Exchange> exchange);
  Task<void> carry_event(sandbox::Post post);
  void land(Exchange& exchange);
  /// The records that a request or an event names.
  std::set<std::string> accounts_in(const std::string& text);
  /// The sender does not know what became of it.
  Result<http::Response> no_reply(const Exchange& exchange, const char* why);
  void doubt(const Exchange& exchange);
  void miss(Side side, const std::set<std::string>& accounts);

  Executor executor_;
  Clock& clock_;
  Dice& dice_;
  Services& services_;
  Ledger& ledger_;
  Trace trace_;
  std::map<std::string, std::string> handles_;  ///< as Services::handles(), of rows that are gone, too
  std::deque<std::shared_ptr<Exchange>> recent_writes_;
  std::size_t late_ = 0;
  TaskGroup tasks_;
};

}  // namespace dualwrite::simulation
