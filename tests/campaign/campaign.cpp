#include "campaign/campaign.hpp"

#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "demo/temporary_directory.hpp"
#include "dualwrite/async/task_group.hpp"

namespace dualwrite::campaign {
namespace {

using demo::Stage;
using demo::Tables;

constexpr std::size_t findings_shown = 10;

void take(std::vector<std::string>& into, const std::string& title, const std::vector<std::string>& lines) {
  for (std::size_t index = 0; index < lines.size() && index < findings_shown; ++index) {
    into.push_back(title + ": " + lines[index]);
  }
  if (lines.size() > findings_shown) into.push_back(title + ": " + std::to_string(lines.size()) + " in all");
}

std::vector<std::string> texts(const std::vector<demo::Finding>& findings) {
  std::vector<std::string> lines;
  for (const demo::Finding& finding : findings) {
    lines.push_back(finding.record.first + " " + finding.record.second + ": " + finding.what);
  }
  return lines;
}

/// Two tasks side by side, both of which must succeed.
struct Pair {
  std::optional<Error> problem;
  void take(Result<void> result) {
    if (!result && !problem) problem = std::move(result).error();
  }
};

Task<void> edit(Stage& stage, std::vector<demo::EditStep> steps, Tables tables, Pair& pair) {
  auto played = co_await demo::play_edits(stage, std::move(steps), std::move(tables));
  pair.take(std::move(played));
}

Task<void> disturb(Meanwhile meanwhile, Pair& pair) {
  auto done = co_await meanwhile();
  pair.take(std::move(done));
}

Task<void> act(Stage& stage, Acts acts, bool& fine) {
  auto done = co_await acts(stage);
  fine = done && *done;
  if (!done) std::fprintf(stderr, "%s\n", done.error().text().c_str());
}

}  // namespace

demo::EditCounts counts_for(const Stage& stage) {
  demo::EditCounts counts;
  counts.ordered = 0;
  counts.creates_before = stage.creates;
  if (stage.options.data_dir.empty()) return counts;
  counts.edits = 400;
  counts.deletes = 20;
  counts.creates = 10;
  counts.conflicts = 50;
  counts.edited_deletes = 5;
  return counts;
}

Task<Result<void>> begin(Stage& stage, demo::SampleData data) {
  auto opened = co_await demo::open_stage(stage);
  if (!opened) co_return opened;
  demo::SampleData copy = data;
  auto filled = co_await demo::fill_finops(stage, std::move(copy));
  if (!filled) co_return filled;
  auto synced = co_await demo::run_initial_sync(stage, std::move(data));
  if (!synced) co_return std::unexpected(std::move(synced).error());
  const Instant now = stage.clock.now();
  co_return co_await demo::wait_until_quiet(stage, now);
}

Task<Result<Verdict>> play_round(Stage& stage, std::uint64_t seed, Meanwhile meanwhile) {
  auto before = co_await demo::read_tables(stage);
  if (!before) co_return std::unexpected(std::move(before).error());
  const demo::EditCounts counts = counts_for(stage);
  auto plan = demo::plan_edits(stage.maps, *before, counts, seed);
  if (!plan) co_return std::unexpected(std::move(plan).error());
  stage.creates += counts.creates;
  stage.edits.clear();
  stage.steps_total = 0;
  Pair pair;
  TaskGroup both(stage.executor, [&pair](const std::string& name, const std::string& what) {
    if (!pair.problem) pair.problem = Error(Errc::in_doubt, name + ": " + what);
  });
  Tables tables = *before;
  std::function<Task<void>()> editing = [&]() { return edit(stage, std::move(plan->steps), std::move(tables), pair); };
  std::function<Task<void>()> disturbing = [&]() { return disturb(std::move(meanwhile), pair); };
  both.spawn("edits", std::move(editing));
  both.spawn("disturbance", std::move(disturbing));
  co_await both.drained();
  if (pair.problem) co_return std::unexpected(*std::move(pair.problem));
  const Instant now = stage.clock.now();
  auto quiet = co_await demo::wait_until_quiet(stage, now);
  if (!quiet) co_return std::unexpected(std::move(quiet).error());
  co_return co_await judge(stage, *std::move(before));
}

Task<Result<Verdict>> judge(Stage& stage, Tables before) {
  auto last = co_await demo::read_tables(stage);
  if (!last) co_return std::unexpected(std::move(last).error());
  Verdict verdict;
  take(verdict.findings, "difference", demo::all_differences(stage, *last));
  auto account = co_await demo::audit(stage, std::move(before), *std::move(last));
  if (!account) co_return std::unexpected(std::move(account).error());
  take(verdict.findings, "unaccounted for", texts(account->unaccounted));
  take(verdict.findings, "nobody wrote it", texts(account->phantoms));
  verdict.conflicts = account->lost;
  for (const demo::Edit& made : stage.edits) verdict.edits += made.acknowledged ? 1 : 0;
  auto maps = co_await stage.admin->maps();
  if (!maps) co_return std::unexpected(std::move(maps).error());
  for (const demo::MapReport& map : *maps) {
    if (map.state != "running") verdict.findings.push_back(map.name + " is " + map.state + ": " + map.reason);
    if (map.pending != 0) verdict.findings.push_back(map.name + ": " + std::to_string(map.pending) + " pending");
    if (map.dead_letters != 0) {
      verdict.findings.push_back(map.name + ": " + std::to_string(map.dead_letters) + " dead letters");
    }
  }
  co_return verdict;
}

Task<Result<std::vector<std::string>>> restart_finds_nothing(Stage& stage) {
  stage.daemon->stop();
  auto started = co_await demo::start_daemon(stage);
  if (!started) co_return std::unexpected(std::move(started).error());
  const Instant now = stage.clock.now();
  auto quiet = co_await demo::wait_until_quiet(stage, now);
  if (!quiet) co_return std::unexpected(std::move(quiet).error());
  auto maps = co_await stage.admin->maps();
  if (!maps) co_return std::unexpected(std::move(maps).error());
  std::vector<std::string> findings;
  for (const demo::MapReport& map : *maps) {
    const std::int64_t written = map.written[Side::finops] + map.written[Side::dataverse];
    if (written != 0) {
      findings.push_back(map.name + ": " + std::to_string(written) + " rows written although all was settled");
    }
  }
  co_return findings;
}

bool run_acts(demo::DemoOptions options, Acts acts) {
  demo::TemporaryDirectory directory(demo::TemporaryDirectory::make());
  boost::asio::io_context loop(1);
  SystemClock clock;
  options.once = options.json = true;  // what the demo says goes to stderr
  Stage stage(options, loop.get_executor(), clock);
  stage.directory = directory.path();
  stage.delta_interval = std::chrono::milliseconds(500);
  stage.scan_interval = std::chrono::milliseconds(1000);
  bool fine = false;
  TaskGroup tasks(loop.get_executor(), [](const std::string&, const std::string& what) {
    std::fprintf(stderr, "the campaign broke: %s\n", what.c_str());
  });
  std::function<Task<void>()> body = [&]() { return act(stage, std::move(acts), fine); };
  tasks.spawn("acts", std::move(body));
  loop.run();
  if (!fine) {
    directory.keep();
    std::fprintf(stderr, "logs, configuration and state file: %s\n", directory.path().c_str());
  }
  return fine;
}

Task<Result<std::string>> control(Stage& stage, std::string method, std::string path, std::string body) {
  http::Request request(method, "/_sandbox/" + path);
  request.body = std::move(body);
  auto response = co_await stage.session(Side::dataverse).send(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status < 200 || response->status > 299) {
    const std::string what = method + " /_sandbox/" + path + ": status " + std::to_string(response->status);
    co_return fail(Errc::refused, what + ": " + response->body.substr(0, 300));
  }
  co_return std::move(response->body);
}

}  // namespace dualwrite::campaign
