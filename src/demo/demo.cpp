#include "dualwrite/demo/demo.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

#include "demo/acts.hpp"
#include "demo/outcome.hpp"
#include "demo/temporary_directory.hpp"
#include "dualwrite/async/task_group.hpp"

namespace dualwrite::demo {
namespace {

constexpr int status_fine = 0;
constexpr int status_findings = 1;
constexpr int status_usage = 2;
constexpr int status_unreachable = 3;
constexpr std::size_t findings_shown = 20;

EditCounts counts_for(const DemoOptions& options) {
  EditCounts counts;
  if (options.data_dir.empty()) return counts;
  counts.edits = 1000;
  counts.deletes = 50;
  counts.creates = 20;
  counts.conflicts = 130;
  counts.edited_deletes = 10;
  counts.ordered = 5;
  return counts;
}

void show(const Stage& stage, const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  stage.say(std::to_string(lines.size()) + " " + title + ":");
  for (std::size_t i = 0; i < std::min(lines.size(), findings_shown); ++i) stage.say("  " + lines[i]);
  if (lines.size() > findings_shown) stage.say("  …");
}

std::vector<std::string> texts(const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) lines.push_back(finding.what);
  return lines;
}

/// After the initial sync each side must hold the sample data, in every column that the data gives.
Result<std::vector<std::string>> against_samples(const Stage& stage, const SampleData& data, const Tables& tables) {
  std::vector<std::string> lines;
  for (const MapFile& map : stage.maps) {
    const CsvTable& samples = data.at(map.name);
    auto expected = expected_table(map, samples);
    if (!expected) return std::unexpected(std::move(expected).error());
    for (const auto& [key, row] : expected->rows) {
      for (const Side side : both_sides) {
        const TableRow* found = tables.at(map.name)[side].find(key);
        const std::string where = map.name + " " + key + " in " + std::string(to_string(side));
        if (found == nullptr) {
          lines.push_back(where + " is missing after the initial sync");
          continue;
        }
        for (std::size_t i = 0; i < map.columns.size(); ++i) {
          const std::string& name = map.columns[i].finops;
          const bool given = std::find(samples.header.begin(), samples.header.end(), name) != samples.header.end();
          if (!given || map.columns[i].key || found->cells[i] == row.cells[i]) continue;
          lines.push_back(where + ", " + name + ": \"" + found->cells[i] + "\" instead of \"" + row.cells[i] + "\"");
        }
      }
    }
  }
  return lines;
}

void count_edits(const Stage& stage, const Account& account, RunOutcome& outcome) {
  for (const Edit& edit : stage.edits) {
    if (!edit.acknowledged) {
      ++outcome.edits_in_doubt;
    } else if (edit.kind == EditKind::remove) {
      ++outcome.deletes;
    } else {
      ++outcome.edits_acknowledged;
    }
  }
  outcome.edits_survived = static_cast<std::int64_t>(account.survived);
  outcome.edits_lost = static_cast<std::int64_t>(account.lost);
  outcome.edits_overwritten = static_cast<std::int64_t>(account.overwritten);
  outcome.edits_deleted = static_cast<std::int64_t>(account.deleted);
  outcome.edits_unaccounted = static_cast<std::int64_t>(account.unaccounted.size());
  outcome.phantoms = static_cast<std::int64_t>(account.phantoms.size());
}

/// Edits, ordered conflicts and the dead letter, with quiet in between so that each act's times are its own.
Task<Result<void>> play(Stage& stage, Tables baseline, RunOutcome& outcome) {
  auto plan = plan_edits(stage.maps, baseline, counts_for(stage.options), stage.options.seed);
  if (!plan) co_return std::unexpected(std::move(plan).error());

  stage.say("editing both sides at once");
  Tables copy = baseline;
  auto edited = co_await play_edits(stage, std::move(plan->steps), std::move(copy));
  if (!edited) co_return edited;
  auto settled = co_await wait_until_quiet(stage, stage.clock.now());
  if (!settled) co_return settled;

  stage.say("conflicts in a known order, while the map is paused");
  copy = baseline;
  auto ordered = co_await play_ordered(stage, std::move(plan->ordered), std::move(copy));
  if (!ordered) co_return ordered;
  settled = co_await wait_until_quiet(stage, stage.clock.now());
  if (!settled) co_return settled;

  stage.say("a change that Dataverse refuses, its repair and its replay");
  auto replayed = co_await play_dead_letter(stage, plan->dead_letter_record, std::move(baseline));
  if (!replayed) co_return std::unexpected(std::move(replayed).error());
  outcome.dead_letters_replayed = *replayed ? 1 : 0;
  settled = co_await wait_until_quiet(stage, stage.clock.now());
  co_return settled;
}

Task<Result<void>> run_acts(Stage& stage, SampleData data, RunOutcome& outcome) {
  const auto begun = stage.clock.elapsed();
  auto opened = co_await open_stage(stage);
  if (!opened) co_return opened;

  stage.say("filling F&O with sample data");
  SampleData copy = data;
  auto filled = co_await fill_finops(stage, std::move(copy));
  if (!filled) co_return filled;
  stage.say("initial sync");
  copy = data;
  auto synced = co_await run_initial_sync(stage, std::move(copy));
  if (!synced) co_return std::unexpected(std::move(synced).error());
  outcome.rows = static_cast<std::int64_t>(synced->rows);
  outcome.initial_sync_seconds = synced->seconds;
  auto settled = co_await wait_until_quiet(stage, stage.clock.now());
  if (!settled) co_return settled;
  auto baseline = co_await read_tables(stage);
  if (!baseline) co_return std::unexpected(std::move(baseline).error());
  auto first_differences = against_samples(stage, data, *baseline);
  if (!first_differences) co_return std::unexpected(std::move(first_differences).error());
  show(stage, "differences after the initial sync", *first_differences);

  Tables before = *baseline;
  auto played = co_await play(stage, std::move(before), outcome);
  if (!played) co_return played;

  stage.say("comparing both sides through OData");
  auto last = co_await read_tables(stage);
  if (!last) co_return std::unexpected(std::move(last).error());
  const std::vector<std::string> last_differences = all_differences(stage, *last);
  show(stage, "differences", last_differences);
  outcome.differences = static_cast<std::int64_t>(first_differences->size() + last_differences.size());
  auto judged = co_await audit(stage, *std::move(baseline), *std::move(last));
  if (!judged) co_return std::unexpected(std::move(judged).error());
  show(stage, "edits unaccounted for", texts(judged->unaccounted));
  show(stage, "values that nobody wrote", texts(judged->phantoms));
  count_edits(stage, *judged, outcome);

  auto totals = co_await read_totals(stage);
  if (!totals) co_return std::unexpected(std::move(totals).error());
  outcome.finops_to_dataverse = totals->finops_to_dataverse;
  outcome.dataverse_to_finops = totals->dataverse_to_finops;
  outcome.conflicts = totals->conflicts;
  outcome.echoes_suppressed = totals->echoes;
  outcome.api_calls = totals->api_calls;
  outcome.dead_letters_open = totals->dead_letters_open;
  outcome.seconds = static_cast<double>((stage.clock.elapsed() - begun).count()) / 1000.0;
  co_return Result<void>();
}

void report(const Stage& stage, const RunOutcome& outcome) {
  stage.say("");
  for (const std::string& text : to_lines(outcome)) stage.say(text);
  stage.say(outcome.fine() ? "Both sides agree, and every acknowledged edit is accounted for."
                           : "Something is wrong: see above.");
}

Task<void> stay_up(Stage& stage) {
  stage.say("\nF&O        " + stage.session(Side::finops).origin() + "\nDataverse  " +
            stage.session(Side::dataverse).origin() + "\ndaemon     " + stage.admin_url + "\nCtrl-C ends it.");
  while (true) {
    auto waited = co_await stage.pause(std::chrono::hours(1));
    if (waited) continue;
    if (waited.error().code() != Errc::cancelled) stage.say(waited.error().text());
    co_return;
  }
}

int status_of(const Error& error) {
  switch (error.code()) {
    case Errc::unavailable:
      return status_unreachable;
    case Errc::cancelled:
      return 128 + SIGINT;
    default:
      return status_findings;
  }
}

Task<void> run(Stage& stage, SampleData data, TemporaryDirectory& directory, int& status) {
  RunOutcome outcome;
  outcome.seed = stage.options.seed;
  auto done = co_await run_acts(stage, std::move(data), outcome);
  if (done) {
    status = outcome.fine() ? status_fine : status_findings;
    report(stage, outcome);
  } else {
    status = status_of(done.error());
    if (status == status_findings && !stage.sandbox)
      status = status_usage;  // before anything began: an option is wrong
    outcome.error = done.error().text();
    std::fputs(("dualwrite demo: " + outcome.error + "\n").c_str(), stderr);
  }
  if (stage.options.json) {
    std::puts(to_json(outcome).c_str());
    std::fflush(stdout);
  }
  if (done && !stage.options.once) co_await stay_up(stage);
  if (status == status_fine || status == status_usage) co_return;
  directory.keep();
  std::fputs(("logs, configuration and state file: " + directory.path() + "\n").c_str(), stderr);
}

Task<void> run_to_end(Stage& stage, SampleData data, TemporaryDirectory& directory, boost::asio::signal_set& signals,
                      int& status) {
  co_await run(stage, std::move(data), directory, status);
  signals.cancel();
}

/// The first signal ends the waits and both children; the demo then comes to its own end.
void listen(boost::asio::signal_set& signals, Stage& stage) {
  signals.async_wait([&signals, &stage](const boost::system::error_code& problem, int) {
    if (problem) return;
    listen(signals, stage);
    if (stage.stop) return;
    stage.stop = true;
    if (stage.daemon) stage.daemon->stop();
    if (stage.sandbox) stage.sandbox->stop();
  });
}

}  // namespace

int run_demo(const DemoOptions& options) {
  SampleData data;
  if (options.data_dir.empty()) {
    data = built_in_data(options.seed);
  } else {
    auto read = read_sample_data(options.data_dir);
    if (!read) {
      std::fputs(("dualwrite demo: " + read.error().text() + "\n").c_str(), stderr);
      return status_usage;
    }
    data = *std::move(read);
  }

  int status = status_findings;
  TemporaryDirectory directory(TemporaryDirectory::make());
  SystemClock clock;
  boost::asio::io_context loop(1);
  Stage stage(options, loop.get_executor(), clock);
  stage.directory = directory.path();
  boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
  listen(signals, stage);
  TaskGroup acts(loop.get_executor(), [&](const std::string&, const std::string& what) {
    std::fputs(("dualwrite demo: " + what + "\n").c_str(), stderr);
    directory.keep();
    std::fputs(("logs, configuration and state file: " + directory.path() + "\n").c_str(), stderr);
    signals.cancel();
  });
  std::function<Task<void>()> body = [&] { return run_to_end(stage, std::move(data), directory, signals, status); };
  acts.spawn("demo", std::move(body));
  loop.run();
  return status;
}

}  // namespace dualwrite::demo
