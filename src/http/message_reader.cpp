#include "http/message_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "dualwrite/base/text.hpp"

namespace dualwrite::http {

namespace beast = boost::beast;
using BeastError = beast::http::error;
using ErrorCode = boost::system::error_code;

namespace {

// A body of known length is given its memory at once, up to here; beyond, memory follows the bytes that really came.
constexpr std::size_t reserve_max = 1u << 20;

std::string_view view(beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

template <class Message>
class Parser final : public beast::http::basic_parser<std::is_same_v<Message, Request>> {
 public:
  static constexpr bool is_request = std::is_same_v<Message, Request>;

  Message message;
  int version = 11;
  bool expects_continue = false;
  const char* complaint = nullptr;

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int http_version,
                       ErrorCode&) override {
    version = http_version;
    if constexpr (is_request) {
      message.method = view(method);
      message.target = view(target);
    }
  }

  void on_response_impl(int code, beast::string_view, int http_version, ErrorCode&) override {
    version = http_version;
    if constexpr (!is_request) message.status = code;
  }

  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, ErrorCode& error) override {
    if (in_body_) return;  // a trailer: nobody asked for one
    if (message.headers.fields().size() == header_fields_max) {
      error = BeastError::header_limit;
      return;
    }
    message.headers.add(std::string(view(name)), std::string(view(value)));
  }

  void on_header_impl(ErrorCode& error) override {
    in_body_ = true;
    // A coding that we do not know hides where the body ends (RFC 9112, 6.3).
    const bool unknown_coding = !this->chunked() && message.headers.has("Transfer-Encoding");
    if constexpr (is_request) {
      check_request(unknown_coding, error);
    } else if (unknown_coding) {
      refuse("its transfer coding is not known", error);
    }
  }

  void check_request(bool unknown_coding, ErrorCode& error) {
    if (unknown_coding) return refuse("the transfer coding is not known", error);
    const auto is_host = [](const auto& field) { return equal_ignoring_case(field.first, "Host"); };
    const auto hosts = std::ranges::count_if(message.headers.fields(), is_host);
    if (hosts > 1 || (hosts == 0 && version >= 11)) return refuse("exactly one Host field is required", error);
    if constexpr (is_request) {
      if (!message.target.starts_with('/') && message.target != "*") {
        Url url;
        if (!parse_url(message.target, url)) return refuse("the target is neither a path nor a URL", error);
        message.target = std::move(url.path);
      }
    }
    expects_continue = version >= 11 && equal_ignoring_case(message.headers.get("Expect"), "100-continue");
  }

  void refuse(const char* why, ErrorCode& error) {
    complaint = why;
    error = BeastError::bad_value;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    if (length) message.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, reserve_max)));
  }

  std::size_t on_body_impl(beast::string_view part, ErrorCode&) override {
    message.body.append(part.data(), part.size());
    return part.size();
  }

  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorCode&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view part, ErrorCode&) override {
    message.body.append(part.data(), part.size());
    return part.size();
  }

  void on_finish_impl(ErrorCode&) override {}

  bool in_body_ = false;
};

}  // namespace

template <class Message>
class MessageReader<Message>::State {
 public:
  State(std::size_t header_max, std::size_t body_max) : header_bytes_max(header_max), body_bytes_max(body_max) {}

  void begin(bool without_body) {
    parser.emplace();
    parser->eager(true);
    parser->body_limit(body_bytes_max);
    if (without_body) parser->skip(true);
    header_bytes = 0;
    flaw = Flaw::none;
    why.clear();
  }

  std::size_t put(std::string_view data) {
    if (!parser->is_header_done()) parser->header_limit(header_bytes_left());
    ErrorCode error;
    const std::size_t used = parser->put(boost::asio::const_buffer(data.data(), data.size()), error);
    if (error && error != BeastError::need_more) {
      fail(error);
      return used;
    }
    if (!parser->is_header_done()) header_bytes += used;
    // Beast gives up each field as it comes and then counts anew, and does not count the line of a chunk at all.
    const std::size_t pending = data.size() - used;
    const std::size_t allowed = parser->is_header_done() ? header_bytes_max : header_bytes_left();
    if (!parser->is_done() && pending >= allowed) fail(BeastError::header_limit);
    return used;
  }

  bool put_end() {
    if (!parser->got_some() || parser->is_done()) return parser->is_done();
    ErrorCode error;
    parser->put_eof(error);
    return !error;
  }

  std::size_t header_bytes_max;
  std::size_t body_bytes_max;
  std::size_t header_bytes = 0;  // of fields already taken; the rest is still in the caller's buffer
  std::optional<Parser<Message>> parser;
  Flaw flaw = Flaw::none;
  std::string why;

 private:
  [[nodiscard]] std::uint32_t header_bytes_left() const {
    const std::size_t left = header_bytes_max - std::min(header_bytes, header_bytes_max);
    return static_cast<std::uint32_t>(std::min<std::size_t>(left, std::numeric_limits<std::uint32_t>::max()));
  }

  void fail(const ErrorCode& error) {
    flaw = Flaw::malformed;
    if (error == BeastError::header_limit) flaw = Flaw::header_too_large;
    if (error == BeastError::body_limit) flaw = Flaw::body_too_large;
    why = parser->complaint != nullptr ? parser->complaint : error.message();
  }
};

template <class Message>
MessageReader<Message>::MessageReader(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : state_(std::make_unique<State>(header_bytes_max, body_bytes_max)) {
  begin();
}

template <class Message>
MessageReader<Message>::~MessageReader() = default;

template <class Message>
void MessageReader<Message>::begin(bool without_body) {
  state_->begin(without_body);
}

template <class Message>
std::size_t MessageReader<Message>::put(std::string_view data) {
  return state_->put(data);
}

template <class Message>
bool MessageReader<Message>::put_end() {
  return state_->put_end();
}

template <class Message>
bool MessageReader<Message>::started() const noexcept {
  return state_->parser->got_some();
}

template <class Message>
bool MessageReader<Message>::header_done() const noexcept {
  return state_->parser->is_header_done();
}

template <class Message>
bool MessageReader<Message>::done() const noexcept {
  return state_->parser->is_done();
}

template <class Message>
Flaw MessageReader<Message>::flaw() const noexcept {
  return state_->flaw;
}

template <class Message>
const std::string& MessageReader<Message>::why() const noexcept {
  return state_->why;
}

template <class Message>
bool MessageReader<Message>::keep_alive() const noexcept {
  return state_->parser->keep_alive();
}

template <class Message>
bool MessageReader<Message>::is_http_1_0() const noexcept {
  return state_->parser->version < 11;
}

template <class Message>
bool MessageReader<Message>::expects_continue() const noexcept {
  return state_->parser->expects_continue;
}

template <class Message>
const Message& MessageReader<Message>::message() const noexcept {
  return state_->parser->message;
}

template <class Message>
Message MessageReader<Message>::take() {
  return std::move(state_->parser->message);
}

template class MessageReader<Request>;
template class MessageReader<Response>;

}  // namespace dualwrite::http
