#pragma once
// Makes endpoints of a dialect.
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/http/token_source.hpp"
#include "dualwrite/http/transport.hpp"

namespace dualwrite::endpoint {

struct ServiceSettings {
  std::string url;               ///< origin, e.g. https://org.crm.dynamics.com
  std::size_t requests_max = 8;  ///< at once; more wait
  std::chrono::milliseconds request_limit{60000};
  std::string root;                  ///< odata: the service's path, from / to /
  bool unguarded = false;            ///< odata: writes to rows that nothing guards are allowed
  bool on_premises = false;          ///< finops: all paths are below /namespaces/AXSF, and the dialect is finops-onprem
  bool asks_for_dual_write = false;  ///< dataverse: whether a map must not run beside Microsoft's own dual-write
  std::string engine_id;             ///< marks our own writes where the service can carry a mark (Dataverse `tag`)
};

/// The application users that a service is called as. Each has limits of its own there: one that was throttled rests,
/// and the others go on.
class Users {
 public:
  Users(std::unique_ptr<http::TokenSource> one) { all_.push_back(std::move(one)); }  // NOLINT: one is the usual case
  template <class Source>
  Users(std::unique_ptr<Source> one) {  // NOLINT: likewise
    all_.push_back(std::move(one));
  }
  explicit Users(std::vector<std::unique_ptr<http::TokenSource>> all) : all_(std::move(all)) {}
  [[nodiscard]] std::vector<std::unique_ptr<http::TokenSource>> take() && { return std::move(all_); }

 private:
  std::vector<std::unique_ptr<http::TokenSource>> all_;
};

/// Dataverse Web API v9.2. `clock` must outlive it.
std::unique_ptr<Endpoint> make_dataverse(Executor executor, Clock& clock, ServiceSettings settings,
                                         std::unique_ptr<http::Transport> transport, Users users);

/// Finance and operations OData under /data.
std::unique_ptr<Endpoint> make_finops(Executor executor, Clock& clock, ServiceSettings settings,
                                      std::unique_ptr<http::Transport> transport, Users users);

/// Any OData v4 service, in the place of either side. It is scanned; nothing is taken for granted that $metadata and
/// reading it do not show.
std::unique_ptr<Endpoint> make_odata(Executor executor, Clock& clock, Side side, ServiceSettings settings,
                                     std::unique_ptr<http::Transport> transport, Users users);

/// The mark that our writes carry in Dataverse, as webhooks bring it back: "dualwrite:<engine id>:<intent>".
std::string write_tag(const std::string& engine_id, IntentId intent);

}  // namespace dualwrite::endpoint
