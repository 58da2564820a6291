#include "simulation/regression.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dualwrite::simulation {
namespace {

Regression read_one(const std::filesystem::path& path) {
  std::ifstream in(path);
  const auto read = nlohmann::json::parse(in, nullptr, false);
  if (!read.is_object()) throw std::runtime_error(path.string() + " is no JSON object");
  Regression regression;
  regression.file = path.filename().string();
  try {
    regression.seed = read.at("seed").get<std::uint64_t>();
    regression.failed = read.at("failed").get<std::string>();
    regression.why = read.at("why").get<std::string>();
    const auto terms = parse_terms_kind(read.at("terms").get<std::string>());
    if (!terms) throw std::runtime_error("terms must be plain or chosen");
    regression.terms = *terms;
  } catch (const std::exception& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
  if (regression.why.empty()) throw std::runtime_error(path.string() + ": say why it failed");
  return regression;
}

}  // namespace

std::vector<Regression> read_regressions(const std::string& folder) {
  std::vector<Regression> regressions;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") regressions.push_back(read_one(entry.path()));
  }
  std::ranges::sort(regressions, {}, &Regression::file);
  return regressions;
}

std::string regression_text(const RunOptions& options, const RunOutcome& outcome) {
  nlohmann::ordered_json text;
  text["seed"] = options.seed;
  text["terms"] = to_string(options.terms);
  const Violation none;
  const Violation& first = outcome.violations.empty() ? none : outcome.violations.front();
  text["failed"] = first.oracle + ": " + first.what;
  text["why"] = "";
  return text.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace dualwrite::simulation
