#pragma once
// Where captured changes go. sync implements it.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/change.hpp"
#include "dualwrite/odata/uri.hpp"
#include "dualwrite/store/store.hpp"

namespace dualwrite::capture {

/// A map at work: its number in the store and its definition, both stable while the process runs.
struct MapContext {
  MapId id;
  const maps::TableMap& map;
};

/// An event from outside, before it is known which record it is about.
struct Hint {
  Side side = Side::dataverse;
  CaptureSource source = CaptureSource::webhook;
  std::string table;         ///< Dataverse logical name or F&O entity set
  std::string endpoint_key;  ///< Dataverse: the row's GUID
  odata::KeyPredicate key;   ///< F&O: the row's key
  EditTime time;             ///< on the service's clock
  bool deleted = false;
  std::string tag;  ///< Dataverse: the `tag` of the operation that raised the event
};

class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  /// Returns when the marks, and the checkpoint if there is one, are durable in one transaction; the lanes then see the
  /// changes. `extra` joins that transaction.
  virtual Task<Result<void>> accept(std::vector<Change> changes, store::Transaction extra) = 0;
  /// Takes events for every map of their tables that captures. Returns when their marks are durable; how many were
  /// taken. Events about tables without a map, or raised by our own writes, are not.
  /// Errc::invalid, and none of them taken, when one lacks a key column of its map.
  virtual Task<Result<std::size_t>> accept_hints(std::vector<Hint> hints) = 0;
  /// True if the record waits in its lane, marked on that side, and nothing has been read for it there yet: a further
  /// mark would tell nothing new. `delayed`: also if it waits for a service in trouble.
  [[nodiscard]] virtual bool is_waiting(MapId map, const RecordKey& key, Side side, bool delayed) const = 0;
  /// True if rows have been read that are not decided on yet: a row that no coupling knows may be among them, and its
  /// deletion is a change like any other.
  [[nodiscard]] virtual bool is_deciding() const = 0;
  /// True if the record was decided on or written after that read began: a list read since then may lack it.
  [[nodiscard]] virtual bool touched_since(MapId map, const RecordKey& key, std::uint64_t read_number) const = 0;
};

}  // namespace dualwrite::capture
