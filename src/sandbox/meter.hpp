#pragma once
// What one service was asked over the wire and how it answered: counters, and nothing that grows with requests.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "dualwrite/http/message.hpp"

namespace dualwrite::sandbox {

struct Meter {
  std::map<std::string, std::int64_t> kinds;    ///< read, write, batch, metadata
  std::map<std::string, std::int64_t> answers;  ///< by status; "none": the connection was closed instead
  std::int64_t bytes_in = 0;                    ///< of bodies
  std::int64_t bytes_out = 0;

  void asked(const http::Request& request) {
    ++kinds[std::string(kind_of(request))];
    ++answers["none"];  // until there is one
    bytes_in += static_cast<std::int64_t>(request.body.size());
  }
  void answered(const http::Response& response) {
    --answers["none"];
    ++answers[std::to_string(response.status)];
    bytes_out += static_cast<std::int64_t>(response.body.size());
  }

  static std::string_view kind_of(const http::Request& request) {
    const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (path.ends_with("/$batch")) return "batch";
    if (path.ends_with("/$metadata") || path.find("/EntityDefinitions") != std::string_view::npos ||
        path.starts_with("/metadata/") || path.starts_with("/Metadata/")) {
      return "metadata";
    }
    return request.method == "GET" ? "read" : "write";
  }
};

}  // namespace dualwrite::sandbox
