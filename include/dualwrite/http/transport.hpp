#pragma once
// The seam between the endpoints and the network.
#include <chrono>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::http {

/// Sends requests to one origin.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Any status is a success here. Fails with Errc::unavailable when nothing was sent (no connection), Errc::in_doubt
  /// when the request may have been received (no reply, a cut reply, the time was over), Errc::limit when the reply is
  /// larger than allowed (in doubt, too, as far as effects go). Never repeats a request by itself, except that an idle
  /// pooled connection which the server had closed before a byte of the request was acknowledged is replaced for
  /// methods GET and HEAD. Call from the executor's thread.
  /// Cancellation closes the connection and throws system_error operation_aborted; then, too, the request may have been
  /// received. The time limit covers everything, waiting for a free connection included.
  virtual Task<Result<Response>> send(Request request, std::chrono::milliseconds time_limit) = 0;
};

}  // namespace dualwrite::http
