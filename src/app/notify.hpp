#pragma once
// Tells the service manager how the daemon is: the protocol of sd_notify(3), which is one datagram for each message.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dualwrite::app {

/// What the service manager put into the environment. Empty strings are unset variables.
struct NotifyEnvironment {
  std::string socket;         ///< NOTIFY_SOCKET: a path, or a name in the abstract namespace after '@'
  std::string watchdog_usec;  ///< WATCHDOG_USEC
  std::string watchdog_pid;   ///< WATCHDOG_PID: whom the watchdog is meant for; unset: whoever sees it
};

NotifyEnvironment notify_environment();

/// Without a socket it does nothing. Never waits: a message that the manager does not take at once is not sent.
class Notifier {
 public:
  Notifier(NotifyEnvironment environment, int own_pid);

  /// Somebody listens.
  [[nodiscard]] bool listening() const noexcept { return !socket_.empty(); }
  /// How often the manager wants to hear feed(), at the latest; nothing: it does not watch this process.
  [[nodiscard]] std::optional<std::chrono::milliseconds> watchdog() const noexcept { return watchdog_; }

  /// True if it was sent, as are all below. `status` as in status().
  bool ready(std::string_view status) const;
  /// One line for people, `systemctl status` shows it. Control characters are cut out: a line end would begin another
  /// assignment of the protocol.
  bool status(std::string_view text) const;
  bool feed() const;
  bool stopping() const;

 private:
  bool send(const std::string& message) const;

  std::string socket_;
  std::optional<std::chrono::milliseconds> watchdog_;
};

}  // namespace dualwrite::app
