#pragma once
// Service protection: what one user may ask of one web server in a sliding window (A11). Nothing of it is saved: a
// server that starts anew has forgotten who asked.
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/http/message.hpp"
#include "dualwrite/sandbox/sandbox.hpp"

namespace dualwrite::sandbox::dataverse {

class Protection {
 public:
  /// Of one user on one server. At most `pieces` entries, however many requests there were.
  struct Window {
    struct Piece {
      std::chrono::milliseconds since{0};
      std::int64_t requests = 0;
      std::chrono::milliseconds time{0};
    };
    std::deque<Piece> pieces;
    std::int64_t requests = 0;
    std::chrono::milliseconds time{0};
    int concurrent = 0;
    std::chrono::milliseconds blocked_until{0};
    std::string block_code;  ///< which limit blocks
  };

  /// An admitted request, as long as it lives: it counts as concurrent, and its time is charged at its end.
  class Ticket {
   public:
    Ticket(Protection& protection, Window& window, std::size_t server);
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    /// So many were carried out: a request is one, and each part of a batch.
    void operations(std::int64_t count) noexcept { operations_ = count; }
    /// Puts the headers of an answer on it.
    void mark(http::Response& response) const;

   private:
    [[nodiscard]] std::chrono::milliseconds time() const;
    Protection& protection_;
    Window& window_;
    std::size_t server_;
    std::chrono::milliseconds began_;
    std::int64_t operations_ = 0;
  };

  /// Both must outlive it.
  Protection(const Clock& clock, const DataverseSwitches& switches) : clock_(clock), switches_(switches) {}

  /// The 429 that the request is answered with, or nothing; then `into` holds its ticket, if limits are on.
  std::optional<http::Response> admit(const std::string& user_id, const http::Request& request,
                                      std::optional<Ticket>& into);

 private:
  void slide(Window& window) const;
  void add(Window& window, std::int64_t requests, std::chrono::milliseconds time) const;
  [[nodiscard]] std::chrono::milliseconds until_free(const Window& window, bool by_time) const;
  http::Response refuse_for(Window& window, const std::string& code) const;
  [[nodiscard]] http::Response too_many(const std::string& code, std::chrono::milliseconds wait) const;
  std::size_t server_of(const http::Request& request);

  const Clock& clock_;
  const DataverseSwitches& switches_;
  std::size_t next_server_ = 0;
  std::map<std::pair<std::string, std::size_t>, Window> windows_;
};

}  // namespace dualwrite::sandbox::dataverse
