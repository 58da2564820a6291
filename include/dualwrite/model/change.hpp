#pragma once
// A captured hint that a record is dirty.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/base/id.hpp"
#include "dualwrite/model/edit_time.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/record.hpp"
#include "dualwrite/model/side.hpp"

namespace dualwrite {

/// The number of a mark: later marks have higher numbers, and none is used twice.
using MarkSeq = Id<struct MarkSeqTag>;

/// How a change came to be known.
enum class CaptureSource : std::uint8_t { webhook, delta, posted, scan, initial, replay, repair, choice };

constexpr std::string_view to_string(CaptureSource source) noexcept {
  switch (source) {
    case CaptureSource::webhook:
      return "webhook";
    case CaptureSource::delta:
      return "delta";
    case CaptureSource::posted:
      return "posted";
    case CaptureSource::scan:
      return "scan";
    case CaptureSource::initial:
      return "initial";
    case CaptureSource::replay:
      return "replay";
    case CaptureSource::repair:
      return "repair";
    case CaptureSource::choice:
      return "choice";
  }
  return "scan";
}

/// What the durable mark holds. Rows are never in the mark log.
struct Mark {
  MapId map;
  Side side = Side::finops;  ///< of a choice: the side whose values a person chose
  CaptureSource source = CaptureSource::scan;
  RecordKey key;             ///< empty when only the row's key on that side is known
  std::string endpoint_key;  ///< the row's key on that side, where it is known
  EditTime time;             ///< when the edit happened, as far as the event or the window of observation tells
  bool deleted = false;      ///< the event, delta item or pair of scans says that the row was deleted
};

/// A mark and, outside the log, the row that was seen with it.
struct Change {
  Mark mark;
  std::optional<Observation> seen;
};

}  // namespace dualwrite
