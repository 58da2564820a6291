#pragma once
// The HTTP front for events: /ingest/dataverse and /ingest/finops. Answers 2xx only after the marks are durable.
#include "dualwrite/async/task.hpp"
#include "dualwrite/base/metrics.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/capture/sink.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::capture {

/// One handler for an http::Server. `sink` and `metrics` must outlive it. With an empty key every caller is let in:
/// only for a listener on loopback.
class Ingest {
 public:
  Ingest(ChangeSink& sink, Metrics& metrics, Secret key);
  Task<http::Response> handle(http::Request request);

 private:
  ChangeSink& sink_;
  Secret key_;
  Cell& accepted_;
  Cell& refused_;
};

}  // namespace dualwrite::capture
