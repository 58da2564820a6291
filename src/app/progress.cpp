#include "app/progress.hpp"

#include <algorithm>

#include "app/text.hpp"

namespace dualwrite::app {
namespace {

constexpr std::int64_t bar_width = 20;

std::string bar(std::int64_t done, std::int64_t total) {
  const std::int64_t filled = done * bar_width / total;
  return "[" + std::string(static_cast<std::size_t>(filled), '#') +
         std::string(static_cast<std::size_t>(bar_width - filled), '.') + "] " + std::to_string(done * 100 / total) +
         " %, ";
}

}  // namespace

std::string progress_line(const SyncProgress& now, std::int64_t settled_before, std::chrono::milliseconds elapsed) {
  const std::int64_t total = now.settled + now.pending;
  const bool total_known = now.read_to_end && total > 0;
  std::string line = total_known ? bar(now.settled, total) : "";
  line += grouped(std::to_string(now.settled));
  line += total_known ? " of " + grouped(std::to_string(total)) + " records"
                      : " records settled, " + grouped(std::to_string(now.read)) + " rows read";
  if (now.failed > 0) line += ", " + grouped(std::to_string(now.failed)) + " dead letters";
  if (elapsed.count() <= 0) return line;
  const std::int64_t rate = std::max<std::int64_t>(now.settled - settled_before, 0) * 1000 / elapsed.count();
  line += ", " + grouped(std::to_string(rate)) + "/s";
  if (total_known && rate > 0) line += ", " + duration_text(std::chrono::seconds(now.pending / rate)) + " left";
  return line;
}

}  // namespace dualwrite::app
