#pragma once
// The daemon, life after life: the product's engine, endpoints and ingest on the simulated network and state file.
#include <spdlog/logger.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "dualwrite/base/metrics.hpp"
#include "dualwrite/capture/ingest.hpp"
#include "dualwrite/sync/make.hpp"
#include "simulation/inline_store.hpp"
#include "simulation/memory_vfs.hpp"
#include "simulation/network.hpp"
#include "simulation/terms.hpp"

namespace dualwrite::simulation {

extern const char* const map_name;

/// "usmf|a1" is a1.
std::string account_of(const RecordKey& key);

class Node {
 public:
  Node(Executor executor, Clock& clock, Dice& dice, const Terms& terms, Network& network, MemoryVfs& vfs,
       std::shared_ptr<spdlog::logger> log);

  /// Starts a life; false if it could not (the state file failed).
  Task<bool> start();
  /// From this very moment nothing that this life does has any effect. end() must follow.
  void kill() noexcept {
    *dead_ = true;
    vfs_.frozen = true;
  }
  /// Waits until the engine is gone; a graceful end if it was not killed.
  Task<void> end();

  /// Keeps the engine in being while somebody talks to it, as the HTTP server does for its handlers.
  class Visit {
   public:
    explicit Visit(int& count) : count_(count) { ++count_; }
    ~Visit() { --count_; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    int& count_;
  };
  [[nodiscard]] Visit visit() { return Visit(visits_); }

  [[nodiscard]] bool alive() const noexcept { return open_ && !*dead_; }
  sync::Control& control() { return engine_->control(); }
  /// The versions of the two rows of that account, if the daemon knows, durably, that there are two. Nothing while a
  /// life is ending.
  Task<std::optional<PerSide<std::string>>> couples(std::string account);
  /// What the state file holds of a record: its rows' versions, and whether writes are in doubt.
  struct Stored {
    PerSide<std::string> tokens;
    PerSide<bool> doubts{false, false};
  };
  /// By account. Of a life that has ended, what it left.
  const std::map<std::string, Stored>& stored();
  /// An event; 0 while nobody listens.
  Task<int> ingest(http::Request request);

  /// At each named point the life ends with this chance, in a thousand.
  std::uint64_t crash_at_points = 0;

 private:
  Executor executor_;
  Clock& clock_;
  Dice& dice_;
  const Terms& terms_;
  Network& network_;
  MemoryVfs& vfs_;
  std::shared_ptr<spdlog::logger> log_;
  std::shared_ptr<bool> dead_ = std::make_shared<bool>(true);
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<InlineStore> store_;
  std::unique_ptr<sync::Engine> engine_;
  std::unique_ptr<capture::Ingest> ingest_;
  std::map<std::string, Stored> stored_;
  std::optional<MapId> map_;  ///< once a life has stored it
  int visits_ = 0;
  bool open_ = false;  ///< the engine is there to be talked to
};

}  // namespace dualwrite::simulation
