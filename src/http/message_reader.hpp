#pragma once
// Reads requests or responses from bytes as they come, with bounds. Fields go straight into our own message: Beast's
// parser is used without Beast's containers, so nothing is copied twice.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "dualwrite/http/message.hpp"

namespace dualwrite::http {

/// Headers are searched from front to back, so their number is bounded as well as their bytes.
inline constexpr std::size_t header_fields_max = 200;

/// What is wrong with a message that cannot be read.
enum class Flaw : std::uint8_t { none, malformed, header_too_large, body_too_large };

/// `Message` is Request or Response. One object reads one message after the other.
template <class Message>
class MessageReader {
 public:
  MessageReader(std::size_t header_bytes_max, std::size_t body_bytes_max);
  ~MessageReader();
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  /// Makes ready for the next message. `without_body`: a response to HEAD, whose Content-Length means nothing.
  void begin(bool without_body = false);

  /// Takes what it can of `data` and returns how many bytes that was; what is left must be offered again, with more
  /// behind it. Not after done() or a flaw.
  std::size_t put(std::string_view data);

  /// The connection ended. True if that completes the message (a response without a length).
  bool put_end();

  [[nodiscard]] bool started() const noexcept;  ///< the first byte has come
  [[nodiscard]] bool header_done() const noexcept;
  [[nodiscard]] bool done() const noexcept;
  [[nodiscard]] Flaw flaw() const noexcept;
  [[nodiscard]] const std::string& why() const noexcept;  ///< of the flaw, for a person
  [[nodiscard]] bool keep_alive() const noexcept;         ///< both sides may use the connection again
  [[nodiscard]] bool is_http_1_0() const noexcept;
  [[nodiscard]] bool expects_continue() const noexcept;  ///< a request with a body and "Expect: 100-continue"

  [[nodiscard]] const Message& message() const noexcept;
  /// Moves the message out.
  Message take();

 private:
  class State;
  std::unique_ptr<State> state_;
};

extern template class MessageReader<Request>;
extern template class MessageReader<Response>;

}  // namespace dualwrite::http
