#include <cstddef>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/batch.hpp"

namespace dualwrite::odata {
namespace {

constexpr std::string_view crlf = "\r\n";

// What goes into one line. A line break in it, from a token that a server made up for instance, would start a line, and
// so a header or a part, of its own.
void append_line_text(std::string& out, std::string_view text) {
  if (text.find_first_of(crlf) == std::string_view::npos) {
    out += text;
    return;
  }
  for (const char c : text) {
    if (c != '\r' && c != '\n') out += c;
  }
}

void append_delimiter(std::string& out, std::string_view boundary, bool last) {
  out += "--";
  out += boundary;
  out += last ? "--\r\n" : crlf;
}

void append_part_headers(std::string& out, std::string_view content_id) {
  out += "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n";
  if (!content_id.empty()) {
    out += "Content-ID: ";
    append_line_text(out, content_id);
    out += crlf;
  }
  out += crlf;
}

void append_message(std::string& out, const HeaderList& headers, std::string_view body) {
  for (const auto& [name, value] : headers) {
    append_line_text(out, name);
    out += ": ";
    append_line_text(out, value);
    out += crlf;
  }
  out += crlf;
  out += body;
  out += crlf;
}

std::string_view reason(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

void append_start_line(std::string& out, const BatchRequestPart& part) {
  append_line_text(out, part.method);
  out += ' ';
  append_line_text(out, part.url);
  out += " HTTP/1.1\r\n";
}

void append_start_line(std::string& out, const BatchResponsePart& part) {
  out += "HTTP/1.1 ";
  out += std::to_string(part.status);
  out += ' ';
  out += reason(part.status);
  out += crlf;
}

std::size_t url_size(const BatchRequestPart& part) noexcept {
  return part.url.size();
}
std::size_t url_size(const BatchResponsePart&) noexcept {
  return 0;
}

// Near enough that `out` is allocated once.
template <class Part>
std::size_t estimated_size(const std::vector<Part>& parts, std::size_t boundary_size) {
  std::size_t size = 200;
  for (const Part& part : parts) {
    size += 400 + 3 * boundary_size + part.content_id.size() + url_size(part) + part.body.size();
    for (const auto& [name, value] : part.headers) size += name.size() + value.size() + 4;
  }
  return size;
}

// Neighbours with the same number make one change set.
template <class Part>
std::string encode(const std::vector<Part>& parts, const std::string& boundary, const std::string& set_prefix) {
  std::string out;
  out.reserve(estimated_size(parts, boundary.size()));
  std::string set_boundary;
  int set_count = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    const bool in_set = part.change_set >= 0;
    const bool opens = in_set && (i == 0 || parts[i - 1].change_set != part.change_set);
    const bool closes = in_set && (i + 1 == parts.size() || parts[i + 1].change_set != part.change_set);
    if (opens) {
      set_boundary = set_prefix + std::to_string(set_count++);
      append_delimiter(out, boundary, false);
      out += "Content-Type: multipart/mixed; boundary=" + set_boundary + "\r\n\r\n";
    }
    append_delimiter(out, in_set ? set_boundary : boundary, false);
    append_part_headers(out, part.content_id);
    append_start_line(out, part);
    append_message(out, part.headers, part.body);
    if (closes) append_delimiter(out, set_boundary, true);
  }
  append_delimiter(out, boundary, true);
  return out;
}

}  // namespace

std::string_view find_header(const HeaderList& headers, std::string_view name) noexcept {
  for (const auto& [known, value] : headers) {
    if (equal_ignoring_case(known, name)) return value;
  }
  return {};
}

std::string encode_batch_request(const std::vector<BatchRequestPart>& parts, const std::string& boundary) {
  return encode(parts, boundary, "changeset_" + boundary + "_");
}

std::string encode_batch_response(const std::vector<BatchResponsePart>& parts, const std::string& boundary,
                                  const std::string& change_set_boundary_prefix) {
  return encode(parts, boundary, change_set_boundary_prefix);
}

}  // namespace dualwrite::odata
