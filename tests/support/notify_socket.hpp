#pragma once
// The service manager's end of the notification protocol: a datagram socket that a test reads.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace dualwrite::test {

class NotifySocket {
 public:
  /// Binds a path, or with '@' before it an abstract name.
  explicit NotifySocket(std::string name) : name_(std::move(name)), file_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file_ < 0 || name_.size() >= sizeof(address.sun_path)) throw std::runtime_error("no socket for " + name_);
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    if (::bind(file_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
      throw std::runtime_error("cannot bind " + name_ + ": " + std::strerror(errno));
    }
    const timeval limit{60, 0};
    setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~NotifySocket() {
    ::close(file_);
    if (name_.front() == '/') ::unlink(name_.c_str());
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// The next message, if one is there already.
  std::optional<std::string> poll() const { return receive(MSG_DONTWAIT); }
  /// Waits for a message with that line; what came before it is dropped. False after a minute without any.
  [[nodiscard]] bool await(const std::string& line) const {
    while (const auto message = receive(0)) {
      if (has_line(*message, line)) return true;
    }
    return false;
  }
  /// Everything that is there already.
  std::vector<std::string> drain() const {
    std::vector<std::string> all;
    while (auto message = poll()) all.push_back(*std::move(message));
    return all;
  }

  static bool has_line(const std::string& message, const std::string& line) {
    return ("\n" + message + "\n").find("\n" + line + "\n") != std::string::npos;
  }

 private:
  std::optional<std::string> receive(int flags) const {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(file_, buffer.data(), buffer.size(), flags);
    if (size < 0) return std::nullopt;
    return std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  std::string name_;
  int file_;
};

}  // namespace dualwrite::test
