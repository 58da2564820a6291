#include "simulation/inline_store.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dualwrite::simulation {

using store::sqlite::Database;

InlineStore::InlineStore(std::unique_ptr<Database> database, Dice& dice, std::function<bool()> dead)
    : database_(std::move(database)), dice_(dice), dead_(std::move(dead)) {}

Task<void> InlineStore::let_others_run() {
  for (std::uint64_t turns = dice_.below(3); turns > 0; --turns) co_await boost::asio::post(boost::asio::use_awaitable);
}

// The work runs at one moment; what comes before and after it may find the process dead.
template <class T, class Work>
Task<Result<T>> InlineStore::run(Work work) {
  co_await let_others_run();
  if (dead_()) co_return fail(Errc::storage, "the process has ended");
  Result<T> result = work(*database_);
  co_await let_others_run();
  if (dead_()) co_return fail(Errc::storage, "the process has ended");
  co_return result;
}

Task<Result<MapId>> InlineStore::map_id(std::string name) {
  const auto work = [&name](Database& database) { return database.map_id(name); };
  co_return co_await run<MapId>(work);
}

Task<Result<store::Committed>> InlineStore::commit(store::Transaction transaction) {
  const auto work = [&transaction](Database& database) { return database.apply(transaction); };
  co_return co_await run<store::Committed>(work);
}

Task<Result<std::vector<std::optional<Coupling>>>> InlineStore::couplings(std::vector<RecordRef> records) {
  const auto work = [&records](Database& database) { return database.reads().couplings(records); };
  co_return co_await run<std::vector<std::optional<Coupling>>>(work);
}

Task<Result<std::vector<std::optional<store::CouplingHead>>>> InlineStore::heads_by_endpoint_key(
    MapId map, Side side, std::vector<std::string> keys) {
  const auto work = [&](Database& database) { return database.reads().heads_by_endpoint_key(map, side, keys); };
  co_return co_await run<std::vector<std::optional<store::CouplingHead>>>(work);
}

Task<Result<std::vector<std::optional<store::CouplingHead>>>> InlineStore::heads_by_row_id(
    MapId map, Side side, std::vector<std::string> row_ids) {
  const auto work = [&](Database& database) { return database.reads().heads_by_row_id(map, side, row_ids); };
  co_return co_await run<std::vector<std::optional<store::CouplingHead>>>(work);
}

Task<Result<std::vector<std::optional<store::CouplingHead>>>> InlineStore::heads(MapId map,
                                                                                 std::vector<RecordKey> keys) {
  const auto work = [&](Database& database) { return database.reads().heads(map, keys); };
  co_return co_await run<std::vector<std::optional<store::CouplingHead>>>(work);
}

Task<Result<std::vector<store::CouplingHead>>> InlineStore::heads_after(MapId map, RecordKey after, std::size_t limit) {
  const auto work = [&](Database& database) { return database.reads().heads_after(map, after, limit); };
  co_return co_await run<std::vector<store::CouplingHead>>(work);
}

Task<Result<std::vector<store::PendingMark>>> InlineStore::marks_after(MarkSeq after, std::size_t limit) {
  const auto work = [&](Database& database) { return database.reads().marks_after(after, limit); };
  co_return co_await run<std::vector<store::PendingMark>>(work);
}

Task<Result<std::optional<std::string>>> InlineStore::setting(std::string name) {
  const auto work = [&](Database& database) { return database.reads().setting(name); };
  co_return co_await run<std::optional<std::string>>(work);
}

Task<Result<std::vector<store::JournalEntry>>> InlineStore::journal(store::Filter filter) {
  const auto work = [&](Database& database) { return database.reads().journal(filter); };
  co_return co_await run<std::vector<store::JournalEntry>>(work);
}

Task<Result<std::vector<store::DeadLetter>>> InlineStore::dead_letters(store::Filter filter) {
  const auto work = [&](Database& database) { return database.reads().dead_letters(filter); };
  co_return co_await run<std::vector<store::DeadLetter>>(work);
}

Task<Result<std::optional<store::DeadLetter>>> InlineStore::dead_letter(store::DeadLetterId id) {
  const auto work = [&](Database& database) { return database.reads().dead_letter(id); };
  co_return co_await run<std::optional<store::DeadLetter>>(work);
}

Task<Result<store::Counts>> InlineStore::counts(std::optional<MapId> map) {
  const auto work = [&](Database& database) -> Result<store::Counts> { return database.counts(map); };
  co_return co_await run<store::Counts>(work);
}

Task<void> InlineStore::answered() {
  co_await let_others_run();
}

}  // namespace dualwrite::simulation
