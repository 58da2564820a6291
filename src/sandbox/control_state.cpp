#include "sandbox/control_state.hpp"

#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/clocks.hpp"
#include "sandbox/dataverse/service.hpp"
#include "sandbox/fault_rule.hpp"
#include "sandbox/finops/service.hpp"
#include "sandbox/meter.hpp"
#include "sandbox/snapshots.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::string_view snapshots_prefix = "snapshots/";
constexpr std::string_view restore_suffix = "/restore";

int status_of(const Error& error) {
  if (error.code() == Errc::not_found) return 404;
  return error.code() == Errc::storage ? 500 : 409;
}

/// Both services as they were saved, but versions go on: what a client was told of a version stays true, and every
/// delta link given out before is expired.
http::Response put_back(const Controlled& on, std::string_view content) {
  dataverse::State& dataverse = on.dataverse->state();
  finops::State& finops = on.finops->state();
  if (!dataverse.open_since.empty()) {
    return problem(409,
                   "A transaction is open that waits for a lock or a synchronous step: try again when it has ended.");
  }
  const std::int64_t version = dataverse.version;
  const std::int64_t rec_id = finops.next_rec_id;
  const std::string before = saved_services(on);
  Reader from(content);
  try {
    on.dataverse->load(from);
    finops.load(from);
    if (!from.at_end()) throw ArchiveError("it holds more than expected");
  } catch (const ArchiveError& error) {
    Reader back(before);
    on.dataverse->load(back);
    finops.load(back);
    return problem(409, std::string("The snapshot is of other tables: ") + error.what());
  }
  dataverse.version = std::max<std::int64_t>(version, dataverse.version);
  finops.next_rec_id = std::max(rec_id, finops.next_rec_id);
  on.dataverse->expire_delta_tokens();
  return http::Response(204);
}

http::Response reset(const Controlled& on) {
  if (on.faults != nullptr) on.faults->clear();
  for (SkewedClock* clock : {on.dataverse_clock, on.finops_clock}) {
    if (clock != nullptr) clock->set_offset(std::chrono::milliseconds(0));
  }
  on.finops->state().hidden_companies.clear();
  on.dataverse->state().denied.clear();
  return put_back(on, *on.initial);
}

http::Response snapshot(const Controlled& on, std::string_view path, const std::string& method) {
  const bool is_restore = path.ends_with(restore_suffix);
  if (is_restore) path.remove_suffix(restore_suffix.size());
  const std::string name(path);
  if (!Snapshots::is_name(path)) return problem(400, "A snapshot's name is 1 to 64 of a-z, 0-9, - and _.");
  if (is_restore && method == "POST") {
    const auto content = on.snapshots->get(name);
    if (!content) return problem(status_of(content.error()), content.error().text());
    return put_back(on, *content);
  }
  if (is_restore) return http::Response(405);
  if (method == "DELETE") return http::Response(on.snapshots->remove(name) ? 204 : 404);
  if (method != "PUT" && method != "POST") return http::Response(405);
  const auto kept = on.snapshots->put(name, saved_services(on));
  return kept ? http::Response(204) : problem(status_of(kept.error()), kept.error().text());
}

http::Response list_snapshots(const Controlled& on) {
  std::string json;
  for (const std::string& name : on.snapshots->names()) {
    json += json.empty() ? "" : ",";
    odata::append_json_string(json, name);
  }
  return plain(200, "{\"snapshots\":[" + json + "]}");
}

http::Response clocks(const Controlled& on) {
  const auto json = [](SkewedClock* clock) {
    return "{\"now\":\"" + format_instant(clock->now()) + "\",\"offsetMs\":" + std::to_string(clock->offset().count()) +
           "}";
  };
  return plain(200, "{\"dataverse\":" + json(on.dataverse_clock) + ",\"finops\":" + json(on.finops_clock) + "}");
}

http::Response set_clock(const Controlled& on, const http::Request& request) {
  const auto change = parse_clock_change(request.body);
  if (!change) return problem(400, change.error());
  SkewedClock& clock = change->side == Side::dataverse ? *on.dataverse_clock : *on.finops_clock;
  if (!clock.set_offset(change->is_step ? clock.offset() + change->by : change->by)) {
    return problem(400, "The clock cannot be wrong by more than 3650 days.");
  }
  return clocks(on);
}

std::string counts(const std::map<std::string, std::int64_t>& from) {
  std::string json = "{";
  for (const auto& [name, count] : from) {
    if (count == 0) continue;
    json += (json.size() > 1 ? ",\"" : "\"") + name + "\":" + std::to_string(count);
  }
  return json + "}";
}

std::string meter_json(const Meter& meter) {
  return "{\"kinds\":" + counts(meter.kinds) + ",\"answers\":" + counts(meter.answers) +
         ",\"bytesIn\":" + std::to_string(meter.bytes_in) + ",\"bytesOut\":" + std::to_string(meter.bytes_out) + "}";
}

}  // namespace

std::string saved_services(const Controlled& on) {
  Writer to;
  on.dataverse->save(to);
  on.finops->state().save(to);
  return to.bytes();
}

std::string meters_json(const Controlled& on) {
  if (on.dataverse_meter == nullptr || on.finops_meter == nullptr) return "{}";
  return "{\"dataverse\":" + meter_json(*on.dataverse_meter) + ",\"finops\":" + meter_json(*on.finops_meter) + "}";
}

http::Response plain(int status, std::string body) {
  http::Headers headers;
  headers.add("Content-Type", "application/json; charset=utf-8");
  return {status, std::move(headers), std::move(body)};
}

http::Response problem(int status, std::string_view text) {
  std::string body = "{\"error\":";
  odata::append_json_string(body, text);
  return plain(status, body + "}");
}

std::optional<http::Response> control_state(const Controlled& on, std::string_view path, const http::Request& request) {
  const std::string& method = request.method;
  if (path == "reset" && on.initial != nullptr) return method == "POST" ? reset(on) : http::Response(405);
  if (path == "clock" && on.dataverse_clock != nullptr && on.finops_clock != nullptr) {
    if (method == "GET") return clocks(on);
    return method == "POST" ? set_clock(on, request) : http::Response(405);
  }
  if (on.snapshots == nullptr) return std::nullopt;
  if (path == "snapshots") return method == "GET" ? list_snapshots(on) : http::Response(405);
  if (path.starts_with(snapshots_prefix)) return snapshot(on, path.substr(snapshots_prefix.size()), method);
  return std::nullopt;
}

}  // namespace dualwrite::sandbox
