// Tombstones have an end: after the retention nobody can still tell of the deletion.
#include <spdlog/logger.h>

#include "sync/link.hpp"

namespace dualwrite::sync {
namespace {

constexpr std::size_t batch = 1000;
constexpr int batches_max = 10;  // in one turn; the rest goes with the next

}  // namespace

Task<void> expire_tombstones(MapRuntime& map, std::chrono::milliseconds retention) {
  Services& services = map.services();
  const Instant before = services.clock.now() - retention;
  std::size_t expired = 0;
  for (int turn = 0; turn < batches_max; ++turn) {
    store::Transaction transaction;
    transaction.expire_tombstones(map.id(), before, batch);
    auto committed = co_await services.store.commit(std::move(transaction));
    if (!committed) {
      map.fault(MapRuntime::Source::store, committed.error().text());
      co_return;
    }
    expired += committed->expired;
    if (committed->expired < batch) break;
  }
  if (expired > 0) services.log->info("tombstones removed map={} count={}", map.map().name, expired);
}

}  // namespace dualwrite::sync
