#pragma once
// Metric cells. A room holds references to its cells; admin renders all of them as Prometheus text.
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dualwrite {

/// A number that only grows (counter) or moves (gauge). Any thread.
class Cell {
 public:
  void add(std::int64_t by = 1) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  void set(std::int64_t to) noexcept { value_.store(to, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

enum class MetricKind : std::uint8_t { counter, gauge };

/// All cells of the process. Cells live as long as the registry. Any thread.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  /// Finds or makes the cell of that name and those labels. `help` and `kind` are taken from the first call for a name.
  Cell& cell(MetricKind kind, std::string_view name, std::string_view help, Labels labels = {});

  /// Sum over all cells of that name, whatever their labels.
  [[nodiscard]] std::int64_t sum(std::string_view name) const;

  /// The Prometheus text exposition format, version 0.0.4.
  [[nodiscard]] std::string render() const;

 private:
  struct Entry {
    std::string name;
    std::string help;
    MetricKind kind;
    Labels labels;
    Cell cell;
    Entry(std::string n, std::string h, MetricKind k, Labels l)
        : name(std::move(n)), help(std::move(h)), kind(k), labels(std::move(l)) {}
  };
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;  // a deque, so that references to cells stay valid
};

}  // namespace dualwrite
