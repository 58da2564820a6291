#include "sandbox/door.hpp"

#include <utility>

namespace dualwrite::sandbox {
namespace {
// The client has had its 500 by then, and the sandbox keeps no log.
void ignore(const std::string&) {}
}  // namespace

Door::Door(Executor executor, http::ServerSettings settings, http::Server::Handler handler)
    : executor_(executor), settings_(std::move(settings)), handler_(std::move(handler)) {
  listen();
}

void Door::listen() {
  server_ = std::make_unique<http::Server>(executor_, settings_, handler_, ignore);
  settings_.port = server_->port();
}

void Door::start() {
  server_->start();
}

Task<void> Door::stop() {
  held_.reset();
  if (server_ == nullptr) co_return;
  const std::unique_ptr<http::Server> old = std::move(server_);
  co_await old->stop();
}

Task<void> Door::shut() {
  const std::unique_ptr<http::Server> old = std::move(server_);
  co_await old->abort();
  held_.emplace(executor_, settings_.address, settings_.port);
}

void Door::open() {
  listen();
  held_.reset();
  server_->start();
}

}  // namespace dualwrite::sandbox
