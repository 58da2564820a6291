#pragma once
// What is to go wrong, and when: rules, and the decision which of them a request or an event meets. No input or output
// here; fault_apply.hpp and the dispatcher carry a decision out.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/http/message.hpp"

namespace dualwrite::sandbox {

enum class Side : std::uint8_t { dataverse, finops, token };
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
  expired_delta,
  revoke_token,
  restart_in_batch,
  alter_column,
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

/// What a rule of kind alter-column does to a cell that is written.
struct Alteration {
  enum class How : std::uint8_t { trim, upper_case, round, set_default, append };
  std::string table;  ///< its name or its set
  std::string column;
  How how = How::trim;
  std::string text;  ///< the default (in stored form), or what is appended
  int digits = 0;    ///< behind the point
};

struct FaultRule {
  FaultKind kind = FaultKind::refuse;
  std::optional<Side> side;  ///< nothing: either of the two services; the token service only by its name
  std::string method;        ///< empty: any
  std::string path;          ///< empty: any
  bool writes_only = false;
  double probability = 1;
  std::uint64_t seed = 1;
  std::uint64_t skip = 0;
  std::uint64_t count = 1;
  std::chrono::milliseconds delay{0};
  int status = 0;                                  ///< of the answer, where the kind gives one
  std::optional<int> retry_after;                  ///< seconds
  std::string code;                                ///< of a refusal by Dataverse: "0x80044150"; empty: the status's own
  std::string text;                                ///< of a refusal; empty: the status's own
  std::optional<std::chrono::milliseconds> lasts;  ///< from the moment it was added
  Alteration alteration;
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
  /// Follows a delta link.
  [[nodiscard]] bool is_delta() const;
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
  std::string code{};
  std::string text{};
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
    std::optional<std::chrono::milliseconds> ends_at;  ///< on the clock that the time function reads
  };

  /// What some kinds need of the sandbox around them. Any may be empty, and then such a rule has no effect.
  struct Hands {
    std::function<std::chrono::milliseconds()> elapsed;           ///< a clock that never goes back
    std::function<void(const http::Request&)> revoke_token;       ///< of the request
    std::function<void(std::chrono::milliseconds down)> restart;  ///< begins one, unless one is under way
  };
  void set_hands(Hands hands) { hands_ = std::move(hands); }
  [[nodiscard]] const Hands& hands() const noexcept { return hands_; }

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
  /// Before a row is stored: every rule about the table gets its turn, in order. `alter` says whether it changed
  /// anything, and only then it is a hit.
  void on_write(Side side, std::string_view table, std::string_view set,
                const std::function<bool(const Alteration&)>& alter);

 private:
  template <class Matches>
  std::optional<Fault> first_hit(Matches matches);
  [[nodiscard]] bool is_spent(const Entry& entry) const;
  static bool is_lucky(Entry& entry);
  Hands hands_;
  std::deque<Entry> entries_;
  std::uint64_t last_id_ = 0;
};

}  // namespace dualwrite::sandbox
