#include <algorithm>
#include <cstddef>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/batch.hpp"

namespace dualwrite::odata {
namespace {

constexpr std::size_t headers_max = 200;
constexpr std::size_t boundary_bytes_max = 200;

std::unexpected<Error> bad(const std::string& why) {
  return fail(Errc::invalid, "reading a batch: " + why);
}

std::string_view trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes a line with its end, CRLF or LF, off `rest` and returns it without.
std::string_view take_line(std::string_view& rest) noexcept {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_multipart(std::string_view content_type) noexcept {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  return equal_ignoring_case(type, "multipart/mixed");
}

// Takes `"quoted \" text"` or `token` up to the next semicolon.
std::string take_parameter_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    value = trim(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
  }
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    value += rest.front();
    rest.remove_prefix(1);
  }
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  return value;
}

Result<std::string> boundary_of(std::string_view content_type) {
  if (!is_multipart(content_type)) return bad("its content type is not multipart/mixed");
  std::string_view rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the semicolon
    const std::size_t end = rest.find_first_of("=;");
    if (end == std::string_view::npos) break;
    const std::string_view name = trim(rest.substr(0, end));
    const bool has_value = rest[end] == '=';
    rest.remove_prefix(has_value ? end + 1 : end);
    if (!has_value) continue;
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    std::string value = take_parameter_value(rest);
    if (!equal_ignoring_case(name, "boundary")) continue;
    if (value.empty() || value.size() > boundary_bytes_max || value.find_first_of("\r\n") != std::string::npos) {
      return bad("its boundary is empty, too long or broken");
    }
    return value;
  }
  return bad("its content type names no boundary");
}

// Cuts a multipart body at its delimiter lines. Compact JSON has no line ends, so the search for "\n--" runs fast.
class Sections {
 public:
  Sections(std::string_view body, const std::string& boundary) : rest_(body), mark_("\n--" + boundary) {}

  // Skips what stands before the first delimiter. Call once, first.
  Result<void> begin() {
    auto preamble = cut(true);
    if (!preamble) return std::unexpected(std::move(preamble).error());
    return {};
  }

  [[nodiscard]] bool done() const noexcept { return done_; }

  // The next section, without the line end that belongs to the delimiter behind it.
  Result<std::string_view> next() { return cut(false); }

 private:
  Result<std::string_view> cut(bool first) {
    // A delimiter may stand at the very start, with no line end before it.
    const std::string_view at_start = std::string_view(mark_).substr(1);
    std::size_t after = 0;
    if (rest_.starts_with(at_start) && ends_delimiter(at_start.size(), after)) return take(0, after);
    std::size_t found = rest_.find(mark_);
    while (found != std::string_view::npos) {
      if (ends_delimiter(found + mark_.size(), after)) {
        const bool carriage_return = found > 0 && rest_[found - 1] == '\r';
        return take(carriage_return ? found - 1 : found, after);
      }
      found = rest_.find(mark_, found + 1);
    }
    if (first) return bad("its boundary does not occur in it");
    return bad("it ends without its closing boundary: it was cut off");
  }

  // True if nothing but "--" and blanks stands between `at` and the end of the line; then `after` is the next line.
  bool ends_delimiter(std::size_t at, std::size_t& after) {
    std::string_view tail = rest_.substr(at);
    const bool last = tail.starts_with("--");
    if (last) tail.remove_prefix(2);
    const std::size_t blanks = std::min(tail.find_first_not_of(" \t"), tail.size());
    tail.remove_prefix(blanks);
    if (tail.starts_with("\r\n")) {
      tail.remove_prefix(2);
    } else if (tail.starts_with('\n')) {
      tail.remove_prefix(1);
    } else if (!(last && tail.empty())) {
      return false;
    }
    done_ = last;
    after = rest_.size() - tail.size();
    return true;
  }

  std::string_view take(std::size_t length, std::size_t after) {
    const std::string_view section = rest_.substr(0, length);
    rest_.remove_prefix(after);
    return section;
  }

  std::string_view rest_;
  std::string mark_;
  bool done_ = false;
};

// Header lines up to the empty line, or to the end: a part without a body may end with its headers.
Result<HeaderList> take_headers(std::string_view& rest) {
  HeaderList headers;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() || name.find_first_of(" \t") != std::string_view::npos) {
      return bad("a part has a line that is no header");
    }
    if (headers.size() == headers_max) return fail(Errc::limit, "reading a batch: a part has more than 200 headers");
    headers.emplace_back(name, trim(line.substr(colon + 1)));
  }
  return headers;
}

Result<void> read_start_line(std::string_view line, BatchRequestPart& part) {
  const std::size_t blank = line.find(' ');
  if (blank == 0 || blank == std::string_view::npos) return bad("a part has no request line");
  part.method = line.substr(0, blank);
  const bool is_word = std::ranges::all_of(part.method, [](char c) { return c >= 'A' && c <= 'Z'; });
  std::string_view url = line.substr(blank + 1);
  // Some clients leave blanks in a filter as they are: the version is what stands behind the last one.
  if (const std::size_t version = url.rfind(" HTTP/"); version != std::string_view::npos) url = url.substr(0, version);
  part.url = trim(url);
  if (!is_word || part.url.empty()) return bad("a part has a broken request line");
  return {};
}

Result<void> read_start_line(std::string_view line, BatchResponsePart& part) {
  const std::size_t blank = line.find(' ');
  if (!line.starts_with("HTTP/") || blank == std::string_view::npos) return bad("a part has no status line");
  const std::string_view status = trim(line.substr(blank)).substr(0, 4);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (status.size() < 3 || !std::ranges::all_of(status.substr(0, 3), is_digit) ||
      (status.size() > 3 && status[3] != ' ')) {
    return bad("a part has a broken status line");
  }
  part.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
  if (part.status < 100 || part.status > 599) return bad("a part has a broken status line");
  return {};
}

template <class Part>
class BatchParser {
 public:
  explicit BatchParser(const BatchLimits& limits) : limits_(limits) {}

  Result<std::vector<Part>> parse(std::string_view content_type, std::string_view body) {
    if (body.size() > limits_.bytes_max) {
      return fail(Errc::limit, "reading a batch: it has more than " + std::to_string(limits_.bytes_max) + " bytes");
    }
    if (auto read = read_multipart(content_type, body, -1); !read) return std::unexpected(std::move(read).error());
    return std::move(parts_);
  }

 private:
  // `set` is the number of the change set whose parts these are; -1 for the batch itself.
  Result<void> read_multipart(std::string_view content_type, std::string_view body, int set) {
    const auto boundary = boundary_of(content_type);
    if (!boundary) return std::unexpected(boundary.error());
    Sections sections(body, *boundary);
    if (auto begun = sections.begin(); !begun) return begun;
    while (!sections.done()) {
      const auto section = sections.next();
      if (!section) return std::unexpected(section.error());
      if (auto read = read_section(*section, set); !read) return read;
    }
    return {};
  }

  Result<void> read_section(std::string_view section, int set) {
    const auto headers = take_headers(section);
    if (!headers) return std::unexpected(headers.error());
    const std::string_view type = find_header(*headers, "Content-Type");
    if (is_multipart(type)) {
      if (set >= 0) return bad("a change set has another one in it");
      if (static_cast<std::size_t>(sets_) == limits_.parts_max) return too_many();
      return read_multipart(type, section, sets_++);
    }
    if (parts_.size() == limits_.parts_max) return too_many();
    return read_message(*headers, section, set);
  }

  Result<void> read_message(const HeaderList& part_headers, std::string_view message, int set) {
    Part part;
    while (message.starts_with('\n') || message.starts_with("\r\n")) take_line(message);
    if (auto read = read_start_line(take_line(message), part); !read) return read;
    auto headers = take_headers(message);
    if (!headers) return std::unexpected(std::move(headers).error());
    part.headers = *std::move(headers);
    std::string_view content_id = find_header(part_headers, "Content-ID");
    if (content_id.empty()) content_id = find_header(part.headers, "Content-ID");
    part.content_id = content_id;
    part.change_set = set;
    // A lone line end is what some clients write where there is no body.
    if (message.find_first_not_of("\r\n") != std::string_view::npos) part.body = message;
    parts_.push_back(std::move(part));
    return {};
  }

  [[nodiscard]] std::unexpected<Error> too_many() const {
    return fail(Errc::limit, "reading a batch: it has more than " + std::to_string(limits_.parts_max) + " parts");
  }

  BatchLimits limits_;
  std::vector<Part> parts_;
  int sets_ = 0;
};

}  // namespace

Result<std::vector<BatchRequestPart>> parse_batch_request(std::string_view content_type, std::string_view body,
                                                          const BatchLimits& limits) {
  return BatchParser<BatchRequestPart>(limits).parse(content_type, body);
}

Result<std::vector<BatchResponsePart>> parse_batch_response(std::string_view content_type, std::string_view body,
                                                            const BatchLimits& limits) {
  return BatchParser<BatchResponsePart>(limits).parse(content_type, body);
}

}  // namespace dualwrite::odata
