#pragma once
// What requests cost a service: counters by kind of request, and nothing that grows with requests.
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace dualwrite::sandbox {

struct Cost {
  std::int64_t operations = 0;        ///< a request is one, and each part of a batch
  std::int64_t rows_read = 0;         ///< in answers, those of $expand included
  std::int64_t rows_written = 0;      ///< committed, those that the platform changed by itself included
  std::chrono::milliseconds time{0};  ///< as service protection charges it (A11); F&O charges none
};

/// By Meter::kind_of: read, write, batch, metadata.
using Costs = std::map<std::string, Cost>;

}  // namespace dualwrite::sandbox
