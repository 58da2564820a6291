#pragma once
// HTTP requests and responses as plain values. No Beast here: Beast stays in a few files of src/http.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dualwrite::http {

/// Header fields in order. Names compare without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  /// The first field of that name, or an empty view. The view lives as long as the headers are not changed.
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
  [[nodiscard]] bool has(std::string_view name) const noexcept;
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string value);
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const noexcept { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< origin form: path and query
  Headers headers;
  std::string body;
  Request() = default;
  Request(std::string m, std::string t) : method(std::move(m)), target(std::move(t)) {}
  Request(std::string m, std::string t, Headers h, std::string b)
      : method(std::move(m)), target(std::move(t)), headers(std::move(h)), body(std::move(b)) {}
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  Response() = default;
  explicit Response(int s) : status(s) {}
  Response(int s, Headers h, std::string b) : status(s), headers(std::move(h)), body(std::move(b)) {}
};

/// A URL taken apart. Only http and https.
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< without brackets for IPv6
  std::string port;    ///< always filled in
  std::string path;    ///< path and query, starts with '/'
};

/// Nothing if it is not an absolute http or https URL.
[[nodiscard]] bool parse_url(std::string_view text, Url& into);

/// "http://host:port", without the port where it is the scheme's own.
[[nodiscard]] std::string origin_of(const Url& url);

/// The standard reason phrase, or "" for an unknown status.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace dualwrite::http
