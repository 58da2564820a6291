#pragma once
// $batch for both services: parts in order, each change set one transaction.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dualwrite/http/message.hpp"
#include "sandbox/reply.hpp"
#include "sandbox/schema.hpp"
#include "sandbox/table.hpp"

namespace dualwrite::sandbox {

/// Stands beside each transaction of a request that may have to wait: an attempt that cannot go on throws, and the
/// whole unit is run again later.
class UnitGuard {
 public:
  virtual ~UnitGuard() = default;
  /// An attempt at a part, or at a change set, begins.
  virtual void begin_unit() = 0;
  /// Nothing, or the failure that takes the commit's place.
  virtual std::optional<http::Response> before_commit(Transaction& transaction) = 0;
  /// It is committed or rolled back for good.
  virtual void end_unit() = 0;
  [[nodiscard]] virtual WriteGate* gate() = 0;
};

struct BatchRules {
  std::string root_path;  ///< "/api/data/v9.2/": what relative URLs are relative to
  std::size_t parts_max = 1000;
  bool stops_at_failure = false;
  bool outer_status_is_failure = true;  ///< of a batch that stopped; otherwise it is 200
  bool needs_content_ids = false;       ///< within change sets
  bool names_failed_part = false;       ///< the one error of a change set carries the Content-ID of the failing part
  bool if_match_in_change_sets = true;  ///< otherwise such a header is ignored there
  http::Response (*error)(const Refusal&) = nullptr;
  UnitGuard* guard = nullptr;  ///< may be nullptr; must outlive the batch
};

/// Runs one part. `created` gets the resource that a POST or an upsert wrote, for later references by Content-ID.
using RunPart = std::function<http::Response(const http::Request& part, Transaction& transaction,
                                             const TextMap<std::string>& content_ids, std::string& created)>;

/// A batch that can be taken up again: where `run` threw, another call goes on with the unit that was not finished.
class BatchRun {
 public:
  /// What is passed by reference must outlive it.
  BatchRun(const http::Request& request, BatchRules rules);
  ~BatchRun();
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;
  http::Response go_on(const RunPart& run);

 private:
  class State;
  std::unique_ptr<State> state_;
};

http::Response run_batch(const http::Request& request, const BatchRules& rules, const RunPart& run);

}  // namespace dualwrite::sandbox
