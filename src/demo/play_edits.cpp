// The third act: people at work on both sides at once.
#include <algorithm>

#include "demo/acts.hpp"
#include "demo/canonical.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::demo {
namespace {

constexpr std::size_t hands = 6;
constexpr std::chrono::milliseconds pace_interval{10};
constexpr int clashes_max = 8;
constexpr std::chrono::milliseconds clash_pause{50};
constexpr std::chrono::seconds order_gap{4};
constexpr std::chrono::seconds order_gap_of_scans{12};  ///< several scans fit in, so that their windows do not overlap

Value wire_value(const ColumnPair& column, Side side, const std::string& canonical) {
  switch (column.type) {
    case ColumnType::integer:
    case ColumnType::decimal:
      return Value::number(canonical);
    case ColumnType::date:
      return Value::string(canonical + (side == Side::finops ? "T12:00:00Z" : "T00:00:00Z"));
    default:
      return Value::string(canonical);
  }
}

void write_column(odata::ObjectWriter& writer, const ColumnPair& column, Side side, const std::string& canonical) {
  writer.member(side == Side::finops ? column.finops : column.dataverse, wire_value(column, side, canonical));
}

std::string create_body(const MapFile& map, const Edit& edit) {
  std::string body;
  odata::ObjectWriter writer(body);
  for (const auto& [name, value] : edit.values) {
    if (const ColumnPair* column = map.find(name)) write_column(writer, *column, edit.side, value);
  }
  if (edit.side == Side::finops) {
    if (!map.companies.empty()) writer.member("dataAreaId", Value::string(map.companies.front()));
    writer.member("PartyType", Value::string("Organization"));
  } else {
    writer.member("customertypecode", Value::number("3"));
    const ColumnPair* company = map.find("dataAreaId");
    if (company != nullptr && company->is_lookup() && !map.companies.empty()) {
      writer.member(company->navigation + "@odata.bind",
                    Value::string("/" + company->lookup_set + "(" + company->lookup_column + "=" +
                                  odata::quote(map.companies.front()) + ")"));
    }
  }
  writer.close();
  return body;
}

http::Request request_for(const MapFile& map, const Edit& edit, const std::string& endpoint_key) {
  const bool finops = edit.side == Side::finops;
  const std::string set = finops ? map.finops_entity : map.dataverse_set;
  if (edit.kind == EditKind::create) {
    http::Request request("POST", set);
    request.body = create_body(map, edit);
    return request;
  }
  const std::string row = set + "(" + odata::percent_encode(endpoint_key) + ")" + (finops ? "?cross-company=true" : "");
  http::Request request(edit.kind == EditKind::remove ? "DELETE" : "PATCH", row);
  if (edit.kind == EditKind::remove) return request;
  // A PATCH of a row that is gone would create it again in Dataverse; nobody means that by an edit.
  if (!finops) request.headers.set("If-Match", "*");
  odata::ObjectWriter writer(request.body);
  write_column(writer, *map.find(edit.column), edit.side, edit.to);
  writer.close();
  return request;
}

/// Somebody else wrote the row at that very moment, and the service asks to try again.
bool is_clash(const http::Response& response) {
  if (response.status == 409) return true;
  return response.status >= 400 && response.body.find("update conflict occurred") != std::string::npos;
}

/// The row is not there any more, so there was nothing to edit.
bool is_gone(const http::Response& response) {
  return response.status == 404 || response.status == 412;
}

std::string endpoint_key_of(const Tables& tables, const Edit& edit) {
  const auto it = tables.find(edit.map);
  const TableRow* row = it == tables.end() ? nullptr : it->second[edit.side].find(edit.key);
  return row == nullptr ? std::string() : row->endpoint_key;
}

struct Hands {
  Stage& stage;
  const Tables& tables;
  std::vector<EditStep>& steps;
  Progress& progress;
  std::size_t next = 0;
  std::optional<Error> problem;
};

Task<void> send_one(Hands& work, Edit edit, std::chrono::milliseconds delay) {
  if (delay.count() > 0) co_await work.stage.clock.sleep(delay);
  std::string key = endpoint_key_of(work.tables, edit);
  auto sent = co_await send_edit(work.stage, std::move(edit), std::move(key));
  if (!sent && !work.problem) work.problem = std::move(sent).error();
}

/// Both edits of a step under way at once.
Task<void> send_pair(Hands& work, const EditStep& step) {
  TaskGroup pair(work.stage.executor, [&work](const std::string&, const std::string& what) {
    work.problem = Error(Errc::in_doubt, "editing: " + what);
  });
  for (std::size_t i = 0; i < step.edits.size(); ++i) {
    const std::chrono::milliseconds delay = i == 0 ? std::chrono::milliseconds(0) : step.gap;
    std::function<Task<void>()> body = [&work, &step, i, delay] { return send_one(work, step.edits[i], delay); };
    pair.spawn("edit", std::move(body));
  }
  co_await pair.drained();
}

Task<void> work_on(Hands& work) {
  while (work.next < work.steps.size() && !work.problem && !work.stage.stop) {
    if (work.next >= work.stage.steps_allowed) {
      co_await work.stage.clock.sleep(pace_interval);
      continue;
    }
    const EditStep& step = work.steps[work.next++];
    if (step.edits.size() == 1) {
      Edit edit = step.edits.front();
      co_await send_one(work, std::move(edit), std::chrono::milliseconds(0));
    } else {
      co_await send_pair(work, step);
    }
    work.progress.show(++work.stage.steps_done);
  }
}

Task<Result<void>> wait_for_state(Stage& stage, std::string map, std::string state) {
  const auto end = stage.clock.elapsed() + patience;
  while (true) {
    auto maps = co_await stage.admin->maps();
    if (!maps) co_return std::unexpected(std::move(maps).error());
    for (const MapReport& report : *maps) {
      if (report.name == map && report.state == state) co_return Result<void>();
    }
    if (stage.clock.elapsed() > end)
      co_return fail(Errc::limit, "waiting until " + map + " is " + state + ": it never was");
    auto waited = co_await stage.pause(std::chrono::milliseconds(100));
    if (!waited) co_return waited;
  }
}

/// One half of every pair. All of them must be acknowledged, else the pair proves nothing.
Task<Result<void>> send_halves(Stage& stage, const std::vector<EditStep>& pairs, const Tables& tables,
                               std::size_t half) {
  const std::size_t before = stage.edits.size();
  for (const EditStep& pair : pairs) {
    Edit edit = pair.edits[half];
    std::string key = endpoint_key_of(tables, edit);
    auto sent = co_await send_edit(stage, std::move(edit), std::move(key));
    if (!sent) co_return sent;
  }
  const bool all = std::all_of(stage.edits.begin() + static_cast<std::ptrdiff_t>(before), stage.edits.end(),
                               [](const Edit& edit) { return edit.acknowledged; });
  if (!all || stage.edits.size() - before != pairs.size()) {
    co_return fail(Errc::in_doubt, "editing in a known order: an edit was not acknowledged");
  }
  co_return Result<void>();
}

}  // namespace

Task<Result<void>> send_edit(Stage& stage, Edit edit, std::string endpoint_key) {
  const MapFile& map = stage.map(edit.map);
  if (edit.kind != EditKind::create && endpoint_key.empty()) {
    co_return fail(Errc::invalid, "editing " + to_string(edit) + ": that side has no such row");
  }
  edit.before = stage.clock.now();
  for (int clashes = 0;; ++clashes) {
    http::Request request = request_for(map, edit, endpoint_key);
    auto response = co_await stage.session(edit.side).send(std::move(request));
    edit.after = stage.clock.now();
    const bool in_doubt = response ? response->status >= 500 : response.error().code() == Errc::in_doubt;
    edit.acknowledged = response && response->status < 300;
    if (edit.acknowledged || in_doubt) {
      stage.edits.push_back(std::move(edit));
      co_return Result<void>();
    }
    if (!response) co_return std::unexpected(std::move(response).error());
    if (is_clash(*response) && clashes < clashes_max) {
      co_await stage.clock.sleep(clash_pause);
      continue;
    }
    if (edit.kind != EditKind::create && is_gone(*response)) co_return Result<void>();
    co_return std::unexpected(reply_error("editing " + to_string(edit), *response));
  }
}

Task<Result<void>> play_edits(Stage& stage, std::vector<EditStep> steps, Tables tables) {
  Progress progress(stage.clock, "editing both sides", steps.size());
  stage.steps_total = steps.size();
  stage.steps_done = 0;
  Hands work{stage, tables, steps, progress, 0, std::nullopt};
  std::string broken;
  TaskGroup workers(stage.executor, [&broken](const std::string&, const std::string& what) { broken = what; });
  for (std::size_t i = 0; i < hands; ++i) {
    std::function<Task<void>()> body = [&work] { return work_on(work); };
    workers.spawn("hand", std::move(body));
  }
  co_await workers.drained();
  if (!broken.empty()) co_return fail(Errc::in_doubt, "editing: " + broken);
  if (work.problem) co_return std::unexpected(*std::move(work.problem));
  if (stage.stop) co_return fail(Errc::cancelled, "the demo was interrupted");
  co_return Result<void>();
}

Task<Result<void>> play_ordered(Stage& stage, std::vector<EditStep> pairs, Tables tables) {
  const std::string customers = "customers";
  auto paused = co_await stage.admin->change_map(customers, "pause");
  if (!paused) co_return paused;
  auto is_paused = co_await wait_for_state(stage, customers, "paused");
  if (!is_paused) co_return is_paused;
  auto earlier = co_await send_halves(stage, pairs, tables, 0);
  if (!earlier) co_return earlier;
  const std::chrono::milliseconds gap = stage.options.delta_only ? order_gap_of_scans : order_gap;
  auto waited = co_await stage.pause(gap);
  if (!waited) co_return waited;
  auto later = co_await send_halves(stage, pairs, tables, 1);
  if (!later) co_return later;
  if (stage.options.delta_only) {
    auto scanned = co_await stage.pause(gap);
    if (!scanned) co_return scanned;
  }
  auto resumed = co_await stage.admin->change_map(customers, "resume");
  co_return resumed;
}

}  // namespace dualwrite::demo
