#include "dualwrite/http/client.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dualwrite/async/semaphore.hpp"
#include "http/connection.hpp"
#include "http/wire.hpp"

namespace dualwrite::http {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

Url parse_origin(const std::string& origin) {
  Url url;
  if (!parse_url(origin, url) || url.path != "/") {
    throw std::invalid_argument("\"" + origin + "\" is not an origin: write http://host:port or https://host");
  }
  return url;
}

class Client final : public Transport {
 public:
  Client(const Executor& executor, const std::string& origin, ClientSettings settings)
      : target_(executor, parse_origin(origin), std::move(settings)),
        places_(executor, std::max<std::size_t>(1, target_.settings.connections_max)) {}

  Task<Result<Response>> send(Request request, milliseconds time_limit) override {
    const std::string complaint = complaint_about(request);
    if (!complaint.empty()) co_return fail(Errc::invalid, "sending to " + target_.name + ": " + complaint);
    const auto deadline = SteadyClock::now() + std::min<milliseconds>(time_limit, std::chrono::hours(24));
    const std::optional<Semaphore::Permit> permit = co_await places_.acquire_within(time_limit);
    if (!permit) co_return no_free_connection(time_limit);

    std::shared_ptr<Connection> connection = take_idle();
    if (connection) {
      const bool repeatable = request.method == "GET" || request.method == "HEAD";
      connection->load(std::move(request));
      Connection::Outcome outcome = co_await connection->exchange(deadline);
      if (!outcome.was_stale || !repeatable) {
        keep_if_reusable(std::move(connection));
        co_return std::move(outcome.result);
      }
      // The server closed it while our request was on its way; the others are as old.
      request = connection->unload();
      idle_.clear();
    }
    connection = std::make_shared<Connection>(target_);
    const auto connect_deadline = std::min(deadline, SteadyClock::now() + target_.settings.connect_limit);
    Result<void> connected = co_await connection->connect(connect_deadline);
    if (!connected) {
      connection->close();
      co_return std::unexpected(std::move(connected.error()));
    }
    connection->load(std::move(request));
    Connection::Outcome outcome = co_await connection->exchange(deadline);
    keep_if_reusable(std::move(connection));
    co_return std::move(outcome.result);
  }

 private:
  std::unexpected<Error> no_free_connection(milliseconds time_limit) const {
    return fail(Errc::unavailable,
                "sending to " + target_.name + ": none of the " + std::to_string(target_.settings.connections_max) +
                    " connections became free within " + std::to_string(time_limit.count()) + " ms",
                "raise connections_max, or send less at once");
  }

  // The one that was used last: it is the least likely to have been closed, and the others get old and go.
  std::shared_ptr<Connection> take_idle() {
    const auto oldest = SteadyClock::now() - target_.settings.idle_max;
    std::erase_if(idle_, [oldest](const auto& connection) { return connection->idle_since() < oldest; });
    while (!idle_.empty()) {
      std::shared_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->is_quiet()) return connection;
    }
    return nullptr;
  }

  void keep_if_reusable(std::shared_ptr<Connection> connection) {
    if (!connection->is_reusable()) return connection->close();
    connection->go_idle();
    idle_.push_back(std::move(connection));
  }

  Target target_;
  Semaphore places_;  // one for each connection in use; the idle ones are as many as were in use at once, at most
  std::vector<std::shared_ptr<Connection>> idle_;
};

}  // namespace

std::unique_ptr<Transport> make_client(Executor executor, const std::string& origin, ClientSettings settings) {
  return std::make_unique<Client>(executor, origin, std::move(settings));
}

}  // namespace dualwrite::http
