#pragma once
// The verbs `endpoints list|register|unregister`: Dataverse's webhooks for a map. They talk to Dataverse, not to the
// daemon.
#include <string>

#include "app/console.hpp"

namespace dualwrite::app {

struct EndpointsOptions {
  std::string config_file;
  std::string map;
  std::string url;         ///< register: where Dataverse reaches the ingest listener
  bool apply = false;      ///< otherwise only what would be done is shown
  bool renew_key = false;  ///< register: send the key again
  bool json = false;
};

/// Each returns the exit status.
int run_endpoints_list(const Console& console, const EndpointsOptions& options);
int run_endpoints_register(const Console& console, const EndpointsOptions& options);
int run_endpoints_unregister(const Console& console, const EndpointsOptions& options);

}  // namespace dualwrite::app
