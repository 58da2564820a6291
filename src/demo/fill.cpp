// The second act: sample data into F&O, then the initial sync of every map.
#include <algorithm>

#include "demo/acts.hpp"
#include "dualwrite/async/task_group.hpp"

namespace dualwrite::demo {
namespace {

constexpr std::size_t batch_rows = 100;
constexpr std::size_t batches_in_flight = 4;
constexpr std::chrono::milliseconds poll_interval{250};
constexpr std::size_t refused_shown = 5;

/// The batches of one map, taken by several workers.
struct Filling {
  std::vector<std::string> bodies;
  std::size_t next = 0;
  std::size_t done = 0;
  std::optional<Error> problem;
};

std::optional<Error> first_refusal(const std::vector<odata::BatchResponsePart>& replies, const std::string& set) {
  for (const odata::BatchResponsePart& reply : replies) {
    if (reply.status == 201) continue;
    http::Response response(reply.status);
    response.body = reply.body;
    return reply_error("POST " + set + " in a $batch", response);
  }
  return std::nullopt;
}

Task<void> fill_some(Stage& stage, const MapFile& map, Filling& filling, Progress& progress) {
  while (filling.next < filling.bodies.size() && !filling.problem && !stage.stop) {
    const std::size_t from = filling.next;
    const std::size_t to = std::min(from + batch_rows, filling.bodies.size());
    filling.next = to;
    std::vector<odata::BatchRequestPart> parts;
    for (std::size_t i = from; i < to; ++i) {
      odata::BatchRequestPart part("POST", stage.session(Side::finops).origin() + "/data/" + map.finops_entity);
      part.headers.emplace_back("Content-Type", "application/json");
      part.body = std::move(filling.bodies[i]);
      part.content_id = std::to_string(i + 1);
      parts.push_back(std::move(part));
    }
    auto replies = co_await stage.session(Side::finops).batch(std::move(parts));
    if (!replies) {
      filling.problem = std::move(replies).error();
      co_return;
    }
    if (auto refusal = first_refusal(*replies, map.finops_entity)) {
      filling.problem = std::move(refusal);
      co_return;
    }
    filling.done += to - from;
    progress.show(filling.done);
  }
}

Task<Result<void>> fill_map(Stage& stage, const MapFile& map, const CsvTable& data) {
  Filling filling;
  for (const auto& row : data.rows) {
    auto body = finops_body(map, data.header, row);
    if (!body) co_return std::unexpected(std::move(body).error());
    filling.bodies.push_back(*std::move(body));
  }
  Progress progress(stage.clock, "filling " + map.finops_entity, filling.bodies.size());
  std::string broken;
  TaskGroup workers(stage.executor, [&broken](const std::string&, const std::string& what) { broken = what; });
  for (std::size_t i = 0; i < batches_in_flight; ++i) {
    std::function<Task<void>()> work = [&] { return fill_some(stage, map, filling, progress); };
    workers.spawn("fill", std::move(work));
  }
  co_await workers.drained();
  if (!broken.empty()) co_return fail(Errc::in_doubt, "filling " + map.finops_entity + ": " + broken);
  if (filling.problem) co_return std::unexpected(*std::move(filling.problem));
  if (stage.stop) co_return fail(Errc::cancelled, "the demo was interrupted");
  co_return Result<void>();
}

/// The link between a customer's company and Dataverse's: usually made by the platform when dual-write is set up.
Task<Result<void>> ensure_company(Stage& stage, std::string company) {
  Session& dataverse = stage.session(Side::dataverse);
  std::size_t found = 0;
  Session::OnPage count = [&found](std::vector<odata::Entity> page) { found += page.size(); };
  std::string query = "cdm_companies?$select=cdm_companycode&$filter=cdm_companycode%20eq%20'" + company + "'";
  auto read = co_await dataverse.read_all(std::move(query), std::move(count));
  if (!read) co_return std::unexpected(std::move(read).error());
  if (found > 0) co_return Result<void>();
  http::Request request("POST", "cdm_companies");
  odata::ObjectWriter writer(request.body);
  writer.member("cdm_companycode", Value::string(company));
  writer.member("cdm_name", Value::string("Contoso Entertainment System USA"));
  writer.close();
  auto made = co_await dataverse.send(std::move(request));
  if (!made) co_return std::unexpected(std::move(made).error());
  if (made->status > 299) co_return std::unexpected(reply_error("POST cdm_companies", *made));
  co_return Result<void>();
}

/// Says what was refused, for people; the caller fails with the count.
Task<void> show_refused(Stage& stage) {
  auto letters = co_await stage.admin->open_dead_letters();
  if (!letters) co_return;  // the daemon has told us the count already
  const std::size_t shown = std::min(letters->size(), refused_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const DeadLetterReport& letter = (*letters)[i];
    stage.say("  " + letter.map + " " + letter.key + ": " + letter.side + " refused: " + letter.error);
  }
}

Task<Result<void>> sync_map(Stage& stage, std::string name, std::size_t rows) {
  auto begun = co_await stage.admin->begin_initial_sync(name);
  if (!begun) co_return begun;
  Progress progress(stage.clock, "initial sync of " + name, rows);
  std::int64_t settled_before = -1;
  auto moved_at = stage.clock.elapsed();
  while (true) {
    auto report = co_await stage.admin->initial_sync(name);
    if (!report) co_return std::unexpected(std::move(report).error());
    progress.show(static_cast<std::size_t>(report->settled));
    if (report->state == "done" && report->failed == 0) co_return Result<void>();
    if (report->state == "done") {
      co_await show_refused(stage);
      co_return fail(Errc::refused,
                     "initial sync of " + name + ": " + std::to_string(report->failed) + " rows were refused");
    }
    if (report->state == "failed") co_return fail(Errc::refused, "initial sync of " + name + ": " + report->error);
    const std::int64_t moved = report->settled + report->read;
    if (moved != settled_before) moved_at = stage.clock.elapsed();
    settled_before = moved;
    if (stage.clock.elapsed() - moved_at > patience) {
      co_return fail(Errc::limit,
                     "initial sync of " + name + ": nothing has moved for two minutes; state " + report->state);
    }
    auto waited = co_await stage.pause(poll_interval);
    if (!waited) co_return waited;
  }
}

}  // namespace

Task<Result<void>> fill_finops(Stage& stage, SampleData data) {
  for (const MapFile& map : stage.maps) {
    for (const std::string& company : map.companies) {
      auto ensured = co_await ensure_company(stage, company);
      if (!ensured) co_return ensured;
    }
    auto filled = co_await fill_map(stage, map, data[map.name]);
    if (!filled) co_return filled;
  }
  co_return Result<void>();
}

Task<Result<SyncedRows>> run_initial_sync(Stage& stage, SampleData data) {
  SyncedRows result;
  const auto begun = stage.clock.elapsed();
  for (const MapFile& map : stage.maps) {
    const std::size_t rows = data[map.name].rows.size();
    auto synced = co_await sync_map(stage, map.name, rows);
    if (!synced) co_return std::unexpected(std::move(synced).error());
    result.rows += rows;
  }
  result.seconds = static_cast<double>((stage.clock.elapsed() - begun).count()) / 1000.0;
  co_return result;
}

}  // namespace dualwrite::demo
