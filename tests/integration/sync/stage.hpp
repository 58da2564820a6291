#pragma once
// The whole engine against the sandbox in one process: real HTTP on loopback, a real state file, an OData client that
// plays the users of both sides.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/metrics.hpp"
#include "dualwrite/capture/ingest.hpp"
#include "dualwrite/http/server.hpp"
#include "dualwrite/http/token_source.hpp"
#include "dualwrite/http/transport.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/side.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/sandbox/sandbox.hpp"
#include "dualwrite/store/store.hpp"
#include "dualwrite/sync/make.hpp"

namespace dualwrite::test {

/// A user of one side, by plain OData.
class User {
 public:
  User(Executor executor, Clock& clock, const std::string& origin, const std::string& token_url, std::string root);
  Task<http::Response> send(std::string method, std::string path, std::string body = {}, http::Headers headers = {});
  /// GETs one row; nothing if it is not there.
  Task<std::optional<odata::Entity>> row(std::string path);

 private:
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<http::TokenSource> tokens_;
  std::string root_;
};

class Stage {
 public:
  explicit Stage(Executor executor, sandbox::SandboxSettings sandbox = {});
  ~Stage();

  /// Builds and opens an engine on the state file; the maps are those of config/maps, or others, changed by
  /// `change_map`.
  Task<void> start_engine();
  Task<void> start_engine(std::vector<maps::TableMap> maps);
  /// The engine meets that side at another origin from its next start on: something stands between.
  void reroute(Side side, std::string origin) { routes_[side] = std::move(origin); }
  /// Lets the state file not grow any more, as on a full disk, or grow again.
  Task<void> fill_disk(bool full);
  Task<void> stop_engine();
  /// Registers the sandbox's change notices with the engine's ingest (F&O only; Dataverse is covered by its delta).
  Task<void> notify_finops();
  /// GET /_sandbox/stats.
  Task<std::string> stats();
  /// POST /_sandbox/dataverse/<what>.
  Task<http::Response> dataverse_control(std::string what);
  Task<void> stop();

  /// Waits until `done` holds, looking again and again; gives up after a bounded number of looks.
  Task<bool> until(std::function<Task<bool>()> done);
  /// No record waits in the map and both safety nets have been around since now.
  Task<bool> quiet(std::string map);
  Task<sync::MapStatus> map(std::string name);
  /// Runs the initial sync of a map to its end.
  Task<bool> synced(std::string name);

  /// Called with every map before an engine opens it.
  std::function<void(maps::TableMap&)> change_map;
  /// Called with every reply of F&O to the engine: a network, or a service, that does not send what it should.
  std::function<void(const http::Request&, http::Response&)> on_finops_reply;

  /// Takes the engine's right on an F&O company, or gives it back.
  Task<void> set_right(std::string company, bool allowed);
  /// DELETEs a row as a user of either side.
  Task<int> delete_finops(std::string account, std::string company = "usmf");
  Task<int> delete_dataverse(std::string account);
  /// Waits for an open dead letter, of that class if one is given.
  Task<std::optional<store::DeadLetter>> open_letter(std::optional<store::DeadLetterClass> error_class);

  sync::Control& control() { return engine_->control(); }
  [[nodiscard]] sandbox::Urls urls() const { return sandbox_.urls(); }
  [[nodiscard]] std::string ingest_origin() const;
  Metrics& metrics() { return metrics_; }
  Executor executor() { return executor_; }
  User& finops() { return *finops_; }
  User& dataverse() { return *dataverse_; }
  Clock& clock() { return clock_; }

  Task<void> add_customer(std::string account, std::string name, std::string company = "usmf");
  Task<void> add_account(std::string account, std::string name);
  Task<std::optional<odata::Entity>> finops_customer(std::string account);
  Task<std::optional<odata::Entity>> dataverse_customer(std::string account);
  Task<std::string> finops_name(std::string account);
  Task<std::string> dataverse_name(std::string account);
  /// PATCHes one column of a customer on a side, as a user.
  Task<int> patch_finops(std::string account, std::string body);
  Task<int> patch_dataverse(std::string account, std::string body);

 private:
  Executor executor_;
  SystemClock clock_;
  std::filesystem::path directory_;
  sandbox::Sandbox sandbox_;
  Metrics metrics_;
  PerSide<std::string> routes_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<sync::Engine> engine_;
  std::unique_ptr<capture::Ingest> ingest_;
  std::unique_ptr<http::Server> ingest_server_;
  std::unique_ptr<User> finops_;
  std::unique_ptr<User> dataverse_;
};

/// Runs one scenario: a stage with a started engine before it, everything stopped after it.
void play(std::function<Task<void>(Stage&)> scenario, sandbox::SandboxSettings settings = {});
/// The same with maps that are changed before.
void play_with(std::function<void(maps::TableMap&)> change_map, std::function<Task<void>(Stage&)> scenario);
/// The same with the engine still to be started.
void play_unstarted(std::function<Task<void>(Stage&)> scenario, sandbox::SandboxSettings settings = {});

}  // namespace dualwrite::test
