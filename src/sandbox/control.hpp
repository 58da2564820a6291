#pragma once
// /_sandbox/: what the sandbox did, and what it is to do. Served on every port when the settings allow it.
#include <chrono>
#include <functional>
#include <string>

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

class Snapshots;
class SkewedClock;
struct Meter;

/// What control reaches.
struct Controlled {
  dataverse::Service* dataverse = nullptr;
  finops::Service* finops = nullptr;
  TokenService* tokens = nullptr;
  const Dispatcher* webhooks = nullptr;  ///< may be nullptr
  const Dispatcher* notices = nullptr;
  Faults* faults = nullptr;                                ///< may be nullptr: then no rules
  std::function<bool(std::chrono::milliseconds)> restart;  ///< begins one; false: one is under way. May be empty
  Snapshots* snapshots = nullptr;                          ///< nullptr: none can be taken
  const std::string* initial = nullptr;                    ///< saved_services() of the start; nullptr: no reset
  SkewedClock* dataverse_clock = nullptr;
  SkewedClock* finops_clock = nullptr;
  const Meter* dataverse_meter = nullptr;
  const Meter* finops_meter = nullptr;
};

/// What both services hold, without tokens and events on their way.
std::string saved_services(const Controlled& on);

/// docs/SANDBOX.md lists what there is.
http::Response control(const Controlled& on, const http::Request& request);

}  // namespace dualwrite::sandbox
