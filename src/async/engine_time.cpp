#include "async/engine_time.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>

#include "dualwrite/async/simulated_time.hpp"

namespace dualwrite {
namespace {

// Not zero, so that nothing takes it for "never".
constexpr EngineMoment beginning{std::chrono::hours(1)};

struct Simulation {
  EngineMoment now = beginning;
  // By moment, then by the order in which the waits began: two runs must be the same.
  std::multimap<EngineMoment, std::shared_ptr<SimulatedWait>> waits;

  void drop_ended() {
    while (!waits.empty() && !waits.begin()->second->finish) waits.erase(waits.begin());
  }
};

// Written only while no timer exists, by the one thread of a simulation.
std::unique_ptr<Simulation> simulation;

}  // namespace

EngineMoment engine_now() noexcept {
  return simulation == nullptr ? std::chrono::steady_clock::now() : simulation->now;
}

bool time_is_simulated() noexcept {
  return simulation != nullptr;
}

void wait_simulated(EngineMoment until, std::shared_ptr<SimulatedWait> wait) {
  simulation->waits.emplace(until, std::move(wait));
}

void EngineTimer::expires_after(std::chrono::milliseconds limit) {
  // So that it can be added to the clock without overflow; a year stands for "however long it takes".
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  timer_.expires_at(engine_now() + std::min(limit, longest));
}

SimulatedTime::SimulatedTime() {
  if (simulation != nullptr) throw std::logic_error("there is a simulated time already");
  simulation = std::make_unique<Simulation>();
}

SimulatedTime::~SimulatedTime() {
  simulation.reset();
}

std::chrono::milliseconds SimulatedTime::elapsed() const {
  return std::chrono::floor<std::chrono::milliseconds>(simulation->now - beginning);
}

bool SimulatedTime::advance(std::chrono::milliseconds limit) {
  const EngineMoment end = beginning + limit;
  simulation->drop_ended();
  auto& waits = simulation->waits;
  if (waits.empty() || waits.begin()->first >= end) {
    simulation->now = std::max(simulation->now, end);
    return false;
  }
  simulation->now = std::max(simulation->now, waits.begin()->first);
  while (!waits.empty() && waits.begin()->first <= simulation->now) {
    const std::shared_ptr<SimulatedWait> wait = std::move(waits.begin()->second);
    waits.erase(waits.begin());
    wait->end({});
  }
  return true;
}

}  // namespace dualwrite
