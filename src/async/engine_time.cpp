#include "async/engine_time.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <queue>
#include <stdexcept>
#include <vector>

#include "dualwrite/async/simulated_time.hpp"

namespace dualwrite {
namespace {

using Moment = EngineTime::time_point;

// Not zero, so that nothing takes it for "never".
constexpr Moment beginning{std::chrono::hours(1)};

struct Simulation {
  Moment now = beginning;
  // Moments of timers that were cancelled stay in: the time stops there for nothing, and goes on.
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> expected;
};

// Written only while no timer exists, by the one thread of a simulation.
std::unique_ptr<Simulation> simulation;

}  // namespace

Moment EngineTime::now() noexcept {
  return simulation == nullptr ? std::chrono::steady_clock::now() : simulation->now;
}

bool EngineTime::simulated() noexcept {
  return simulation != nullptr;
}

void EngineTime::expect(Moment moment) {
  if (simulation != nullptr) simulation->expected.push(moment);
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
  const Moment end = beginning + limit;
  auto& expected = simulation->expected;
  while (!expected.empty() && expected.top() <= simulation->now) expected.pop();
  if (expected.empty() || expected.top() >= end) {
    simulation->now = std::max(simulation->now, end);
    return false;
  }
  simulation->now = expected.top();
  return true;
}

}  // namespace dualwrite
