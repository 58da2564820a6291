#include "demo/outcome.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace dualwrite::demo {
namespace {

double to_tenths(double seconds) {
  return std::round(seconds * 10) / 10;
}

std::string seconds_text(double seconds) {
  const auto tenths = std::llround(seconds * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string line(const std::string& label, const std::string& value) {
  constexpr std::size_t width = 34;
  return label + std::string(label.size() < width ? width - label.size() : 1, ' ') + value;
}

}  // namespace

bool RunOutcome::fine() const noexcept {
  return error.empty() && differences == 0 && edits_unaccounted == 0 && phantoms == 0 && conflicts > 0 &&
         dead_letters_replayed > 0 && dead_letters_open == 0;
}

std::int64_t RunOutcome::rows_per_second() const noexcept {
  return initial_sync_seconds <= 0 ? 0 : std::llround(static_cast<double>(rows) / initial_sync_seconds);
}

std::string to_json(const RunOutcome& outcome) {
  nlohmann::ordered_json json;
  json["rows"] = outcome.rows;
  json["finopsToDataverse"] = outcome.finops_to_dataverse;
  json["dataverseToFinops"] = outcome.dataverse_to_finops;
  json["conflicts"] = outcome.conflicts;
  json["deadLettersReplayed"] = outcome.dead_letters_replayed;
  json["deadLettersOpen"] = outcome.dead_letters_open;
  json["echoesSuppressed"] = outcome.echoes_suppressed;
  json["apiCalls"] = outcome.api_calls;
  json["differences"] = outcome.differences;
  json["editsAcknowledged"] = outcome.edits_acknowledged;
  json["editsInDoubt"] = outcome.edits_in_doubt;
  json["deletes"] = outcome.deletes;
  json["editsSurvived"] = outcome.edits_survived;
  json["editsLostInConflict"] = outcome.edits_lost;
  json["editsOverwritten"] = outcome.edits_overwritten;
  json["editsDeleted"] = outcome.edits_deleted;
  json["editsUnaccounted"] = outcome.edits_unaccounted;
  json["phantomValues"] = outcome.phantoms;
  json["seconds"] = to_tenths(outcome.seconds);
  json["initialSyncSeconds"] = to_tenths(outcome.initial_sync_seconds);
  json["rowsPerSecond"] = outcome.rows_per_second();
  json["seed"] = outcome.seed;
  json["ok"] = outcome.fine();
  if (!outcome.error.empty()) json["error"] = outcome.error;
  return json.dump();
}

std::vector<std::string> to_lines(const RunOutcome& outcome) {
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  return {
      line("rows synced at first", number(outcome.rows) + " in " + seconds_text(outcome.initial_sync_seconds) + ", " +
                                       number(outcome.rows_per_second()) + "/s"),
      line("rows written, F&O to Dataverse", number(outcome.finops_to_dataverse)),
      line("rows written, Dataverse to F&O", number(outcome.dataverse_to_finops)),
      line("edits acknowledged", number(outcome.edits_acknowledged) + ", and " + number(outcome.deletes) + " deletes"),
      line("  final on both sides", number(outcome.edits_survived)),
      line("  lost a conflict, journalled", number(outcome.edits_lost)),
      line("  overwritten after they were seen", number(outcome.edits_overwritten)),
      line("  deleted", number(outcome.edits_deleted)),
      line("  unaccounted", number(outcome.edits_unaccounted)),
      line("conflicts", number(outcome.conflicts)),
      line("dead letters replayed",
           number(outcome.dead_letters_replayed) + ", " + number(outcome.dead_letters_open) + " open"),
      line("echoes recognised", number(outcome.echoes_suppressed)),
      line("API calls", number(outcome.api_calls)),
      line("differences", number(outcome.differences)),
      line("values that nobody wrote", number(outcome.phantoms)),
      line("time in all", seconds_text(outcome.seconds)),
  };
}

}  // namespace dualwrite::demo
