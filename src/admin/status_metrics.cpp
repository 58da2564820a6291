#include "admin/status_metrics.hpp"

#include <array>

namespace dualwrite::admin {
namespace {

constexpr std::array map_states{store::MapState::stopped, store::MapState::initial_sync, store::MapState::running,
                                store::MapState::paused,  store::MapState::catching_up,  store::MapState::held};

std::int64_t unix_seconds(Instant at) noexcept {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

void update_written(Metrics& metrics, const sync::MapStatus& map, Side side) {
  const sync::WriteCounters& written = map.written[side];
  const std::pair<const char*, std::int64_t> counts[] = {
      {"created", written.created}, {"updated", written.updated}, {"deleted", written.deleted}};
  for (const auto& [action, count] : counts) {
    Metrics::Labels labels{{"map", map.name}, {"side", std::string(to_string(side))}, {"action", action}};
    metrics.cell(MetricKind::counter, "dualwrite_rows_written_total", "Rows written, by target side", std::move(labels))
        .set(count);
  }
}

void update_map(Metrics& metrics, const sync::MapStatus& map) {
  const Metrics::Labels labels{{"map", map.name}};
  const auto gauge = [&metrics, &labels](const char* name, const char* help, std::int64_t value) {
    metrics.cell(MetricKind::gauge, name, help, labels).set(value);
  };
  gauge("dualwrite_couplings", "Records that are coupled", map.couplings);
  gauge("dualwrite_pending_records", "Records waiting in lanes or parked", map.pending);
  gauge("dualwrite_parked_records", "Records waiting for a parent or for proof of a deletion", map.parked);
  gauge("dualwrite_dead_letters_open", "Dead letters that wait for a person", map.dead_letters);
  gauge("dualwrite_last_scan_timestamp_seconds", "When the last complete scan ended; 0: never",
        unix_seconds(map.last_scan));
  gauge("dualwrite_last_delta_timestamp_seconds", "When a delta was last read to its end; 0: never",
        unix_seconds(map.last_delta));
  metrics.cell(MetricKind::counter, "dualwrite_conflicts_total", "Values that lost a conflict", labels)
      .set(map.conflicts);
  metrics.cell(MetricKind::counter, "dualwrite_echoes_total", "Own writes that came back and were recognised", labels)
      .set(map.echoes);
  for (const Side side : both_sides) update_written(metrics, map, side);
  for (const store::MapState state : map_states) {
    Metrics::Labels with_state{{"map", map.name}, {"state", std::string(store::to_string(state))}};
    metrics.cell(MetricKind::gauge, "dualwrite_map_state", "1 for the state that the map is in", std::move(with_state))
        .set(map.state == state ? 1 : 0);
  }
}

void update_endpoint(Metrics& metrics, const sync::EndpointStatus& endpoint) {
  const Metrics::Labels labels{{"side", std::string(to_string(endpoint.side))}};
  const auto counter = [&metrics, &labels](const char* name, const char* help, std::int64_t value) {
    metrics.cell(MetricKind::counter, name, help, labels).set(value);
  };
  counter("dualwrite_endpoint_requests_total", "HTTP requests sent, without those for tokens", endpoint.requests);
  counter("dualwrite_endpoint_failures_total", "HTTP requests without a usable answer", endpoint.failures);
  counter("dualwrite_endpoint_throttled_total", "Answers 429 and 503", endpoint.throttled);
  metrics.cell(MetricKind::gauge, "dualwrite_endpoint_up", "1 while the service answers", labels)
      .set(endpoint.down_since == Instant{} ? 1 : 0);
}

}  // namespace

void update_metrics(Metrics& metrics, const sync::LinkStatus& status) {
  for (const sync::MapStatus& map : status.maps) update_map(metrics, map);
  for (const sync::EndpointStatus& endpoint : status.endpoints) update_endpoint(metrics, endpoint);
  metrics
      .cell(MetricKind::gauge, "dualwrite_last_progress_timestamp_seconds",
            "When a lane, scan or delta last came to an end; 0: never")
      .set(unix_seconds(status.last_progress));
}

}  // namespace dualwrite::admin
