#pragma once
// Registration of our webhooks in Dataverse: one service endpoint for a link, and for each map a step for each message,
// with a pre-image where a row is deleted (Microsoft Learn: register-web-hook). What is there already stays.
#include <memory>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::endpoint {

struct HookSettings {
  std::string link;  ///< the name of the link: it is part of every name that is registered
  std::string url;   ///< where Dataverse reaches us: https://host/ingest/dataverse; not needed to list and unregister
  Secret key;        ///< sent along in the header x-dualwrite-key; empty: none
};

/// One thing that is, or would be, done.
struct HookAction {
  enum class Kind : std::uint8_t { keep, create, change, remove };
  Kind kind = Kind::keep;
  std::string what;  ///< "step Update of account"
  std::string detail;
};
std::string_view to_string(HookAction::Kind kind) noexcept;

/// Calls come one after the other. Errors as those of Endpoint.
class Webhooks {
 public:
  virtual ~Webhooks() = default;
  /// Compares what is registered with what the map needs, and creates or changes what differs if `apply`.
  virtual Task<Result<std::vector<HookAction>>> enrol(maps::TableMap map, bool apply) = 0;
  /// Takes the map's steps out, and the service endpoint with the last of them.
  virtual Task<Result<std::vector<HookAction>>> dismiss(maps::TableMap map, bool apply) = 0;
  /// What is registered for the map, as actions of kind keep.
  virtual Task<Result<std::vector<HookAction>>> list(maps::TableMap map) = 0;
};

std::unique_ptr<Webhooks> make_webhooks(Executor executor, Clock& clock, ServiceSettings settings,
                                        std::unique_ptr<http::Transport> transport, Users users, HookSettings hooks);

/// The rights that the application's user needs for the map on that side, one line each, and no more than those.
std::vector<std::string> rights_for(const maps::TableMap& map, Side side);

}  // namespace dualwrite::endpoint
