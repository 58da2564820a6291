#include "simulation/node.hpp"

#include <stdexcept>

#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::simulation {

using std::chrono::milliseconds;

const char* const map_name = "things";

namespace {

constexpr milliseconds event_poll{5};

maps::TableMap make_map(const Terms& terms) {
  auto map = maps::read_map("simulation.json", map_text(terms));
  if (!map) throw std::runtime_error(maps::to_string(map.error().front()));
  return *std::move(map);
}

http::ClientCredentials credentials(const std::string& origin) {
  http::ClientCredentials credentials;
  credentials.token_url = token_url;
  credentials.client_id = "dualwrite";
  credentials.client_secret = Secret("sandbox-secret");
  credentials.scope = origin + "/.default";
  return credentials;
}

}  // namespace

Node::Node(Executor executor, Clock& clock, Dice& dice, const Terms& terms, Network& network, MemoryVfs& vfs,
           std::shared_ptr<spdlog::logger> log)
    : executor_(std::move(executor)),
      clock_(clock),
      dice_(dice),
      terms_(terms),
      network_(network),
      vfs_(vfs),
      log_(std::move(log)) {}

Task<bool> Node::start() {
  dead_ = std::make_shared<bool>(false);
  const auto dead = [flag = dead_]() { return *flag; };
  store::sqlite::DatabaseSettings sqlite;
  sqlite.file = "/state.db";
  sqlite.vfs = vfs_.name();
  sqlite.lock = false;
  auto database = store::sqlite::Database::open(std::move(sqlite));
  if (!database) {
    log_->error("{}", database.error().text());
    *dead_ = true;
    co_return false;
  }
  metrics_ = std::make_unique<Metrics>();
  store_ = std::make_unique<InlineStore>(*std::move(database), dice_, dead);
  sync::LinkOptions options;
  options.name = "simulation";
  options.engine_id = "simulation";
  options.delta_interval = milliseconds(5000);
  options.scan_interval = milliseconds(20000);
  options.workers = 2;
  options.batch_rows = 3;
  options.passing = [this, flag = dead_](sync::CrashPoint) {
    if (!*flag && dice_.chance(crash_at_points)) kill();
  };
  PerSide<std::unique_ptr<endpoint::Endpoint>> endpoints;
  for (const Side side : both_sides) {
    const std::string& origin = side == Side::finops ? finops_origin : dataverse_origin;
    endpoint::ServiceSettings service;
    service.url = origin;
    service.engine_id = options.engine_id;
    auto tokens = http::make_token_source(executor_, clock_, credentials(origin), network_.token_transport(dead));
    auto make = side == Side::finops ? endpoint::make_finops : endpoint::make_dataverse;
    endpoints[side] = make(executor_, clock_, std::move(service), network_.transport(side, dead), std::move(tokens));
  }
  engine_ = sync::make_engine(executor_, clock_, *store_, std::move(endpoints[Side::finops]),
                              std::move(endpoints[Side::dataverse]), *metrics_, std::move(options), log_);
  std::vector<maps::TableMap> maps;
  maps.push_back(make_map(terms_));
  auto opened = co_await engine_->open(std::move(maps));
  if (!opened) {
    log_->error("{}", opened.error().text());
    *dead_ = true;
    co_await engine_->stop();
    engine_.reset();
    store_.reset();
    co_return false;
  }
  ingest_ = std::make_unique<capture::Ingest>(engine_->sink(), *metrics_, Secret(""));
  engine_->run();
  open_ = true;
  co_return true;
}

Task<void> Node::end() {
  if (!engine_) co_return;
  open_ = false;
  while (visits_ > 0) co_await clock_.sleep(event_poll);
  co_await engine_->stop();
  ingest_.reset();
  engine_.reset();
  store_.reset();
}

Task<bool> Node::couples(std::string account) {
  const RecordKey key("usmf|" + account);
  if (alive()) {
    const Visit here = visit();
    std::string name = map_name;
    auto report = co_await engine_->control().explain(std::move(name), key.text());
    co_return report && report->state == "coupled";
  }
  if (engine_) co_return false;
  store::sqlite::DatabaseSettings sqlite;
  sqlite.file = "/state.db";
  sqlite.vfs = vfs_.name();
  sqlite.lock = false;
  const std::function<bool()> failing = std::exchange(vfs_.fails, nullptr);
  bool known = false;
  if (auto database = store::sqlite::Database::open(std::move(sqlite))) {
    const auto map = (*database)->map_id(map_name);
    std::vector<RecordRef> wanted;
    if (map) wanted.emplace_back(*map, key);
    const auto couplings = (*database)->reads().couplings(wanted);
    if (map && couplings && couplings->front()) {
      const Coupling& coupling = *couplings->front();
      known = coupling.agreed && coupling.sides[Side::finops].shadow && coupling.sides[Side::dataverse].shadow;
    }
  }
  vfs_.end_process();
  vfs_.fails = failing;
  co_return known;
}

Task<int> Node::ingest(http::Request request) {
  if (!alive() || !ingest_) co_return 0;
  const Visit here = visit();
  const std::shared_ptr<bool> dead = dead_;
  const http::Response response = co_await ingest_->handle(std::move(request));
  co_return *dead ? 0 : response.status;
}

}  // namespace dualwrite::simulation
