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

std::string account_of(const RecordKey& key) {
  return key.text().substr(key.text().find('|') + 1);
}

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
  if (auto map = store_->database().map_id(map_name)) map_ = *map;
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
  stored();
  ingest_.reset();
  engine_.reset();
  store_.reset();
}

Task<std::optional<PerSide<std::string>>> Node::couples(std::string account) {
  const RecordKey key("usmf|" + account);
  if (alive()) {
    const Visit here = visit();
    std::string name = map_name;
    auto report = co_await engine_->control().explain(std::move(name), key.text());
    if (!report || report->state != "coupled") co_return std::nullopt;
    co_return report->tokens;
  }
  if (engine_) co_return std::nullopt;
  store::sqlite::DatabaseSettings sqlite;
  sqlite.file = "/state.db";
  sqlite.vfs = vfs_.name();
  sqlite.lock = false;
  const std::function<bool()> failing = std::exchange(vfs_.fails, nullptr);
  std::optional<PerSide<std::string>> known;
  if (auto database = store::sqlite::Database::open(std::move(sqlite))) {
    const auto map = (*database)->map_id(map_name);
    std::vector<RecordRef> wanted;
    if (map) wanted.emplace_back(*map, key);
    const auto couplings = (*database)->reads().couplings(wanted);
    if (map && couplings && couplings->front()) {
      const Coupling& coupling = *couplings->front();
      const PerSide<SideState>& sides = coupling.sides;
      if (coupling.agreed && sides[Side::finops].shadow && sides[Side::dataverse].shadow) {
        known = PerSide<std::string>(sides[Side::finops].token, sides[Side::dataverse].token);
      }
    }
  }
  vfs_.end_process();
  vfs_.fails = failing;
  co_return known;
}

const std::map<std::string, Node::Stored>& Node::stored() {
  constexpr std::size_t records_max = 100;
  if (!store_ || !map_) return stored_;
  store::sqlite::Reads& reads = store_->database().reads();
  auto heads = reads.heads_after(*map_, RecordKey(""), records_max);
  if (!heads) return stored_;
  std::vector<RecordRef> records;
  for (const store::CouplingHead& head : *heads) records.emplace_back(*map_, head.key);
  const auto couplings = reads.couplings(records);
  if (!couplings) return stored_;
  stored_.clear();
  for (std::size_t index = 0; index < records.size(); ++index) {
    if (!(*couplings)[index]) continue;
    Stored& record = stored_[account_of(records[index].key)];
    for (const Side side : both_sides) {
      const SideState& state = (*couplings)[index]->sides[side];
      record.tokens[side] = state.token;
      record.doubts[side] = !state.intents.empty();
    }
  }
  return stored_;
}

Task<int> Node::ingest(http::Request request) {
  if (!alive() || !ingest_) co_return 0;
  const Visit here = visit();
  const std::shared_ptr<bool> dead = dead_;
  const http::Response response = co_await ingest_->handle(std::move(request));
  co_return *dead ? 0 : response.status;
}

}  // namespace dualwrite::simulation
