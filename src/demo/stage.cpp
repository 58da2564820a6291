#include "demo/stage.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace dualwrite::demo {
namespace {

constexpr std::chrono::milliseconds slice{200};
constexpr std::chrono::milliseconds redraw_after{100};
constexpr std::size_t bar_width = 24;

}  // namespace

const MapFile& Stage::map(const std::string& name) const {
  const auto it = std::find_if(maps.begin(), maps.end(), [&](const MapFile& map) { return map.name == name; });
  if (it == maps.end()) throw std::logic_error("the demo has no map named " + name);
  return *it;
}

Task<Result<void>> Stage::pause(std::chrono::milliseconds duration) {
  const auto end = clock.elapsed() + duration;
  while (true) {
    if (stop) co_return fail(Errc::cancelled, "the demo was interrupted");
    for (std::optional<Child>* child : {&sandbox, &daemon}) {
      if (!children_may_end && child->has_value() && !(*child)->running()) {
        co_return fail(Errc::unavailable, (*child)->ending() + ": " + (*child)->stderr_tail());
      }
    }
    const auto left = end - clock.elapsed();
    if (left <= std::chrono::milliseconds(0)) co_return Result<void>();
    const auto nap = std::min(left, slice);
    co_await clock.sleep(nap);
  }
}

void Stage::say(const std::string& line) const {
  std::FILE* out = options.json ? stderr : stdout;
  std::fputs((line + "\n").c_str(), out);
  std::fflush(out);
}

Progress::Progress(const Clock& clock, std::string what, std::size_t total)
    : clock_(clock),
      what_(std::move(what)),
      total_(total),
      begun_(clock.elapsed()),
      visible_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (visible_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(std::size_t done) {
  const auto now = clock_.elapsed();
  if (!visible_ || (now - shown_ < redraw_after && done < total_)) return;
  shown_ = now;
  const std::size_t filled = total_ == 0 ? bar_width : std::min(bar_width, done * bar_width / total_);
  const auto spent = (now - begun_).count();
  std::string line = "\r\x1b[K" + what_ + "  [" + std::string(filled, '#') + std::string(bar_width - filled, '.') +
                     "] " + std::to_string(done) + " of " + std::to_string(total_);
  if (spent > 500) {
    const auto rate = done * 1000 / static_cast<std::size_t>(spent);
    line += ", " + std::to_string(rate) + "/s";
    if (rate > 0 && done < total_) line += ", " + std::to_string((total_ - done) / rate) + " s left";
  }
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace dualwrite::demo
