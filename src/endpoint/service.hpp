#pragma once
// What both dialects share: authorised requests within the service's limits, batches, the clock offset, usage.
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dualwrite/async/priority_gate.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/odata/batch.hpp"
#include "endpoint/budget.hpp"
#include "endpoint/clock_offset.hpp"

namespace dualwrite::endpoint {

/// Two $filter conditions joined with "and"; either may be empty.
std::string both_conditions(const std::string& a, const std::string& b);

class Service {
 public:
  Service(Executor executor, Clock& clock, ServiceSettings settings, std::unique_ptr<http::Transport> transport,
          Users users);

  /// Sends one request with a token; a 401 fetches a new token and repeats once, a second one is Errc::unauthorized.
  /// 429 and 503 rest the user for Retry-After, 503 the whole service; once none is left, requests fail with
  /// Errc::throttled until the first may go on. Fewer requests go out at once after that, and more again as they are
  /// answered. `account` is the map that a request is for: its urgency decides who goes first. A web page where an
  /// OData service should answer is Errc::in_doubt. Other statuses are returned.
  Task<Result<http::Response>> call(http::Request request, std::string account = std::string());
  /// A GET whose reply must be 200. `what` names it in errors.
  Task<Result<std::string>> get(std::string target, http::Headers headers, std::string what,
                                std::string account = std::string());
  /// One page of a scan: `first` where there is no continuation, else the service's own link. `what` names it in
  /// errors.
  Task<Result<ScanPage>> scan_page(std::string first, std::string continuation, http::Headers headers, std::string what,
                                   std::string account = std::string());
  /// A $batch of parts; as many answers as parts, or fewer if the service stopped early. Goes out as several requests,
  /// one after the other, where one would be too large for the service, or its reply for us. A part that is too large
  /// by itself is answered 413.
  Task<Result<std::vector<odata::BatchResponsePart>>> batch(std::string target,
                                                            std::vector<odata::BatchRequestPart> parts,
                                                            std::string account = std::string());

  /// Path and query of an absolute link that must be the service's own. Errc::invalid otherwise: tokens go nowhere
  /// else.
  [[nodiscard]] Result<std::string> own_target(const std::string& link) const;

  [[nodiscard]] const ServiceSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] Usage usage() const;
  /// When the first user may go on.
  [[nodiscard]] Instant paused_until() const;
  void set_urgency(const std::string& map, Urgency urgency) { urgency_[map] = urgency; }
  [[nodiscard]] ServiceClock clock(std::chrono::milliseconds granularity) const;
  /// A write of ours, sent and answered between the two, was given that stamp.
  void note_stamp(Instant sent, Instant received, Instant stamp, std::chrono::milliseconds granularity);
  [[nodiscard]] Instant now() const { return clock_.now(); }
  [[nodiscard]] EditTime on_our_clock(EditTime theirs) const;
  /// The interval of a stamp of that granularity, on our clock.
  [[nodiscard]] EditTime stamp(Instant stamp, std::chrono::milliseconds granularity) const;

 private:
  Task<Result<http::Response>> send(http::Request request, const std::string& authorization,
                                    const std::string& account);
  /// One request. Refused whole with 413: that one answer.
  Task<Result<std::vector<odata::BatchResponsePart>>> send_batch(std::string target,
                                                                 std::span<const odata::BatchRequestPart> parts,
                                                                 std::string account);
  /// One application user, and until when it rests.
  struct User {
    explicit User(std::unique_ptr<http::TokenSource> t) : tokens(std::move(t)) {}
    std::unique_ptr<http::TokenSource> tokens;
    Instant paused_until{};
  };
  /// The next that does not rest; nullptr if all do.
  User* next_user();
  void pause(const http::Response& response, User& user);
  /// Notes that a request got no usable answer, and since when that is so.
  void unanswered(std::string why);
  void answered();

  Clock& clock_;
  ServiceSettings settings_;
  std::unique_ptr<http::Transport> transport_;
  std::vector<User> users_;
  std::size_t turn_ = 0;
  PriorityGate gate_;
  Budget budget_;
  std::map<std::string, Urgency> urgency_;
  ClockOffsetMeter dates_;
  ClockOffsetMeter stamps_;
  Usage usage_;
};

}  // namespace dualwrite::endpoint
