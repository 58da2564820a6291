#include "sandbox/dataverse/execution.hpp"

#include <utility>

#include "dualwrite/base/time.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

Refusal sql_timeout(const State& state) {
  return {state.switches.sql_failure_status, "0x80044151", "SQL timeout expired."};
}

Refusal deadlock(const State& state) {
  return {state.switches.sql_failure_status, "0x80044150",
          "Generic SQL error: the transaction was deadlocked on lock resources with another process and has been "
          "chosen as the deadlock victim. Rerun the transaction."};
}

Refusal pipeline_too_long(const State& state) {
  return {state.switches.sql_failure_status, "0x80040224",
          "The plug-in execution failed because the operation has timed-out at 2-minutes limit."};
}

Refusal rolled_back(const State& state, int status) {
  if (status >= 500) {
    Refusal refusal = sql_timeout(state);
    refusal.status = status;
    return refusal;
  }
  return {status, "0x80040265", "The operation was cancelled by a plug-in that ran after the other steps."};
}

}  // namespace

Execution::Execution(State& state, const http::Request& request)
    : state_(state), request_(request), owner_(state.locks.new_owner()) {}

const std::string& Execution::correlation() {
  // Not new_guid(): what rows are called must not depend on who listens, nor on how often the unit runs.
  if (correlation_.empty()) {
    correlation_ = guid_text(seed_guid("correlation/" + std::to_string(owner_) + "/" +
                                       std::to_string(static_cast<std::int64_t>(state_.version))));
  }
  return correlation_;
}

Execution::~Execution() {
  end_unit();
}

void Execution::begin_unit() {
  if (attempts_++ == 0) {
    began_ = state_.clock.elapsed();
    now_ = format_instant(std::chrono::floor<std::chrono::seconds>(state_.clock.now()));
  }
  wait_ = {};
  next_call_ = 0;
  parts_.clear();
  guids_.next = 0;
  versions_.next = 0;
}

void Execution::end_unit() {
  state_.locks.release(owner_);
  state_.open_since.erase(owner_);
  attempts_ = 0;
  lock_time_ = {};
  guids_ = {};
  versions_ = {};
  calls_.clear();
  part_refusals_.clear();
  has_commit_fault_ = false;
  commit_fault_.reset();
  has_waited_for_commit_ = false;
}

BatchRun& Execution::begin_batch(BatchRules rules) {
  faults_.emplace(state_.faults, Side::dataverse, request_);
  rules.guard = this;
  return batch_.emplace(request_, std::move(rules));
}

void Execution::note_part(const http::Request& part) {
  if (state_.faults == nullptr || state_.faults->empty()) return;
  parts_.push_back({Side::dataverse, part.method, part.target, {}});
}

std::optional<http::Response> Execution::refused_part(const http::Request& part) {
  // note_part() has counted this one already.
  if (!faults_ || parts_.empty()) return std::nullopt;
  const std::size_t index = parts_.size() - 1;
  while (part_refusals_.size() <= index) part_refusals_.push_back(faults_->refused(part));
  return part_refusals_[index];
}

http::Response Execution::shortened(const http::Request& part, http::Response response) {
  return faults_ ? faults_->shortened(part, std::move(response)) : std::move(response);
}

void Execution::suspend(Transaction* transaction, Wait wait) {
  if (transaction != nullptr) {
    for (const Transaction::Undo& write : transaction->writes()) {
      const Hit hit = write.table->find(write.key);
      state_.locks.hold(owner_, locks_of_write(*write.table, write.key, write.before ? &write.before->row : nullptr,
                                               hit ? &hit.record->row : nullptr));
    }
    if (!versions_.drawn.empty()) state_.open_since.insert_or_assign(owner_, versions_.drawn.front());
  }
  wait_ = std::move(wait);
  throw Suspended();
}

void Execution::need(Transaction* transaction, std::vector<std::string> resources) {
  const auto holder = state_.locks.other_holder(owner_, resources);
  if (!holder) return;
  if (state_.locks.is_deadlock(owner_, *holder)) throw Failed(deadlock(state_));
  if (lock_time_left().count() <= 0) throw Failed(sql_timeout(state_));
  versions_.drawn.resize(versions_.used);
  Wait wait;
  wait.kind = Wait::Kind::lock;
  wait.resources = std::move(resources);
  suspend(transaction, std::move(wait));
}

void Execution::before_write(Transaction& transaction, const Table& table, const std::string& key, const Row* before,
                             const Row* after) {
  if (!state_.locks.empty()) need(&transaction, locks_of_write(table, key, before, after));
  versions_.used = versions_.next;
}

void Execution::before_read(const Table& table, const std::string& key) {
  if (state_.switches.readers_wait && !state_.locks.empty()) {
    need(nullptr, locks_of_write(table, key, nullptr, nullptr));
  }
}

std::chrono::milliseconds Execution::lock_time_left() const {
  return state_.switches.lock_limit - lock_time_;
}

std::optional<Locks::Owner> Execution::holder() const {
  return state_.locks.other_holder(owner_, wait_.resources);
}

CallAnswer Execution::call(Transaction& transaction, const std::string& identity, const std::function<Post()>& make) {
  if (next_call_ < calls_.size() && calls_[next_call_].identity == identity) return calls_[next_call_++].answer;
  // The rows are others than they were in the attempt before, so what was asked after this point does not count.
  calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(next_call_), calls_.end());
  if (state_.clock.elapsed() - began_ >= state_.switches.pipeline_limit) throw Failed(pipeline_too_long(state_));
  Wait wait;
  wait.kind = Wait::Kind::call;
  wait.post = make();
  wait.identity = identity;
  suspend(&transaction, std::move(wait));
}

void Execution::answered(CallAnswer answer) {
  calls_.push_back({wait_.identity, answer});
}

std::optional<http::Response> Execution::before_commit(Transaction& transaction) {
  if (transaction.writes().empty()) return std::nullopt;
  if (!calls_.empty() && state_.clock.elapsed() - began_ >= state_.switches.pipeline_limit) {
    return dataverse_error(pipeline_too_long(state_));
  }
  if (!has_commit_fault_ && state_.faults != nullptr) {
    has_commit_fault_ = true;
    RequestFacts facts{Side::dataverse, request_.method, request_.target, parts_};
    commit_fault_ = state_.faults->on_commit(facts);
  }
  if (!commit_fault_) return std::nullopt;
  if (commit_fault_->kind == FaultKind::roll_back) return dataverse_error(rolled_back(state_, commit_fault_->status));
  if (!has_waited_for_commit_) {
    Wait wait;
    wait.kind = Wait::Kind::commit;
    wait.delay = commit_fault_->delay;
    suspend(&transaction, std::move(wait));
  }
  return std::nullopt;
}

}  // namespace dualwrite::sandbox::dataverse
