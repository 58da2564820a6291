// How fast the state file is: marks at several batch sizes, couplings put and read. Run it on the disk that counts:
// TMPDIR=/var/lib/x build/release/tests/bench/store_bench
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/sqlite/database.hpp"

namespace dualwrite::store {
namespace {

constexpr std::size_t columns = 30;

class TempFile {
 public:
  TempFile() : file_((std::filesystem::temp_directory_path() / "dualwrite-store-bench.db").string()) { remove(); }
  ~TempFile() { remove(); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  [[nodiscard]] const std::string& name() const { return file_; }

 private:
  void remove() {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(file_ + suffix, ignored);
  }
  std::string file_;
};

std::unique_ptr<sqlite::Database> open(const TempFile& file) {
  sqlite::DatabaseSettings settings;
  settings.file = file.name();
  auto opened = sqlite::Database::open(settings);
  if (!opened) throw std::runtime_error(opened.error().text());
  return std::move(*opened);
}

void commit(sqlite::Database& database, const Transaction& transaction) {
  const auto committed = database.apply(transaction);
  if (!committed) throw std::runtime_error(committed.error().text());
  if (database.log_pages() > 8000) database.checkpoint(sqlite::Database::Checkpoint::passive);
}

std::string key_of(std::size_t number) {
  return "usmf|c-" + std::to_string(number * 2654435761U % 1'000'000'007U);
}

Coupling coupling(std::size_t number) {
  Coupling out;
  out.record = RecordRef(MapId(1), RecordKey(key_of(number)));
  const EditTime time(Instant(std::chrono::milliseconds(1700000000000)),
                      Instant(std::chrono::milliseconds(1700000000999)), TimeSource::stamp);
  Row row;
  out.agreed.emplace();
  for (std::size_t i = 0; i < columns; ++i) {
    row.push_back(i % 3 == 0 ? Value::number("12345.67") : Value::string("value " + std::to_string(number + i)));
    out.agreed->emplace_back(row.back(), time, Side::finops);
  }
  for (const Side side : both_sides) {
    out.sides[side].key = std::string(to_string(side)) + key_of(number);
    out.sides[side].token = "W/\"JzAsMTIzNDU2Nzg5Jw==\"";
    out.sides[side].shadow = row;
  }
  return out;
}

void fill(sqlite::Database& database, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    Transaction transaction;
    for (std::size_t i = 0; i < 1000 && done < count; ++i) transaction.put(coupling(done++));
    commit(database, transaction);
  }
}

void marks(benchmark::State& state) {
  const TempFile file;
  const auto database = open(file);
  Mark mark;
  mark.map = MapId(1);
  mark.key = RecordKey("usmf|c-000001");
  mark.endpoint_key = "b3c1a7e0-1c5e-4f2a-9d7e-0123456789ab";
  const auto batch = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    Transaction transaction;
    for (std::size_t i = 0; i < batch; ++i) transaction.mark(mark);
    commit(*database, transaction);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(marks)->Arg(1)->Arg(10)->Arg(100)->UseRealTime();

void couplings_put(benchmark::State& state) {
  const TempFile file;
  const auto database = open(file);
  const std::size_t known = 100'000;
  fill(*database, known);
  std::mt19937 random(1);
  const auto batch = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    Transaction transaction;
    for (std::size_t i = 0; i < batch; ++i) {
      Coupling next = coupling(random() % known);
      // SQLite notices when a row is overwritten with the same bytes, and then neither writes nor syncs.
      next.sides[Side::finops].token = "W/\"" + std::to_string(random()) + '"';
      transaction.put(std::move(next));
    }
    commit(*database, transaction);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(couplings_put)->Arg(1)->Arg(10)->Arg(100)->UseRealTime();

void couplings_read(benchmark::State& state) {
  const TempFile file;
  const auto database = open(file);
  const std::size_t known = 100'000;
  fill(*database, known);
  std::mt19937 random(1);
  for (auto _ : state) {
    std::vector<RecordRef> records;
    for (int i = 0; i < 1000; ++i) records.emplace_back(MapId(1), RecordKey(key_of(random() % known)));
    auto read = database->reads().couplings(records);
    if (!read) throw std::runtime_error(read.error().text());
    benchmark::DoNotOptimize(read);
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(couplings_read)->UseRealTime();

}  // namespace
}  // namespace dualwrite::store

BENCHMARK_MAIN();
