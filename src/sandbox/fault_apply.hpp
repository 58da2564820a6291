#pragma once
// Carries out what the rules decide about requests. What befalls events is the dispatcher's.
#include <functional>
#include <optional>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task.hpp"
#include "dualwrite/http/message.hpp"
#include "sandbox/faults.hpp"

namespace dualwrite::sandbox {

/// A service as a function.
using Serve = std::function<Task<http::Response>(http::Request)>;
/// Takes over a request that is to be carried out after the delay. May let it fall.
using ServeLater = std::function<void(Side, http::Request, std::chrono::milliseconds)>;

/// What the rules see of a request; of a $batch its parts too, as far as it can be read.
RequestFacts request_facts(Side side, const http::Request& request);

/// The answer to a request that is refused: the body that the service has for the status, and Retry-After.
http::Response refusal(Side side, const Fault& fault);

/// Serves one request as the rules will have it. Throws http::HangUp where no whole answer is to arrive. What is passed
/// by reference must live until it has ended.
Task<http::Response> serve_with_faults(Faults& faults, Clock& clock, Side side, http::Request request,
                                       const Serve& serve, const ServeLater& later);

/// The rules for the parts of one batch; of no effect where there are none.
class BatchFaults {
 public:
  /// `faults` may be nullptr, and must outlive it.
  BatchFaults(Faults* faults, Side side, const http::Request& batch);
  http::Response run(const http::Request& part, const std::function<http::Response()>& carry_out) const;
  /// The two halves of run(): the answer in place of carrying the part out, and what becomes of its answer.
  [[nodiscard]] std::optional<http::Response> refused(const http::Request& part) const;
  [[nodiscard]] http::Response shortened(const http::Request& part, http::Response response) const;

 private:
  Faults* faults_;
  Side side_;
  RequestFacts batch_;
};

}  // namespace dualwrite::sandbox
