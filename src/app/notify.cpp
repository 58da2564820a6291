#include "app/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "app/text.hpp"

namespace dualwrite::app {
namespace {

constexpr std::size_t status_bytes_max = 400;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read at start, before there are threads
  return value == nullptr ? std::string() : std::string(value);
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Cut between two characters, not within one.
std::string one_line(std::string_view text) {
  std::string line = printable(text);
  if (line.size() <= status_bytes_max) return line;
  std::size_t end = status_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return line.substr(0, end) + "…";
}

}  // namespace

NotifyEnvironment notify_environment() {
  return {environment("NOTIFY_SOCKET"), environment("WATCHDOG_USEC"), environment("WATCHDOG_PID")};
}

Notifier::Notifier(NotifyEnvironment environment, int own_pid) {
  const bool known_kind = environment.socket.starts_with('/') || environment.socket.starts_with('@');
  if (!known_kind || environment.socket.size() >= sizeof(sockaddr_un::sun_path)) return;
  socket_ = std::move(environment.socket);
  const bool for_us = environment.watchdog_pid.empty() || whole_number(environment.watchdog_pid) == own_pid;
  const auto microseconds = whole_number(environment.watchdog_usec);
  if (!for_us || !microseconds || *microseconds < 1000) return;
  watchdog_ = std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(*microseconds));
}

bool Notifier::ready(std::string_view status) const {
  return send("READY=1\nSTATUS=" + one_line(status));
}
bool Notifier::status(std::string_view text) const {
  return send("STATUS=" + one_line(text));
}
bool Notifier::feed() const {
  return send("WATCHDOG=1");
}
bool Notifier::stopping() const {
  return send("STOPPING=1\nSTATUS=stopping");
}

bool Notifier::send(const std::string& message) const {
  if (!listening()) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int file = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return false;
  // An abstract name has exactly this length; a path has a zero byte behind it anyway.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const ssize_t sent = ::sendto(file, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  ::close(file);
  return sent == static_cast<ssize_t>(message.size());
}

}  // namespace dualwrite::app
