#pragma once
// One request on its way to its answer, in as many attempts as it has to wait: for a synchronous step's webhook, for a
// row that another transaction has locked, for a commit that a rule makes slow.
//
// An attempt runs without a pause against the tables. Where it would have to wait it throws Suspended: what it wrote is
// taken back, so that nobody reads what is not committed, and its rows stay locked. When the wait is over the unit (the
// request, or one part or change set of a batch) runs again with the answers that it got so far; GUIDs, versions and
// the time are those of the first attempt. The handlers need not know of any of this.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/batch.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/dataverse/version.hpp"
#include "sandbox/fault_apply.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/locks.hpp"

namespace dualwrite::sandbox::dataverse {

/// Ends an attempt. Caught by Service alone.
struct Suspended {};

/// Ends a request, or a part of a batch, with this refusal, wherever it stands. Caught by Service alone.
struct Failed {
  Refusal refusal;
  explicit Failed(Refusal r) : refusal(std::move(r)) {}
};

/// What an attempt waits for.
struct Wait {
  enum class Kind : std::uint8_t { none, call, lock, commit };
  Kind kind = Kind::none;
  Post post;                           ///< call
  std::string identity;                ///< call: which one
  std::vector<std::string> resources;  ///< lock: one of these is held
  std::chrono::milliseconds delay{0};  ///< commit
};

class Execution final : public UnitGuard, private WriteGate {
 public:
  /// What is passed by reference must outlive it.
  Execution(State& state, const http::Request& request);
  ~Execution() override;
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  void begin_unit() override;
  std::optional<http::Response> before_commit(Transaction& transaction) override;
  void end_unit() override;
  WriteGate* gate() override { return this; }

  /// The answer to a webhook call that the transaction cannot go on without. Called again in every later attempt with
  /// the same `identity`.
  CallAnswer call(Transaction& transaction, const std::string& identity, const std::function<Post()>& make);
  /// A part of the unit, for the rules about commits. The rules about parts of a batch: `faults` decides once.
  void note_part(const http::Request& part);
  std::optional<http::Response> refused_part(const http::Request& part);
  http::Response shortened(const http::Request& part, http::Response response);
  /// Refused where another transaction has the row, if readers wait.
  void before_read(const Table& table, const std::string& key);

  [[nodiscard]] GuidTape& guids() noexcept { return guids_; }
  [[nodiscard]] VersionTape& versions() noexcept { return versions_; }
  /// To the second, as rows store it.
  [[nodiscard]] const std::string& now() const noexcept { return now_; }
  /// One GUID for the whole request.
  const std::string& correlation();
  /// The unit runs for the first time.
  [[nodiscard]] bool is_first_attempt() const noexcept { return attempts_ <= 1; }
  void count_operation() noexcept { ++operations_; }
  [[nodiscard]] std::int64_t operations() const noexcept { return operations_; }
  [[nodiscard]] BatchRun* batch() noexcept { return batch_ ? &*batch_ : nullptr; }
  BatchRun& begin_batch(BatchRules rules);

  // What Service does between the attempts.
  [[nodiscard]] const Wait& wait() const noexcept { return wait_; }
  [[nodiscard]] Wait& wait() noexcept { return wait_; }
  void answered(CallAnswer answer);
  void committed_late() noexcept { has_waited_for_commit_ = true; }
  /// How long the unit may yet wait for rows.
  [[nodiscard]] std::chrono::milliseconds lock_time_left() const;
  void waited_for_lock(std::chrono::milliseconds time) { lock_time_ += time; }
  [[nodiscard]] std::optional<Locks::Owner> holder() const;
  [[nodiscard]] Locks::Owner owner() const noexcept { return owner_; }

 private:
  struct Called {
    std::string identity;
    CallAnswer answer;
  };
  void before_write(Transaction& transaction, const Table& table, const std::string& key, const Row* before,
                    const Row* after) override;
  [[noreturn]] void suspend(Transaction* transaction, Wait wait);
  void need(Transaction* transaction, std::vector<std::string> resources);

  State& state_;
  const http::Request& request_;
  Locks::Owner owner_;
  std::optional<BatchRun> batch_;
  std::optional<BatchFaults> faults_;
  std::string correlation_;
  std::string now_;
  std::int64_t operations_ = 0;
  // Of the unit:
  int attempts_ = 0;
  std::chrono::milliseconds began_{0};
  std::chrono::milliseconds lock_time_{0};
  GuidTape guids_;
  VersionTape versions_;
  std::vector<Called> calls_;
  std::size_t next_call_ = 0;
  std::vector<std::optional<http::Response>> part_refusals_;
  std::vector<RequestFacts> parts_;  ///< of this attempt
  bool has_commit_fault_ = false;
  std::optional<Fault> commit_fault_;
  bool has_waited_for_commit_ = false;
  Wait wait_;
};

}  // namespace dualwrite::sandbox::dataverse
