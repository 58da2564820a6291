#pragma once
// /_sandbox/: what the sandbox did, and what it is to do. Served on every port when the settings allow it.
#include "dualwrite/http/message.hpp"

namespace dualwrite::sandbox {

class TokenService;
class Dispatcher;
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
};

/// GET stats; POST finops/notify {"url":…,"headers":{…}}, DELETE finops/notify; POST finops/rights
/// {"client":…,"company":…,"allowed":false}; POST dataverse/expire-delta-tokens; POST tokens/revoke.
http::Response control(const Controlled& on, const http::Request& request);

}  // namespace dualwrite::sandbox
