#pragma once
// Webhook steps as clients register them, and the calls that they cause.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

enum class Message : std::uint8_t { create, update, remove };
std::string_view to_string(Message message) noexcept;

/// Which steps a request does not want to run (A13).
struct Bypass {
  bool sync = false;
  bool async = false;
  std::vector<std::string> steps;  ///< 16 bytes each
};
/// Refused where a header names no step, or more than may be.
Outcome<Bypass> bypass_of(const http::Headers& headers);

/// One write, under way or committed.
struct Event {
  Message message = Message::create;
  TableId table = 0;
  std::string key;  ///< 16 bytes
  Row before;
  Row after;
  Assignments changed;  ///< update: the columns of the request and what the platform set
  std::int64_t version = 0;
  std::string user_id;
  std::string tag;
  std::string correlation;  ///< of the request: all its calls bear it
  std::string request;      ///< the GUID of this operation
  Bypass bypass;
  std::string initiating_user_id{};  ///< who acted for that user; empty: the user themselves
};

struct Image {
  std::string alias;
  bool pre = false;
  bool post = false;
  std::vector<ColumnId> columns;  ///< empty: all
};

/// What is wrong with an endpoint's authvalue; then its calls fail.
enum class BrokenCredentials : std::uint8_t { none, headers, query };

struct Step {
  std::string id;  ///< 16 bytes
  std::string name;
  Message message = Message::create;
  TableId table = 0;
  int stage = 40;
  bool is_sync = false;
  int rank = 1;
  bool can_be_bypassed = true;
  BrokenCredentials broken = BrokenCredentials::none;
  std::string user_id;           ///< whom it runs as; empty: the caller
  std::vector<ColumnId> filter;  ///< update: any of these must be in the request; empty: any column
  std::string url;
  http::Headers headers;
  std::vector<Image> images;
};

/// Why a call failed, as the platform names it (A12).
struct CallFailure {
  std::string_view code;
  std::string text;
};
CallFailure failure_of(const CallAnswer& answer);
CallFailure failure_of(BrokenCredentials which);

class Jobs;

/// The enabled steps, read from their tables and read again when these change.
class Steps {
 public:
  /// `jobs` must outlive it.
  Steps(State& state, Jobs& jobs) : state_(state), jobs_(jobs) {}

  /// Whether somebody wants to hear of such a write.
  [[nodiscard]] bool wants(Message message, TableId table);
  /// Makes the calls of the synchronous steps of that stage, in the order of their ranks. Refused as soon as one does
  /// not answer 2xx. Ends the attempt where it has to wait: see Execution.
  Outcome<bool> call(Execution& execution, Transaction& transaction, int stage, const Event& event);
  /// Queues the calls of the asynchronous steps for a committed write. Never waits.
  void fire(const Event& event);
  /// The tables are others now.
  void forget() { is_stale_ = true; }
  /// A row of that table was written.
  void written(const TableSchema& schema);

 private:
  const std::vector<Step>& all();
  State& state_;
  Jobs& jobs_;
  bool is_stale_ = true;
  std::vector<Step> steps_;
};

/// The enabled steps in the order of their ranks.
std::vector<Step> read_steps(const State& state);

/// What the platform refuses to register (B1).
Outcome<bool> check_endpoint(const State& state, const Row& endpoint);
Outcome<bool> check_step(const State& state, const Row& step);
Outcome<bool> check_image(const State& state, const Row& image);

/// The RemoteExecutionContext that a webhook gets. `trimmed`: without what makes it large.
std::string remote_context(const State& state, const Event& event, const Step& step, bool trimmed);

}  // namespace dualwrite::sandbox::dataverse
