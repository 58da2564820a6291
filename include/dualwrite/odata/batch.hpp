#pragma once
// multipart/mixed $batch (OData Protocol 4.0, section 11.7): building and reading requests and responses.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/base/error.hpp"

namespace dualwrite::odata {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// First header of that name, without regard to case; empty if none.
std::string_view find_header(const HeaderList& headers, std::string_view name) noexcept;

struct BatchRequestPart {
  std::string method;
  std::string url;     ///< absolute, host-relative or relative to the service root, as written
  HeaderList headers;  ///< of the embedded request
  std::string body;
  std::string content_id;
  int change_set = -1;  ///< parts of one change set share a number >= 0; -1: on its own
  BatchRequestPart() = default;
  BatchRequestPart(std::string m, std::string u) : method(std::move(m)), url(std::move(u)) {}
};

struct BatchResponsePart {
  int status = 0;
  HeaderList headers;
  std::string body;
  std::string content_id;
  int change_set = -1;
  BatchResponsePart() = default;
};

struct BatchLimits {
  std::size_t parts_max = 5000;
  std::size_t bytes_max = 128u << 20;
};

/// The body of a $batch request; send it with Content-Type `multipart/mixed; boundary=<boundary>`.
std::string encode_batch_request(const std::vector<BatchRequestPart>& parts, const std::string& boundary);
/// Tolerant of what clients send: quoted or unquoted boundary with or without a blank before it, a leading CRLF, LF
/// instead of CRLF, a missing Content-Length. Errc::invalid or Errc::limit.
Result<std::vector<BatchRequestPart>> parse_batch_request(std::string_view content_type, std::string_view body,
                                                          const BatchLimits& limits = {});

std::string encode_batch_response(const std::vector<BatchResponsePart>& parts, const std::string& boundary,
                                  const std::string& change_set_boundary_prefix);
Result<std::vector<BatchResponsePart>> parse_batch_response(std::string_view content_type, std::string_view body,
                                                            const BatchLimits& limits = {});

}  // namespace dualwrite::odata
