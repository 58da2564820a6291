// The first act: both children, the configuration between them, and the registrations.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "demo/stage.hpp"
#include "dualwrite/base/uuid.hpp"

namespace dualwrite::demo {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::chrono::seconds start_limit{60};
constexpr const char* secret_variable = "DUALWRITE_SANDBOX_SECRET";
constexpr const char* ingest_variable = "DUALWRITE_INGEST_KEY";

std::string own_executable() {
  std::error_code problem;
  return fs::read_symlink("/proc/self/exe", problem).string();
}

/// The directory with the three map files: as given, beside the executable, in the source tree, or as installed.
Result<std::string> find_maps(const DemoOptions& options, const std::string& binary) {
  std::vector<fs::path> places;
  if (!options.config_dir.empty()) {
    places = {fs::path(options.config_dir) / "maps"};
  } else {
    const fs::path beside = fs::path(binary).parent_path();
    places = {beside / "../share/dualwrite/maps", fs::path(DUALWRITE_SOURCE_DIR) / "config/maps",
              "/usr/share/dualwrite/maps"};
  }
  for (const fs::path& place : places) {
    std::error_code problem;
    if (fs::exists(place / "customers.json", problem)) return fs::canonical(place, problem).string();
  }
  return fail(Errc::not_found, "looking for the table maps: there is no customers.json in " + places.front().string(),
              "name the directory that holds maps/ with --config-dir");
}

Result<json> parse_ready(const std::string& who, const std::string& line) {
  json ready = json::parse(line, nullptr, false);
  if (ready.is_discarded() || !ready.is_object()) {
    return fail(Errc::invalid,
                "starting the " + who + ": it said \"" + line.substr(0, 200) + "\" instead of its addresses");
  }
  return ready;
}

Result<std::string> address_in(const json& ready, const char* name) {
  const auto it = ready.find(name);
  if (it == ready.end() || !it->is_string())
    return fail(Errc::invalid, std::string("a child did not say its address \"") + name + "\"");
  return it->get<std::string>();
}

std::string config_file(const Stage& stage) {
  return stage.directory + "/dualwrite.json";
}

json endpoint_settings(const char* dialect, const std::string& url, const std::string& token_url) {
  json token;
  token["url"] = token_url;
  token["clientId"] = "dualwrite";
  token["clientSecret"]["env"] = secret_variable;
  token["scope"] = url + "/.default";
  json endpoint;
  endpoint["url"] = url;
  endpoint["dialect"] = dialect;
  endpoint["token"] = std::move(token);
  return endpoint;
}

/// "127.0.0.1:port" of an address chosen before, else any free port.
std::string listen_address(const std::string& url) {
  http::Url parts;
  if (url.empty() || !http::parse_url(url, parts)) return "127.0.0.1:0";
  return parts.host + ":" + parts.port;
}

std::string port_of(const std::string& url) {
  http::Url parts;
  if (url.empty() || !http::parse_url(url, parts)) return "0";
  return parts.port;
}

std::string configuration(const Stage& stage) {
  json link;
  link["name"] = "demo";
  link["finops"] = endpoint_settings("finops", stage.origins[Side::finops], stage.token_url);
  link["dataverse"] = endpoint_settings("dataverse", stage.origins[Side::dataverse], stage.token_url);
  link["capture"]["deltaIntervalMs"] = stage.delta_interval.count();
  link["capture"]["scanIntervalMs"] = stage.scan_interval.count();
  for (const char* name : map_names) link["maps"].push_back(stage.map_directory + "/" + name + ".json");
  json root;
  root["state"]["file"] = stage.directory + "/state.db";
  root["log"]["level"] = stage.options.log_level;
  root["admin"]["listen"] = listen_address(stage.admin_url);
  root["ingest"]["listen"] = listen_address(stage.ingest_url);
  root["ingest"]["key"]["env"] = ingest_variable;
  root["links"].push_back(std::move(link));
  return root.dump(2) + "\n";
}

/// What the configuration takes from the environment.
std::map<std::string, std::string> secrets_of(const Stage& stage) {
  return {{secret_variable, "sandbox-secret"}, {ingest_variable, stage.ingest_key}};
}

/// Waits for a verb that ends by itself.
Task<Result<void>> expect_end(Stage& stage, Child& verb) {
  constexpr std::chrono::milliseconds look(20);
  for (std::chrono::milliseconds waited(0); verb.running(); waited += look) {
    if (waited >= start_limit) co_return fail(Errc::unavailable, "registering webhooks did not end");
    co_await stage.clock.sleep(look);
  }
  if (verb.succeeded()) co_return Result<void>();
  co_return fail(Errc::unavailable, "registering webhooks: " + verb.ending() + "\n" + verb.stderr_tail());
}

/// What an administrator does: a service endpoint and three asynchronous steps for each map's table.
Task<Result<void>> register_webhooks(Stage& stage) {
  for (const MapFile& map : stage.maps) {
    const std::vector<std::string> arguments{stage.binary,       "endpoints", "register",       map.name, "--config",
                                             config_file(stage), "--url",     stage.ingest_url, "--apply"};
    auto verb = Child::start("register", arguments, secrets_of(stage), stage.directory);
    if (!verb) co_return std::unexpected(std::move(verb).error());
    auto ended = co_await expect_end(stage, *verb);
    if (!ended) co_return ended;
  }
  co_return Result<void>();
}

/// The sandbox stands in for F&O code that posts its changes.
Task<Result<void>> register_posted_changes(Stage& stage) {
  json wish;
  wish["url"] = stage.ingest_url + "/ingest/finops";
  wish["headers"]["x-dualwrite-key"] = stage.ingest_key;
  http::Request request("POST", "/_sandbox/finops/notify");
  request.body = wish.dump();
  auto response = co_await stage.session(Side::finops).send(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status < 200 || response->status > 299) {
    co_return std::unexpected(reply_error("POST /_sandbox/finops/notify", *response));
  }
  co_return Result<void>();
}

Result<void> write_configuration(const Stage& stage) {
  const std::string path = config_file(stage);
  std::ofstream file(path);
  file << configuration(stage);
  file.close();
  if (!file) return fail(Errc::storage, "writing " + path + ": the file cannot be written");
  return {};
}

}  // namespace

Task<Result<void>> start_sandbox(Stage& stage) {
  std::vector<std::string> arguments{stage.binary,
                                     "sandbox",
                                     "--control",
                                     "--dataverse-port",
                                     port_of(stage.origins[Side::dataverse]),
                                     "--finops-port",
                                     port_of(stage.origins[Side::finops]),
                                     "--token-port",
                                     port_of(stage.token_url)};
  arguments.insert(arguments.end(), stage.sandbox_arguments.begin(), stage.sandbox_arguments.end());
  auto child = Child::start("sandbox", arguments, {}, stage.directory);
  if (!child) co_return std::unexpected(std::move(child).error());
  stage.sandbox = *std::move(child);
  auto line = co_await stage.sandbox->first_line(stage.clock, start_limit);
  if (!line) co_return std::unexpected(std::move(line).error());
  auto ready = parse_ready("sandbox", *line);
  if (!ready) co_return std::unexpected(std::move(ready).error());
  const std::pair<const char*, std::string*> wanted[] = {{"finops", &stage.origins[Side::finops]},
                                                         {"dataverse", &stage.origins[Side::dataverse]},
                                                         {"token", &stage.token_url}};
  for (const auto& [name, into] : wanted) {
    auto address = address_in(*ready, name);
    if (!address) co_return std::unexpected(std::move(address).error());
    *into = *std::move(address);
  }
  co_return Result<void>();
}

Result<void> launch_daemon(Stage& stage, std::map<std::string, std::string> environment) {
  auto written = write_configuration(stage);
  if (!written) return written;
  const std::vector<std::string> arguments{stage.binary, "serve", "--config", config_file(stage), "--announce"};
  environment.merge(secrets_of(stage));
  auto child = Child::start("daemon", arguments, environment, stage.directory);
  if (!child) return std::unexpected(std::move(child).error());
  stage.daemon = *std::move(child);
  return {};
}

Task<Result<void>> start_daemon(Stage& stage) {
  std::map<std::string, std::string> environment;
  auto launched = launch_daemon(stage, std::move(environment));
  if (!launched) co_return launched;
  auto line = co_await stage.daemon->first_line(stage.clock, start_limit);
  if (!line) co_return std::unexpected(std::move(line).error());
  auto ready = parse_ready("daemon", *line);
  if (!ready) co_return std::unexpected(std::move(ready).error());
  auto admin = address_in(*ready, "admin");
  if (!admin) co_return std::unexpected(std::move(admin).error());
  auto ingest = address_in(*ready, "ingest");
  if (!ingest) co_return std::unexpected(std::move(ingest).error());
  stage.admin_url = *std::move(admin);
  stage.ingest_url = *std::move(ingest);
  stage.admin = std::make_unique<AdminClient>(stage.executor, stage.admin_url);
  co_return Result<void>();
}

Task<Result<void>> open_stage(Stage& stage) {
  stage.binary = stage.options.binary.empty() ? own_executable() : stage.options.binary;
  auto maps = find_maps(stage.options, stage.binary);
  if (!maps) co_return std::unexpected(std::move(maps).error());
  stage.map_directory = *std::move(maps);
  for (const char* name : map_names) {
    auto map = read_map_file(stage.map_directory + "/" + name + ".json");
    if (!map) co_return std::unexpected(std::move(map).error());
    stage.maps.push_back(*std::move(map));
  }

  auto sandbox = co_await start_sandbox(stage);
  if (!sandbox) co_return sandbox;
  Login login;
  login.token_url = stage.token_url;
  for (const Side side : both_sides) {
    stage.sessions[side] = std::make_unique<Session>(stage.executor, stage.clock, side, stage.origins[side], login);
  }

  stage.ingest_key = random_uuid();
  auto started = co_await start_daemon(stage);
  if (!started) co_return started;
  stage.say("sandbox: F&O " + stage.origins[Side::finops] + ", Dataverse " + stage.origins[Side::dataverse]);
  stage.say("daemon:  " + stage.admin_url);
  if (stage.options.delta_only) co_return Result<void>();

  auto webhooks = co_await register_webhooks(stage);
  if (!webhooks) co_return webhooks;
  auto posted = co_await register_posted_changes(stage);
  co_return posted;
}

}  // namespace dualwrite::demo
