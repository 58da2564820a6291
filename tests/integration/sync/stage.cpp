#include "integration/sync/stage.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/store/sqlite.hpp"
#include "store/sqlite/threaded_store.hpp"
#include "support/run.hpp"

namespace dualwrite::test {
namespace {

using std::chrono::milliseconds;

constexpr int looks_max = 1500;
constexpr milliseconds look_pause{20};

sandbox::SandboxSettings on_free_ports(sandbox::SandboxSettings settings) {
  settings.dataverse_port = 0;
  settings.finops_port = 0;
  settings.token_port = 0;
  settings.control = true;
  return settings;
}

std::vector<maps::TableMap> shipped_maps() {
  std::vector<maps::TableMap> all;
  for (const char* name : {"currencies", "vendors", "customers"}) {
    const std::string file = std::string(DUALWRITE_SOURCE_DIR) + "/config/maps/" + name + ".json";
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    auto map = maps::read_map(file, text.str());
    if (!map) throw std::runtime_error(maps::to_string(map.error().front()));
    all.push_back(std::move(*map));
  }
  return all;
}

std::unique_ptr<http::TokenSource> tokens_for(Executor executor, Clock& clock, const std::string& origin,
                                              const std::string& token_url, const char* client, const char* secret) {
  http::Url url;
  if (!http::parse_url(token_url, url)) throw std::runtime_error(token_url);
  http::ClientCredentials credentials;
  credentials.token_url = token_url;
  credentials.client_id = client;
  credentials.client_secret = Secret(secret);
  credentials.scope = origin + "/.default";
  return http::make_token_source(executor, clock, std::move(credentials),
                                 http::make_client(executor, http::origin_of(url)));
}

/// A way to F&O on which a test may change the replies.
class ChangedReplies final : public http::Transport {
 public:
  using Change = std::function<void(const http::Request&, http::Response&)>;
  ChangedReplies(std::unique_ptr<http::Transport> real, const Change& change)
      : real_(std::move(real)), change_(change) {}

  Task<Result<http::Response>> send(http::Request request, milliseconds time_limit) override {
    const http::Request sent = request;
    auto response = co_await real_->send(std::move(request), time_limit);
    if (response && change_) change_(sent, *response);
    co_return response;
  }

 private:
  std::unique_ptr<http::Transport> real_;
  const Change& change_;
};

}  // namespace

User::User(Executor executor, Clock& clock, const std::string& origin, const std::string& token_url, std::string root)
    : transport_(http::make_client(executor, origin)),
      tokens_(tokens_for(executor, clock, origin, token_url, "editor", "editor-secret")),
      root_(std::move(root)) {}

Task<http::Response> User::send(std::string method, std::string path, std::string body, http::Headers headers) {
  auto token = co_await tokens_->token();
  if (!token) throw std::runtime_error(token.error().text());
  const bool has_body = !body.empty();
  http::Request request(std::move(method), root_ + path, std::move(headers), std::move(body));
  request.headers.add("Authorization", "Bearer " + *token);
  request.headers.add("Accept", "application/json");
  if (has_body) request.headers.add("Content-Type", "application/json");
  const milliseconds limit(20000);
  auto response = co_await transport_->send(std::move(request), limit);
  if (!response) throw std::runtime_error(response.error().text());
  co_return std::move(*response);
}

Task<std::optional<odata::Entity>> User::row(std::string path) {
  auto response = co_await send("GET", std::move(path));
  if (response.status == 404) co_return std::nullopt;
  if (response.status != 200) throw std::runtime_error("GET: " + std::to_string(response.status) + " " + response.body);
  auto entity = odata::parse_entity(response.body);
  if (!entity) throw std::runtime_error(entity.error().text());
  co_return std::move(*entity);
}

Stage::Stage(Executor executor, sandbox::SandboxSettings settings)
    : executor_(executor), sandbox_(executor, clock_, on_free_ports(std::move(settings))) {
  std::string pattern = (std::filesystem::temp_directory_path() / "dualwrite-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  sandbox_.start();
  const sandbox::Urls urls = sandbox_.urls();
  finops_ = std::make_unique<User>(executor_, clock_, urls.finops, urls.token, "/data/");
  dataverse_ = std::make_unique<User>(executor_, clock_, urls.dataverse, urls.token, "/api/data/v9.2/");
}

Stage::~Stage() {
  std::filesystem::remove_all(directory_);
}

Task<void> Stage::start_engine() {
  co_await start_engine(shipped_maps());
}

Task<void> Stage::start_engine(std::vector<maps::TableMap> maps) {
  const sandbox::Urls urls = sandbox_.urls();
  store::SqliteSettings sqlite;
  sqlite.file = (directory_ / "state.db").string();
  auto store = store::open_sqlite(executor_, std::move(sqlite));
  if (!store) throw std::runtime_error(store.error().text());
  store_ = std::move(*store);
  endpoint::ServiceSettings finops;
  finops.url = routes_[Side::finops].empty() ? urls.finops : routes_[Side::finops];
  finops.engine_id = "test";
  endpoint::ServiceSettings dataverse;
  dataverse.url = routes_[Side::dataverse].empty() ? urls.dataverse : routes_[Side::dataverse];
  dataverse.engine_id = "test";
  auto log = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_level(spdlog::level::err);
  sync::LinkOptions options;
  options.name = "test";
  options.engine_id = "test";
  options.delta_interval = milliseconds(50);
  options.scan_interval = milliseconds(100);
  engine_ = sync::make_engine(
      executor_, clock_, *store_,
      endpoint::make_finops(executor_, clock_, finops,
                            std::make_unique<ChangedReplies>(http::make_client(executor_, finops.url), on_finops_reply),
                            tokens_for(executor_, clock_, urls.finops, urls.token, "dualwrite", "sandbox-secret")),
      endpoint::make_dataverse(
          executor_, clock_, dataverse, http::make_client(executor_, dataverse.url),
          tokens_for(executor_, clock_, urls.dataverse, urls.token, "dualwrite", "sandbox-secret")),
      metrics_, std::move(options), std::move(log));
  for (maps::TableMap& map : maps) {
    if (change_map) change_map(map);
  }
  auto opened = co_await engine_->open(std::move(maps));
  if (!opened) throw std::runtime_error(opened.error().text());
  engine_->run();
  ingest_ = std::make_unique<capture::Ingest>(engine_->sink(), metrics_, Secret("key"));
  http::ServerSettings server;
  ingest_server_ = std::make_unique<http::Server>(
      executor_, server, [this](http::Request request) { return ingest_->handle(std::move(request)); },
      [](const std::string& what) { ADD_FAILURE() << what; });
  ingest_server_->start();
}

Task<void> Stage::fill_disk(bool full) {
  auto& threaded = dynamic_cast<store::sqlite::ThreadedStore&>(*store_);
  std::function<void()> limit = [&threaded, full] {
    auto limited = threaded.limit_pages(full ? 1 : 0);  // SQLite makes it what the file has already
    if (!limited) throw std::runtime_error(limited.error().text());
  };
  co_await threaded.writer().run(std::move(limit));
}

Task<void> Stage::stop_engine() {
  if (!engine_) co_return;
  co_await ingest_server_->stop();
  co_await engine_->stop();
  ingest_server_.reset();
  ingest_.reset();
  engine_.reset();
  store_.reset();
}

std::string Stage::ingest_origin() const {
  return "http://127.0.0.1:" + std::to_string(ingest_server_->port());
}

Task<void> Stage::notify_finops() {
  auto transport = http::make_client(executor_, sandbox_.urls().finops);
  http::Request request("POST", "/_sandbox/finops/notify");
  request.headers.add("Content-Type", "application/json");
  request.body = R"({"url":")" + ingest_origin() + R"(/ingest/finops","headers":{"x-dualwrite-key":"key"}})";
  const milliseconds limit(5000);
  auto response = co_await transport->send(std::move(request), limit);
  if (!response || response->status >= 300) throw std::runtime_error("the change notices were not registered");
}

Task<std::string> Stage::stats() {
  auto transport = http::make_client(executor_, sandbox_.urls().finops);
  http::Request request("GET", "/_sandbox/stats");
  const milliseconds limit(5000);
  auto response = co_await transport->send(std::move(request), limit);
  if (!response) throw std::runtime_error(response.error().text());
  co_return std::move(response->body);
}

Task<http::Response> Stage::dataverse_control(std::string what) {
  auto transport = http::make_client(executor_, sandbox_.urls().dataverse);
  http::Request request("POST", "/_sandbox/dataverse/" + what);
  const milliseconds limit(5000);
  auto response = co_await transport->send(std::move(request), limit);
  if (!response) throw std::runtime_error(response.error().text());
  co_return std::move(*response);
}

Task<void> Stage::stop() {
  co_await stop_engine();
  co_await sandbox_.stop();
  finops_.reset();
  dataverse_.reset();
}

Task<bool> Stage::until(std::function<Task<bool>()> done) {
  for (int look = 0; look < looks_max; ++look) {
    const bool reached = co_await done();
    if (reached) co_return true;
    co_await clock_.sleep(look_pause);
  }
  co_return false;
}

Task<sync::MapStatus> Stage::map(std::string name) {
  const sync::LinkStatus status = co_await control().status();
  for (const sync::MapStatus& map : status.maps) {
    if (map.name == name) co_return map;
  }
  throw std::runtime_error("no map " + name);
}

Task<bool> Stage::quiet(std::string name) {
  const Instant since = clock_.now();
  // Twice around after `since`: the first scan may have begun before.
  int rounds = 0;
  Instant last{};
  co_return co_await until([&, name, since]() -> Task<bool> {
    const sync::MapStatus now = co_await map(name);
    if (now.last_scan > since && now.last_scan != last) {
      last = now.last_scan;
      ++rounds;
    }
    co_return rounds >= 2 && now.last_delta > since&& now.pending == 0;
  });
}

Task<bool> Stage::synced(std::string name) {
  auto begun = co_await control().initial_sync(name, Side::finops);
  if (!begun) throw std::runtime_error(begun.error().text());
  co_return co_await until([this, name]() -> Task<bool> {
    const sync::MapStatus now = co_await map(name);
    co_return now.initial_sync.state == sync::InitialSyncProgress::State::done;
  });
}

Task<void> Stage::set_right(std::string company, bool allowed) {
  auto transport = http::make_client(executor_, sandbox_.urls().finops);
  http::Request request("POST", "/_sandbox/finops/rights");
  request.headers.add("Content-Type", "application/json");
  request.body = R"({"client":"dualwrite","company":")" + company + R"(","allowed":)" + (allowed ? "true}" : "false}");
  const milliseconds limit(5000);
  auto response = co_await transport->send(std::move(request), limit);
  if (!response || response->status >= 300) throw std::runtime_error("the right was not set");
}

Task<int> Stage::delete_finops(std::string account, std::string company) {
  auto response = co_await finops_->send(
      "DELETE", "CustomersV3(dataAreaId='" + company + "',CustomerAccount='" + account + "')?cross-company=true");
  co_return response.status;
}

Task<int> Stage::delete_dataverse(std::string account) {
  auto row = co_await dataverse_customer(account);
  if (!row) throw std::runtime_error("no account " + account);
  auto response = co_await dataverse_->send("DELETE", "accounts(" + row->find("accountid")->text() + ")");
  co_return response.status;
}

Task<std::optional<store::DeadLetter>> Stage::open_letter(std::optional<store::DeadLetterClass> error_class) {
  store::Filter filter;
  filter.state = store::DeadLetterState::open;
  filter.error_class = error_class;
  std::optional<store::DeadLetter> found;
  co_await until([&]() -> Task<bool> {
    auto letters = co_await control().dead_letters(filter);
    if (letters && !letters->empty()) found = letters->front();
    co_return found.has_value();
  });
  co_return found;
}

Task<void> Stage::add_customer(std::string account, std::string name, std::string company) {
  std::string body;
  odata::ObjectWriter writer(body);
  writer.member("dataAreaId", Value::string(company));
  writer.member("CustomerAccount", Value::string(account));
  writer.member("OrganizationName", Value::string(name));
  writer.member("PartyType", Value::string("Organization"));
  writer.close();
  auto response = co_await finops_->send("POST", "CustomersV3", std::move(body));
  if (response.status != 201)
    throw std::runtime_error("POST: " + std::to_string(response.status) + " " + response.body);
}

Task<void> Stage::add_account(std::string account, std::string name) {
  std::string body;
  odata::ObjectWriter writer(body);
  writer.member("accountnumber", Value::string(account));
  writer.member("name", Value::string(name));
  writer.member("msdyn_company@odata.bind", Value::string("/cdm_companies(cdm_companycode='usmf')"));
  writer.close();
  auto response = co_await dataverse_->send("POST", "accounts", std::move(body));
  if (response.status != 204) throw std::runtime_error("POST: " + response.body);
}

Task<std::optional<odata::Entity>> Stage::finops_customer(std::string account) {
  co_return co_await finops_->row("CustomersV3(dataAreaId='usmf',CustomerAccount='" + account +
                                  "')?cross-company=true");
}

Task<std::optional<odata::Entity>> Stage::dataverse_customer(std::string account) {
  auto response = co_await dataverse_->send("GET", "accounts?$filter=accountnumber%20eq%20%27" + account + "%27");
  auto page = odata::parse_page(response.body);
  if (!page) throw std::runtime_error(page.error().text());
  if (page->entities.empty()) co_return std::nullopt;
  if (page->entities.size() > 1) throw std::runtime_error("duplicate account " + account);
  co_return std::move(page->entities.front());
}

Task<std::string> Stage::finops_name(std::string account) {
  auto row = co_await finops_customer(std::move(account));
  co_return row ? row->find("OrganizationName")->text() : std::string("(no row)");
}

Task<std::string> Stage::dataverse_name(std::string account) {
  auto row = co_await dataverse_customer(std::move(account));
  co_return row ? row->find("name")->text() : std::string("(no row)");
}

Task<int> Stage::patch_finops(std::string account, std::string body) {
  auto response = co_await finops_->send(
      "PATCH", "CustomersV3(dataAreaId='usmf',CustomerAccount='" + account + "')?cross-company=true", std::move(body));
  co_return response.status;
}

Task<int> Stage::patch_dataverse(std::string account, std::string body) {
  auto row = co_await dataverse_customer(account);
  if (!row) throw std::runtime_error("no account " + account);
  const std::string id = row->find("accountid")->text();
  http::Headers headers;
  headers.add("If-Match", "*");
  auto response = co_await dataverse_->send("PATCH", "accounts(" + id + ")", std::move(body), std::move(headers));
  co_return response.status;
}

void play(std::function<Task<void>(Stage&)> scenario, sandbox::SandboxSettings settings) {
  const auto started = [&](Stage& stage) -> Task<void> {
    co_await stage.start_engine();
    co_await scenario(stage);
  };
  play_unstarted(started, std::move(settings));
}

void play_with(std::function<void(maps::TableMap&)> change_map, std::function<Task<void>(Stage&)> scenario) {
  const auto started = [&](Stage& stage) -> Task<void> {
    stage.change_map = change_map;
    co_await stage.start_engine();
    co_await scenario(stage);
  };
  play_unstarted(started);
}

void play_unstarted(std::function<Task<void>(Stage&)> scenario, sandbox::SandboxSettings settings) {
  run<void>([&](Executor executor) -> Task<void> {
    Stage stage(executor, settings);
    std::exception_ptr failure;
    try {
      co_await scenario(stage);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await stage.stop();
    if (failure) std::rethrow_exception(failure);
  });
}

}  // namespace dualwrite::test
