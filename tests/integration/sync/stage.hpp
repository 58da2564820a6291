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

  /// What is changed in each map before an engine is built; nothing at first.
  std::function<void(maps::TableMap&)> adjust;
  /// Builds and opens an engine on the state file; the maps are those of config/maps.
  Task<void> start_engine();
  Task<void> stop_engine();
  /// Registers the sandbox's change notices with the engine's ingest (F&O only; Dataverse is covered by its delta).
  Task<void> notify_finops();
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

  /// Waits for an open dead letter, of that class unless it is empty.
  Task<std::optional<store::DeadLetter>> open_letter(std::string error_class);

  sync::Control& control() { return engine_->control(); }
  User& finops() { return *finops_; }
  User& dataverse() { return *dataverse_; }
  Clock& clock() { return clock_; }

  Task<void> add_customer(std::string account, std::string name);
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
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<sync::Engine> engine_;
  std::unique_ptr<capture::Ingest> ingest_;
  std::unique_ptr<http::Server> ingest_server_;
  std::unique_ptr<User> finops_;
  std::unique_ptr<User> dataverse_;
};

/// Runs one scenario: a stage with a started engine before it, everything stopped after it.
void play(std::function<Task<void>(Stage&)> scenario);
/// The same with maps that are changed before.
void play_with(std::function<void(maps::TableMap&)> adjust, std::function<Task<void>(Stage&)> scenario);

}  // namespace dualwrite::test
