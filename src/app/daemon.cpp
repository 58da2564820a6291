#include "app/daemon.hpp"

#include <spdlog/logger.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "app/crash_order.hpp"
#include "app/version.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/token_source.hpp"
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

std::unique_ptr<endpoint::Endpoint> Daemon::make_endpoint(Side side, const config::EndpointSettings& settings,
                                                          const std::string& id) {
  http::ClientSettings client;
  client.connections_max = settings.connections_max;
  client.ca_file = settings.ca_file;
  http::ClientSettings row_client = client;
  if (passing_) {
    row_client.on_sent = [passing = passing_](const http::Request& request) {
      if (writes_rows(request)) passing(sync::CrashPoint::sent);
    };
  }
  auto transport = http::make_client(executor_, settings.url, std::move(row_client));
  http::Url token_url;
  if (!http::parse_url(settings.token_url, token_url))
    throw std::invalid_argument(settings.token_url + " is not a URL");
  auto token_transport = http::make_client(executor_, http::origin_of(token_url), client);
  http::ClientCredentials credentials;
  credentials.token_url = settings.token_url;
  credentials.client_id = settings.client_id;
  credentials.client_secret = settings.client_secret;
  credentials.scope = settings.scope;
  credentials.resource = settings.resource;
  auto tokens = http::make_token_source(executor_, clock_, std::move(credentials), std::move(token_transport));
  endpoint::ServiceSettings service;
  service.url = settings.url;
  service.requests_max = settings.connections_max;
  service.request_limit = settings.request_limit;
  service.engine_id = id;
  if (side == Side::finops) {
    return endpoint::make_finops(executor_, clock_, std::move(service), std::move(transport), std::move(tokens));
  }
  return endpoint::make_dataverse(executor_, clock_, std::move(service), std::move(transport), std::move(tokens));
}

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
  auto finops = make_endpoint(Side::finops, link.finops, *id);
  auto dataverse = make_endpoint(Side::dataverse, link.dataverse, *id);
  sync::LinkOptions options;
  options.name = link.name;
  options.engine_id = *id;
  options.delta_interval = link.capture.delta_interval;
  options.scan_interval = link.capture.scan_interval;
  options.passing = passing_;
  options.step_limit = requests_in_step_max * std::max(link.finops.request_limit, link.dataverse.request_limit);
  engine_ = sync::make_engine(executor_, clock_, *store_, std::move(finops), std::move(dataverse), metrics_,
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
  try {
    ingest_server_ = std::make_unique<http::Server>(
        executor_, server_settings(settings_.ingest),
        [this](http::Request request) { return ingest_->handle(std::move(request)); }, on_error);
    admin_server_ = std::make_unique<http::Server>(
        executor_, server_settings(settings_.admin),
        [this](http::Request request) { return api_->handle(std::move(request)); }, on_error);
  } catch (const std::system_error& error) {
    return fail(Errc::unavailable, std::string("cannot listen: ") + error.what(),
                "is another daemon running? change admin.listen or ingest.listen");
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
