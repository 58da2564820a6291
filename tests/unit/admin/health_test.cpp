#include "admin/health.hpp"

#include <gtest/gtest.h>

#include "support/fake_control.hpp"

namespace dualwrite::admin {
namespace {

using test::at;

sync::LinkStatus link_with(store::MapState state, Instant last_progress) {
  test::FakeControl control;
  control.add_map("customers", state);
  control.link.last_progress = last_progress;
  return control.link;
}

TEST(Health, IsLostWhenNothingCameToAnEndForFiveMinutesWhileAMapRuns) {
  const sync::LinkStatus status = link_with(store::MapState::running, at("2026-01-02T03:00:00Z"));
  const Instant started = at("2026-01-01T00:00:00Z");

  EXPECT_EQ(why_stalled(status, started, at("2026-01-02T03:05:00Z")), "");
  EXPECT_EQ(
      why_stalled(status, started, at("2026-01-02T03:05:01Z")),
      "no lane, scan or delta has come to an end since 2026-01-02T03:00:00Z although the map customers is running");
}

TEST(Health, AsksNothingOfMapsThatNeedNotGetAnywhere) {
  const Instant long_ago = at("2025-01-01T00:00:00Z");
  for (const auto state : {store::MapState::stopped, store::MapState::paused, store::MapState::held}) {
    EXPECT_EQ(why_stalled(link_with(state, long_ago), long_ago, at("2026-01-01T00:00:00Z")), "");
  }
  for (const auto state : {store::MapState::initial_sync, store::MapState::catching_up}) {
    EXPECT_NE(why_stalled(link_with(state, long_ago), long_ago, at("2026-01-01T00:00:00Z")), "");
  }
}

TEST(Health, GivesADaemonThatHasJustStartedItsTime) {
  const sync::LinkStatus status = link_with(store::MapState::running, Instant{});

  EXPECT_EQ(why_stalled(status, at("2026-01-02T03:00:00Z"), at("2026-01-02T03:04:00Z")), "");
  EXPECT_NE(why_stalled(status, at("2026-01-02T03:00:00Z"), at("2026-01-02T03:06:00Z")), "");
}

}  // namespace
}  // namespace dualwrite::admin
