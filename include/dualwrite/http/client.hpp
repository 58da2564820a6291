#pragma once
// A pooled HTTP/1.1 client for one origin, plain or TLS 1.2 and later.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "dualwrite/http/transport.hpp"

namespace dualwrite::http {

struct ClientSettings {
  std::size_t connections_max = 16;          ///< more requests than that wait for a free connection
  std::size_t reply_bytes_max = 256u << 20;  ///< a larger reply fails with Errc::limit
  std::size_t header_bytes_max = 64u << 10;
  std::chrono::milliseconds connect_limit{10000};
  std::chrono::milliseconds idle_max{30000};  ///< an idle connection older than that is not used again
  /// Called when a request has been written whole, before its reply. For tests that end the process there.
  std::function<void(const Request&)> on_sent;
  std::string proxy;    ///< "http://[user:password@]host:port", for https only; empty: none
  std::string ca_file;  ///< PEM bundle used instead of the system's; empty: the system's
};

/// `origin` is "http://host:port" or "https://host". Throws std::invalid_argument if it is not, or the proxy is
/// none. For https the server's
/// certificate is always verified, with its host name. Keep it alive until every send() has returned.
std::unique_ptr<Transport> make_client(Executor executor, const std::string& origin, ClientSettings settings = {});

}  // namespace dualwrite::http
