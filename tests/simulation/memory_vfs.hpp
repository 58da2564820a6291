#pragma once
// SQLite's files in memory: quick, gone with the object, forgetful when the power fails, and failing on demand.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace dualwrite::simulation {

/// Registered under a name of its own as long as it lives. One thread, one connection at a time.
class MemoryVfs {
 public:
  MemoryVfs();
  ~MemoryVfs();
  MemoryVfs(const MemoryVfs&) = delete;
  MemoryVfs& operator=(const MemoryVfs&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Asked at every write and sync: true makes it fail as a full or broken disk does.
  std::function<bool()> fails;
  /// The process has died: what it still does, such as tidying up when it closes its files, changes nothing any more.
  bool frozen = false;
  /// Asked for every write that was not synced when the power goes: true keeps it.
  void lose_power(const std::function<bool()>& kept);
  /// The process ends, the machine goes on: only what lies in shared memory is gone.
  void end_process();

  struct Write {
    std::int64_t offset = 0;
    std::string bytes;
    bool is_cut = false;  ///< the file was cut to `offset`
  };
  struct File {
    std::string data;
    std::string synced;
    std::vector<Write> unsynced;
    std::map<int, std::unique_ptr<std::string>> shared;  ///< the regions of the write-ahead log's index
  };
  /// Used by the functions that SQLite calls.
  std::map<std::string, File>& files() noexcept { return files_; }
  std::uint32_t random() { return static_cast<std::uint32_t>(generator_()); }
  bool failing() { return frozen || (fails && fails()); }

 private:
  struct Registration;
  std::string name_;
  std::map<std::string, File> files_;
  std::mt19937 generator_{1};
  std::unique_ptr<Registration> registration_;
};

}  // namespace dualwrite::simulation
