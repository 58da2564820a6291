#pragma once
// /_sandbox/: what the sandbox did, and what it is to do. Served on every port when the settings allow it.
#include <chrono>
#include <functional>

#include "dualwrite/http/message.hpp"

namespace dualwrite::sandbox {

class TokenService;
class Dispatcher;
class Faults;
namespace dataverse {
class Service;
}
namespace finops {
class Service;
}

/// What control reaches.
struct Controlled {
  dataverse::Service* dataverse = nullptr;
  finops::Service* finops = nullptr;
  TokenService* tokens = nullptr;
  const Dispatcher* webhooks = nullptr;  ///< may be nullptr
  const Dispatcher* notices = nullptr;
  Faults* faults = nullptr;                                ///< may be nullptr: then no rules
  std::function<bool(std::chrono::milliseconds)> restart;  ///< begins one; false: one is under way. May be empty
};

/// docs/SANDBOX.md lists what there is.
http::Response control(const Controlled& on, const http::Request& request);

}  // namespace dualwrite::sandbox
