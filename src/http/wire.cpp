#include "http/wire.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"

namespace dualwrite::http {
namespace {

bool is_token_char(char c) noexcept {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         others.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool breaks_line(char c) noexcept {
  return c == '\r' || c == '\n' || c == '\0';
}

bool is_target_char(char c) noexcept {
  return c > ' ' && c != '\x7F';
}

// The fields that this room decides. The length is looked at first, because this runs for every field of every message.
bool is_framing(std::string_view name) noexcept {
  switch (name.size()) {
    case 10:
      return equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Keep-Alive");
    case 14:
      return equal_ignoring_case(name, "Content-Length");
    case 17:
      return equal_ignoring_case(name, "Transfer-Encoding");
    default:
      return false;
  }
}

bool is_of_the_client(std::string_view name) noexcept {
  return is_framing(name) || equal_ignoring_case(name, "Host") || equal_ignoring_case(name, "User-Agent") ||
         equal_ignoring_case(name, "Expect");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  if (std::ranges::any_of(value, breaks_line)) {
    std::ranges::copy_if(value, std::back_inserter(out), [](char c) { return !breaks_line(c); });
  } else {
    out += value;
  }
  out += "\r\n";
}

// "Date: ...\r\n", made once a second at most.
std::string_view date_field() {
  thread_local std::string text;
  thread_local std::chrono::sys_seconds made{std::chrono::seconds{-1}};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != made) {
    made = now;
    text = "Date: " + format_http_date(Instant{now}) + "\r\n";
  }
  return text;
}

}  // namespace

std::string complaint_about(const Request& request) {
  if (!is_token(request.method)) return "the method is not a word";
  if (!request.target.starts_with('/') || !std::ranges::all_of(request.target, is_target_char)) {
    return "the target does not start with '/', or has a blank or a control character in it";
  }
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_token(name)) return "the name of a header field is not a word";
    if (std::ranges::any_of(value, breaks_line)) return "the header field " + name + " has a line break in it";
  }
  return {};
}

void append_head(std::string& out, const Request& request, std::string_view host) {
  out += request.method;
  out += ' ';
  out += request.target;
  out += " HTTP/1.1\r\nHost: ";
  out += host;
  out += "\r\nUser-Agent: dualwrite/" DUALWRITE_VERSION "\r\n";
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_of_the_client(name)) append_field(out, name, value);
  }
  const bool wants_length = !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
  if (wants_length) append_field(out, "Content-Length", std::to_string(request.body.size()));
  out += "\r\n";
}

bool has_body(int status, const Framing& framing) noexcept {
  return !framing.to_head && status >= 200 && status != 204 && status != 304;
}

void append_head(std::string& out, const Response& response, const Framing& framing) {
  const std::string status = std::to_string(response.status);
  out += "HTTP/1.1 ";
  out += status;
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  bool has_date = false;
  for (const auto& [name, value] : response.headers.fields()) {
    if (is_framing(name) || !is_token(name)) continue;
    has_date = has_date || equal_ignoring_case(name, "Date");
    append_field(out, name, value);
  }
  if (!has_date) out += date_field();
  // A handler that answers HEAD with an empty body has not computed one: then the length is not said.
  if (has_body(response.status, framing) || (framing.to_head && !response.body.empty())) {
    append_field(out, "Content-Length", std::to_string(response.body.size()));
  }
  if (!framing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (framing.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

Response problem(int status, std::string_view detail) {
  std::string body = R"({"type":"about:blank","title":)";
  append_json_quoted(body, reason_phrase(status));
  body += ",\"status\":" + std::to_string(status);
  if (!detail.empty()) {
    body += ",\"detail\":";
    append_json_quoted(body, detail);
  }
  body += '}';
  Headers headers;
  headers.add("Content-Type", "application/problem+json");
  return Response(status, std::move(headers), std::move(body));
}

}  // namespace dualwrite::http
