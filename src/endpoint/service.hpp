#pragma once
// What both dialects share: authorised requests within the service's limits, batches, the clock offset, usage.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dualwrite/async/semaphore.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/odata/batch.hpp"
#include "endpoint/clock_offset.hpp"

namespace dualwrite::endpoint {

/// Two $filter conditions joined with "and"; either may be empty.
std::string both_conditions(const std::string& a, const std::string& b);

class Service {
 public:
  Service(Executor executor, Clock& clock, ServiceSettings settings, std::unique_ptr<http::Transport> transport,
          std::unique_ptr<http::TokenSource> tokens);

  /// Sends one request with a token; a 401 fetches a new token and repeats once, a second one is Errc::unauthorized.
  /// 429 and 503 pause the whole service for Retry-After and fail with Errc::throttled, as does every request until
  /// then. A web page where an OData service should answer is Errc::in_doubt. Other statuses are returned.
  Task<Result<http::Response>> call(http::Request request);
  /// A GET whose reply must be 200. `what` names it in errors.
  Task<Result<std::string>> get(std::string target, http::Headers headers, std::string what);
  /// One page of a scan: `first` where there is no continuation, else the service's own link. `what` names it in
  /// errors.
  Task<Result<ScanPage>> scan_page(std::string first, std::string continuation, http::Headers headers,
                                   std::string what);
  /// A $batch of parts; as many answers as parts, or fewer if the service stopped early. Goes out as several requests,
  /// one after the other, where one would be too large for the service, or its reply for us. A part that is too large
  /// by itself is answered 413.
  Task<Result<std::vector<odata::BatchResponsePart>>> batch(std::string target,
                                                            std::vector<odata::BatchRequestPart> parts);

  /// Path and query of an absolute link that must be the service's own. Errc::invalid otherwise: tokens go nowhere
  /// else.
  [[nodiscard]] Result<std::string> own_target(const std::string& link) const;

  [[nodiscard]] const ServiceSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] Usage usage() const { return usage_; }
  [[nodiscard]] ServiceClock clock(std::chrono::milliseconds granularity) const;
  /// A write of ours, sent and answered between the two, was given that stamp.
  void note_stamp(Instant sent, Instant received, Instant stamp, std::chrono::milliseconds granularity);
  [[nodiscard]] Instant now() const { return clock_.now(); }
  [[nodiscard]] EditTime on_our_clock(EditTime theirs) const;
  /// The interval of a stamp of that granularity, on our clock.
  [[nodiscard]] EditTime stamp(Instant stamp, std::chrono::milliseconds granularity) const;

 private:
  Task<Result<http::Response>> send(http::Request request, const std::string& token);
  /// One request. Refused whole with 413: that one answer.
  Task<Result<std::vector<odata::BatchResponsePart>>> send_batch(std::string target,
                                                                 std::span<const odata::BatchRequestPart> parts);
  void pause(const http::Response& response);
  /// Notes that a request got no usable answer, and since when that is so.
  void unanswered(std::string why);
  void answered();

  Clock& clock_;
  ServiceSettings settings_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<http::TokenSource> tokens_;
  Semaphore places_;
  ClockOffsetMeter dates_;
  ClockOffsetMeter stamps_;
  Usage usage_;
};

}  // namespace dualwrite::endpoint
