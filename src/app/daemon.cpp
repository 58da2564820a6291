#include "app/daemon.hpp"

#include <spdlog/logger.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "app/crash_order.hpp"
#include "app/make_endpoint.hpp"
#include "app/version.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/store/sqlite.hpp"

namespace dualwrite::app {
namespace {

// A round reads and writes in batches on two sides, and waits for a place behind other tasks each time.
constexpr int requests_in_step_max = 30;

std::string url_of(const config::Listen& listen, std::uint16_t port) {
  const bool v6 = listen.address.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + listen.address + "]" : listen.address;
  return "http://" + host + ":" + std::to_string(port);
}

http::ServerSettings server_settings(const config::Listen& listen) {
  http::ServerSettings settings;
  settings.address = listen.address;
  settings.port = listen.port;
  return settings;
}

Error cannot_listen(const std::string& key, const config::Listen& listen, const std::error_code& why) {
  const std::string port = std::to_string(listen.port);
  std::string hint = "change \"" + key + "\" in the configuration";
  if (why == std::errc::address_in_use) {
    hint = "another program listens there, perhaps another dualwrite: `ss -ltnp 'sport = :" + port +
           "'` shows which; end it, or " + hint;
  } else if (why == std::errc::permission_denied) {
    hint = "only root may listen on ports below 1024: " + hint;
  } else if (why == std::errc::address_not_available) {
    hint = "this machine has no such address: " + hint;
  }
  return {Errc::unavailable, "listening on " + url_of(listen, listen.port) + " (" + key + "): " + why.message(),
          std::move(hint)};
}

/// What marks our writes in the services: made once, kept in the state file.
Task<Result<std::string>> engine_id(store::Store& store) {
  const std::string name = "engine-id";
  auto known = co_await store.setting(name);
  if (!known) co_return std::unexpected(std::move(known).error());
  if (*known) co_return std::move(**known);
  std::string fresh = random_uuid();
  store::Transaction transaction;
  transaction.setting(name, fresh);
  auto committed = co_await store.commit(std::move(transaction));
  if (!committed) co_return std::unexpected(std::move(committed).error());
  co_return fresh;
}

}  // namespace

Daemon::Daemon(boost::asio::io_context& context, config::Settings settings, std::shared_ptr<spdlog::logger> log,
               sync::Passing passing)
    : executor_(context.get_executor()),
      settings_(std::move(settings)),
      log_(std::move(log)),
      passing_(std::move(passing)),
      notifier_(notify_environment(), ::getpid()) {}

Daemon::~Daemon() = default;

Task<Result<void>> Daemon::start() {
  store::SqliteSettings sqlite;
  sqlite.file = settings_.state_file;
  auto store = store::open_sqlite(executor_, std::move(sqlite));
  if (!store) co_return std::unexpected(std::move(store).error());
  store_ = std::move(*store);
  auto opened = co_await open_engine();
  if (!opened) co_return opened;
  auto listening = listen();
  if (!listening) co_return listening;
  engine_->run();
  ready_ = true;
  lifeline_.emplace(executor_, clock_, *store_, *engine_, notifier_, log_);
  lifeline_->start();
  co_return Result<void>();
}

Task<Result<void>> Daemon::open_engine() {
  auto id = co_await engine_id(*store_);
  if (!id) co_return std::unexpected(std::move(id).error());
  const config::LinkSettings& link = settings_.links.front();
  auto finops = make_endpoint(executor_, clock_, Side::finops, link.finops, *id, writes_sent(passing_));
  if (!finops) co_return std::unexpected(std::move(finops).error());
  auto dataverse = make_endpoint(executor_, clock_, Side::dataverse, link.dataverse, *id, writes_sent(passing_));
  if (!dataverse) co_return std::unexpected(std::move(dataverse).error());
  sync::LinkOptions options;
  options.name = link.name;
  options.engine_id = *id;
  options.delta_interval = link.capture.delta_interval;
  options.watches_environment = true;
  options.scan_interval = link.capture.scan_interval;
  options.tombstone_retention = settings_.tombstone_retention;
  options.passing = passing_;
  options.step_limit = requests_in_step_max * std::max(link.finops.request_limit, link.dataverse.request_limit);
  engine_ = sync::make_engine(executor_, clock_, *store_, std::move(*finops), std::move(*dataverse), metrics_,
                              std::move(options), log_);
  co_return co_await engine_->open(link.maps);
}

Result<void> Daemon::listen() {
  ingest_.emplace(engine_->sink(), metrics_, settings_.ingest.key);
  admin::ApiSettings api;
  api.key = settings_.admin.key;
  api_.emplace(engine_->control(), metrics_, clock_, version_text(), std::move(api), [this]() {
    return ready_ ? admin::Readiness(true, "") : admin::Readiness(false, "the daemon is starting or stopping");
  });
  const auto on_error = [log = log_](const std::string& what) { log->error("request failed why=\"{}\"", what); };
  const char* key = "ingest.listen";
  const config::Listen* wanted = &settings_.ingest;
  try {
    ingest_server_ = std::make_unique<http::Server>(
        executor_, server_settings(settings_.ingest),
        [this](http::Request request) { return ingest_->handle(std::move(request)); }, on_error);
    key = "admin.listen";
    wanted = &settings_.admin;
    admin_server_ = std::make_unique<http::Server>(
        executor_, server_settings(settings_.admin),
        [this](http::Request request) { return api_->handle(std::move(request)); }, on_error);
  } catch (const std::system_error& error) {
    return std::unexpected(cannot_listen(key, *wanted, error.code()));
  }
  ingest_server_->start();
  admin_server_->start();
  return {};
}

Task<void> Daemon::stop() {
  ready_ = false;
  notifier_.stopping();
  if (lifeline_) co_await lifeline_->stop();
  if (ingest_server_) co_await ingest_server_->stop();
  if (admin_server_) co_await admin_server_->stop();
  if (engine_) co_await engine_->stop();
}

std::string Daemon::admin_url() const {
  return url_of(settings_.admin, admin_server_->port());
}
std::string Daemon::ingest_url() const {
  return url_of(settings_.ingest, ingest_server_->port());
}

}  // namespace dualwrite::app
