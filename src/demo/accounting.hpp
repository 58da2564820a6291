#pragma once
// The proof: what every acknowledged edit came to, from the two endpoints' own rows and the journal of losers.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "demo/tables.hpp"
#include "dualwrite/base/time.hpp"

namespace dualwrite::demo {

enum class EditKind : std::uint8_t { update, create, remove };

/// In an ordered conflict the earlier edit must lose, with a journal line, and the later one must stand.
enum class Expectation : std::uint8_t { none, must_lose, must_win };

/// One edit that a person made on one side.
struct Edit {
  EditKind kind = EditKind::update;
  Side side = Side::finops;
  std::string map;
  std::string key;
  std::string column;                         ///< update: the F&O property name
  std::string from;                           ///< update: canonical, as it was before
  std::string to;                             ///< update: canonical
  std::map<std::string, std::string> values;  ///< create: canonical, by F&O property name
  Instant before{};                           ///< when the request was sent
  Instant after{};                            ///< when its reply came
  bool acknowledged = false;                  ///< 2xx; otherwise it is not known whether it took effect
  Expectation expected = Expectation::none;
};
std::string to_string(const Edit& edit);

/// A value that the daemon's journal says has lost.
struct JournalledLoser {
  std::string map;
  std::string key;
  std::string column;
  Side side = Side::finops;
  std::string lost;  ///< canonical
  std::string won;   ///< canonical; empty when a delete won
  std::string rule;
};

/// A value that the daemon's journal says it wrote to a side.
struct JournalledWrite {
  Side target = Side::finops;
  std::string column;
  std::string to;  ///< canonical
  Instant at{};
};

using RecordId = std::pair<std::string, std::string>;  ///< map, record key

struct Evidence {
  std::vector<MapFile> maps;
  std::map<std::string, PerSide<SideTable>> baseline;  ///< by map, before the first edit
  std::map<std::string, PerSide<SideTable>> last;      ///< by map, when all was quiet again
  std::vector<Edit> edits;
  std::vector<JournalledLoser> losers;
  std::map<RecordId, std::vector<JournalledWrite>> writes;
};

struct Finding {
  RecordId record;
  std::string what;
};

struct Account {
  std::size_t survived = 0;          ///< final on both sides
  std::size_t lost = 0;              ///< journalled loser, and what won is final
  std::size_t overwritten = 0;       ///< had reached the other side before it was changed there
  std::size_t deleted = 0;           ///< went with a record that was deleted by somebody who had seen it, or journalled
  std::vector<Finding> unaccounted;  ///< acknowledged edits without any of these, wrong winners included
  std::vector<Finding> phantoms;     ///< values and rows that nobody wrote, rows that nobody deleted
};

/// Judges every acknowledged edit. Edits that were not acknowledged may have taken effect, but need not have.
Account account(const Evidence& evidence);

}  // namespace dualwrite::demo
