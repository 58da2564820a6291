#pragma once
// One port of the sandbox: a server that can be shut like that of a process that died, and opened again.
#include <cstdint>
#include <memory>
#include <optional>

#include "dualwrite/http/server.hpp"

namespace dualwrite::sandbox {

class Door {
 public:
  /// Binds and listens at once, as http::Server does.
  Door(Executor executor, http::ServerSettings settings, http::Server::Handler handler);
  [[nodiscard]] std::uint16_t port() const noexcept { return settings_.port; }
  void start();
  Task<void> stop();

  /// Resets all connections. The port stays ours; who connects is refused.
  Task<void> shut();
  /// Serves again, after shut(). Throws std::system_error if the port has been lost.
  void open();

 private:
  void listen();
  Executor executor_;
  http::ServerSettings settings_;
  http::Server::Handler handler_;
  std::optional<http::HeldPort> held_;
  std::unique_ptr<http::Server> server_;  ///< nullptr while shut
};

}  // namespace dualwrite::sandbox
