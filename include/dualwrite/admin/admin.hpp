#pragma once
// The REST interface under /api/v1/, described by src/admin/openapi.json; beside it /metrics, /healthz and /readyz.
#include <functional>
#include <memory>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task.hpp"
#include "dualwrite/base/metrics.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/http/message.hpp"
#include "dualwrite/sync/engine.hpp"

namespace dualwrite::admin {

struct ApiSettings {
  /// Required as `Authorization: Bearer` or `x-dualwrite-key`. Empty: no credentials are asked for, and only requests
  /// whose Host is a loopback name are answered, so that no web page elsewhere can steer the daemon through a browser.
  /// /healthz and /readyz never ask for credentials.
  Secret key;
};

/// Whether the daemon can do its work now. `why` is for a person; empty when it is ready.
struct Readiness {
  bool ready = false;
  std::string why;
  Readiness() = default;
  Readiness(bool is_ready, std::string reason) : ready(is_ready), why(std::move(reason)) {}
};

/// Answers requests; the app gives handle() to an http::Server. What it is constructed with must outlive it. One
/// thread: the engine's executor.
class Api {
 public:
  using ReadinessCheck = std::function<Readiness()>;

  Api(sync::Control& control, Metrics& metrics, Clock& clock, std::string version, ApiSettings settings,
      ReadinessCheck readiness);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Never fails: whatever is wrong with the request, or refused by the engine, becomes a problem document (RFC 9457).
  /// What the engine throws is let through, for the server to answer 500 and to report.
  Task<http::Response> handle(http::Request request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dualwrite::admin
