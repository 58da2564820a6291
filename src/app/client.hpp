#pragma once
// The daemon's REST interface as a blocking client. The answer's numbers keep their text.
#include <expected>
#include <memory>
#include <string>

#include "app/console.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/http/message.hpp"
#include "dualwrite/maps/json_document.hpp"

namespace dualwrite::app {

inline constexpr const char* default_url = "http://127.0.0.1:8700";

/// What every client verb takes.
struct ClientOptions {
  std::string url = default_url;
  std::string key_file;  ///< empty: the key is in DUALWRITE_KEY, or there is none
  bool json = false;
};

/// One daemon, asked by one verb. Owns its own event loop; the console must outlive it.
class Client {
 public:
  /// Complains and gives the exit status when the options cannot work.
  static std::expected<std::unique_ptr<Client>, int> open(const Console& console, const ClientOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends to /api/v1/`path`, or to `path` itself if it begins with '/'. With --json the body is printed as it is,
  /// unless `quiet`. A refusal or a failure is complained about and gives the exit status.
  std::expected<maps::JsonNode, int> ask(std::string method, const std::string& path, std::string body = {},
                                         bool quiet = false);

  /// Prints the last answer's body as it is.
  void print_body() const;

  void pause(std::chrono::milliseconds duration);

  [[nodiscard]] bool json() const noexcept;
  [[nodiscard]] const Console& console() const noexcept;

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The member's text; "" for null or none.
const std::string& text_of(const maps::JsonNode& object, std::string_view name);
/// The member, or a null node.
const maps::JsonNode& member_of(const maps::JsonNode& object, std::string_view name);
/// The member as a whole number; 0 where it is none.
std::int64_t number_of(const maps::JsonNode& object, std::string_view name);

/// The path with each value percent-encoded: {"limit","10"} -> "?limit=10". Empty values are left out.
std::string with_query(const std::string& path, const std::vector<std::pair<std::string, std::string>>& query);

/// A JSON object of strings; empty values are left out.
std::string json_body(const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace dualwrite::app
