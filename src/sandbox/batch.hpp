#pragma once
// $batch for both services: parts in order, each change set one transaction.
#include <cstddef>
#include <functional>
#include <string>

#include "dualwrite/http/message.hpp"
#include "sandbox/reply.hpp"
#include "sandbox/schema.hpp"
#include "sandbox/table.hpp"

namespace dualwrite::sandbox {

struct BatchRules {
  std::string root_path;  ///< "/api/data/v9.2/": what relative URLs are relative to
  std::size_t parts_max = 1000;
  bool stops_at_failure = false;
  bool outer_status_is_failure = true;  ///< of a batch that stopped; otherwise it is 200
  bool needs_content_ids = false;       ///< within change sets
  bool names_failed_part = false;       ///< the one error of a change set carries the Content-ID of the failing part
  http::Response (*error)(const Refusal&) = nullptr;
};

/// Runs one part. `created` gets the resource that a POST or an upsert wrote, for later references by Content-ID.
using RunPart = std::function<http::Response(const http::Request& part, Transaction& transaction,
                                             const TextMap<std::string>& content_ids, std::string& created)>;

http::Response run_batch(const http::Request& request, const BatchRules& rules, const RunPart& run);

}  // namespace dualwrite::sandbox
