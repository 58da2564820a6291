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

/// One committed write.
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
  std::string initiating_user_id{};  ///< who acted for that user; empty: the user themselves
};

struct Image {
  std::string alias;
  bool pre = false;
  bool post = false;
  std::vector<ColumnId> columns;  ///< empty: all
};

struct Step {
  std::string id;  ///< 16 bytes
  std::string name;
  Message message = Message::create;
  TableId table = 0;
  std::vector<ColumnId> filter;  ///< update: any of these must be in the request; empty: any column
  std::string url;
  http::Headers headers;
  std::vector<Image> images;
};

/// The enabled steps, read from their tables and read again when these change.
class Steps {
 public:
  explicit Steps(State& state) : state_(state) {}

  /// Whether somebody wants to hear of such a write.
  [[nodiscard]] bool wants(Message message, TableId table);
  /// Queues the calls for a committed write. Never waits.
  void fire(const Event& event);
  /// The tables are others now.
  void forget() { is_stale_ = true; }
  /// A row of that table was written.
  void written(const TableSchema& schema);

 private:
  void load();
  State& state_;
  bool is_stale_ = true;
  std::vector<Step> steps_;
};

/// Refuses what this sandbox cannot do: a step that is to run synchronously, an impossible stage.
Outcome<bool> check_step(const State& state, const Row& step);

/// The RemoteExecutionContext that a webhook gets. `trimmed`: without what makes it large.
std::string remote_context(const State& state, const Event& event, const Step& step, bool trimmed);

}  // namespace dualwrite::sandbox::dataverse
