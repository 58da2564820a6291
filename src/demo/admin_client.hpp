#pragma once
// The daemon's REST interface, as a client without any of its headers sees it.
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "demo/accounting.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/http/transport.hpp"
#include "dualwrite/model/side.hpp"

namespace dualwrite::demo {

struct SyncReport {
  std::string state;  ///< never, running, done, failed
  std::int64_t read = 0;
  std::int64_t settled = 0;
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t failed = 0;
  std::string error;
};

struct MapReport {
  std::string name;
  std::string state;
  std::string reason;
  std::int64_t couplings = 0;
  std::int64_t pending = 0;
  std::int64_t parked = 0;
  std::int64_t dead_letters = 0;
  std::int64_t conflicts = 0;
  std::int64_t echoes = 0;
  PerSide<std::int64_t> written{0, 0};  ///< rows created, updated and deleted on that side
  Instant last_scan{};
  Instant last_delta{};
  std::string last_error;
};

struct DeadLetterReport {
  std::int64_t id = 0;
  std::string map;
  std::string key;
  std::string side;
  std::string state;
  std::string error;
  std::string closed_by;
};

/// Statuses other than 2xx come back as Errc::refused (404: not_found, 409: precondition) with the problem's words.
class AdminClient {
 public:
  AdminClient(Executor executor, const std::string& origin);

  Task<Result<std::vector<MapReport>>> maps();
  Task<Result<void>> begin_initial_sync(std::string map);
  Task<Result<SyncReport>> initial_sync(std::string map);
  /// `action`: start, pause, resume or stop.
  Task<Result<void>> change_map(std::string map, std::string action);
  Task<Result<std::vector<DeadLetterReport>>> open_dead_letters();
  Task<Result<DeadLetterReport>> dead_letter(std::int64_t id);
  /// The outcome's name: resolved, refused or queued.
  Task<Result<std::string>> replay(std::int64_t id);
  /// Every loser that the map's journal holds, newest first; values canonical.
  Task<Result<std::vector<JournalledLoser>>> losers(MapFile map);
  /// What the record's journal says was written, values canonical.
  Task<Result<std::vector<JournalledWrite>>> writes(MapFile map, std::string key);
  /// Requests sent to the endpoints since the daemon started.
  Task<Result<std::int64_t>> api_calls();

 private:
  Task<Result<nlohmann::json>> call(std::string method, std::string target, std::string body);

  std::unique_ptr<http::Transport> transport_;
};

}  // namespace dualwrite::demo
