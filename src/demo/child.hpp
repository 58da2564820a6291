#pragma once
// A child process that says in one JSON line when it is ready, and is always ended and waited for.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/error.hpp"

namespace dualwrite::demo {

/// Owns the process: the destructor ends it. Its stdout and stderr go to files. One thread; start it from the main
/// thread, whose end would kill it.
class Child {
 public:
  /// Starts `arguments` (the program first) with additional environment variables. Errc::unavailable when it cannot.
  static Result<Child> start(std::string name, const std::vector<std::string>& arguments,
                             const std::map<std::string, std::string>& environment, const std::string& directory);
  Child(Child&& from) noexcept;
  Child& operator=(Child&& from) noexcept;
  ~Child();

  /// The first line of its stdout, as soon as it is complete. Errc::unavailable with the end of its stderr when the
  /// process ends before, or when `limit` is over.
  Task<Result<std::string>> first_line(Clock& clock, std::chrono::milliseconds limit);

  /// True until it has ended; then says how in ending().
  bool running() noexcept;
  [[nodiscard]] std::string ending() const;
  /// It has ended, with status 0.
  [[nodiscard]] bool succeeded() const noexcept { return pid_ == 0 && status_ == 0; }

  /// SIGTERM, after ten seconds SIGKILL; waits for the end. Does nothing when it has ended.
  void stop() noexcept;

  /// SIGKILL, as a crash or the kernel would; waits for the end.
  void crash() noexcept;

  [[nodiscard]] std::string stderr_tail() const;

 private:
  void reap() noexcept;

  Child(std::string name, int pid, std::string out_file, std::string error_file);

  std::string name_;
  int pid_ = 0;  ///< 0: ended and waited for, or moved away
  int status_ = 0;
  std::string out_file_;
  std::string error_file_;
};

}  // namespace dualwrite::demo
