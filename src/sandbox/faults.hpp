#pragma once
// What is to go wrong, and when: rules, and the decision which of them a request or an event meets. No input or output
// here; fault_apply.hpp and the dispatcher carry a decision out.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dualwrite::sandbox {

enum class Side : std::uint8_t { dataverse, finops };
std::string_view to_string(Side side) noexcept;

/// docs/SANDBOX.md says what each does.
enum class FaultKind : std::uint8_t {
  lost_reply,
  refuse,
  delay,
  late,
  truncate,
  reset,
  html,
  short_page,
  page_fails,
  drop_event,
  duplicate_event,
  reorder_event,
  delay_event,
  slow_commit,
  roll_back,
};
/// "lost-reply".
std::string_view to_string(FaultKind kind) noexcept;
bool is_about_events(FaultKind kind) noexcept;

struct FaultRule {
  FaultKind kind = FaultKind::refuse;
  std::optional<Side> side;
  std::string method;  ///< empty: any
  std::string path;    ///< empty: any
  bool writes_only = false;
  double probability = 1;
  std::uint64_t seed = 1;
  std::uint64_t skip = 0;
  std::uint64_t count = 1;
  std::chrono::milliseconds delay{0};
  int status = 0;                  ///< of the answer, where the kind gives one
  std::optional<int> retry_after;  ///< seconds
};

/// What a rule sees of a request, or of a part of a batch.
struct RequestFacts {
  Side side = Side::dataverse;
  std::string method;
  std::string target;               ///< as it was sent
  std::vector<RequestFacts> parts;  ///< of a $batch
  [[nodiscard]] bool is_write() const;
  /// A page after the first.
  [[nodiscard]] bool is_continuation() const;
};

struct EventFacts {
  Side side = Side::dataverse;
  std::string_view subject;  ///< "account/Update", "CustomersV3/Updated"
};

/// What is to be done.
struct Fault {
  FaultKind kind = FaultKind::refuse;
  std::chrono::milliseconds delay{0};
  int status = 0;
  std::optional<int> retry_after;
};

/// The rules in the order of their ids; the first that hits decides. A rule's own generator, counted from its seed,
/// makes the answers repeatable. One thread, like everything here.
class Faults {
 public:
  static constexpr std::size_t rules_max = 100;
  struct Entry {
    std::uint64_t id = 0;
    FaultRule rule;
    std::uint64_t generator = 0;
    std::uint64_t matched = 0;
    std::uint64_t hits = 0;
  };

  /// The rule's id; nothing if there are as many rules as there may be.
  std::optional<std::uint64_t> add(FaultRule rule);
  bool remove(std::uint64_t id);
  void clear() { entries_.clear(); }
  [[nodiscard]] const std::deque<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  /// Before a request is carried out.
  std::optional<Fault> on_request(const RequestFacts& request);
  /// Before a part of `batch`, which met no rule as a whole, is carried out.
  std::optional<Fault> on_part(const RequestFacts& batch, const RequestFacts& part);
  /// When a request or part has been answered with a page of rows.
  std::optional<Fault> on_page(const RequestFacts& request);
  /// Before a Dataverse transaction, its synchronous steps done, commits. `request.parts` are what it wrote with.
  std::optional<Fault> on_commit(const RequestFacts& request);
  std::optional<Fault> on_event(const EventFacts& event);

 private:
  template <class Matches>
  std::optional<Fault> first_hit(Matches matches);
  std::deque<Entry> entries_;
  std::uint64_t last_id_ = 0;
};

}  // namespace dualwrite::sandbox
