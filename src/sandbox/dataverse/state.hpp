#pragma once
// The Dataverse side: what it holds, and one request on its way through the handlers.
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/sandbox/sandbox.hpp"
#include "sandbox/database.hpp"
#include "sandbox/dataverse/format.hpp"
#include "sandbox/dataverse/version.hpp"
#include "sandbox/dispatcher.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/locks.hpp"
#include "sandbox/query.hpp"
#include "sandbox/request.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox::dataverse {

class Execution;
class Steps;

struct State {
  Database database;
  const Clock& clock;
  DataverseSwitches switches;
  std::size_t page_size;
  VersionCounter version{500000};   ///< the last row version given out, for all tables together
  std::uint64_t requests = 0;       ///< answered so far, for their ids
  std::int64_t expired_before = 0;  ///< delta tokens below this version are expired, whatever their age
  std::string organization_id;
  std::string business_unit_id;
  std::string host;                                 ///< as webhooks name the organization
  PostSink sink;                                    ///< where webhook calls go; may be empty
  Faults* faults = nullptr;                         ///< the rules for parts of a batch and for commits
  std::set<std::string> denied;                     ///< rights that were taken: rights.hpp
  Locks locks;                                      ///< of transactions that wait
  std::map<Locks::Owner, std::int64_t> open_since;  ///< of each that waits, the first version it drew

  State(const Clock& c, const SandboxSettings& settings, PostSink s);

  void save(Writer& to) const;
  /// Throws ArchiveError.
  void load(Reader& from);

  /// What a change log may report: all rows up to that version are committed (A10, "never skip"), if the switch says
  /// so.
  [[nodiscard]] std::int64_t visible_version() const;

  [[nodiscard]] Table& table(std::string_view name);
  [[nodiscard]] const Table& table(std::string_view name) const;
};

using ContentIds = TextMap<std::string>;  ///< Content-ID -> "accounts(<guid>)"

/// One request, outside or inside $batch.
struct Call {
  State& state;
  Steps& steps;
  const http::Request& request;
  Target target;
  Preferences preferences;
  Format format;
  const User& user;
  std::string root;  ///< "http://host:port/api/data/v9.2/"
  std::string now;   ///< to the second, as stored
  Transaction& transaction;
  Execution& execution;
  const ContentIds* content_ids = nullptr;
  bool in_batch = false;
  std::string created;       ///< set by a create: "accounts(<guid>)"
  std::string on_behalf_by;  ///< 16 bytes: who acts for `user`; empty: `user` themselves
};

const FilterDialect& dialect();

// route.cpp: what one request comes to.
Outcome<http::Response> outcome_of(Call& call);

/// How messages name a row: "account With Id = <guid> Does Not Exist".
std::unexpected<Refusal> row_missing(const TableSchema& schema, std::string_view key);

// read.cpp
Outcome<http::Response> list(Call& call, const Table& table);
Outcome<http::Response> count(Call& call, const Table& table);
Outcome<http::Response> retrieve(Call& call, const Table& table);
Outcome<http::Response> retrieve_property(Call& call, const Table& table);

// aggregate.cpp
/// $apply: filter(…), groupby((…)) and aggregate(…).
Outcome<http::Response> apply(Call& call, const Table& table);

// write.cpp
Outcome<http::Response> create(Call& call, Table& table);
Outcome<http::Response> upsert(Call& call, Table& table);
Outcome<http::Response> remove(Call& call, Table& table);
Outcome<http::Response> put_property(Call& call, Table& table);
Outcome<http::Response> delete_property(Call& call, Table& table);

// changes.cpp
Outcome<http::Response> tracked_list(Call& call, const Table& table);
Outcome<http::Response> delta(Call& call, const Table& table, const std::string& token);

// metadata.cpp, definitions.cpp
std::string service_document(const State& state, const std::string& root);
/// `annotated`: with what the columns say beyond their type.
std::string metadata(const State& state, bool annotated);
Outcome<http::Response> definitions(Call& call);
Outcome<http::Response> global_choices(Call& call);
/// RetrieveMetadataChanges(Query=…)
Outcome<http::Response> metadata_changes(Call& call);

}  // namespace dualwrite::sandbox::dataverse
