#pragma once
// The F&O side: what it holds, and one request on its way through the handlers.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/sandbox/sandbox.hpp"
#include "sandbox/database.hpp"
#include "sandbox/dispatcher.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/query.hpp"
#include "sandbox/request.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox::finops {

inline constexpr std::string_view type_namespace = "Microsoft.Dynamics.DataEntities";
inline constexpr std::string_view write_exception =
    "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException";

/// Somebody who is told of every committed change.
struct Subscriber {
  std::string url;
  http::Headers headers;
};

struct State {
  Database database;
  const Clock& clock;
  FinopsSwitches switches;
  std::size_t page_size;
  std::string default_company;
  std::vector<std::string> legal_entities;
  std::int64_t next_rec_id = 5637144576;
  std::uint64_t rec_version_seed = 1;
  std::int64_t next_number = 1;  ///< of number sequences
  std::int64_t control_number = 5637144576;
  std::vector<Subscriber> subscribers;
  /// Companies that a client may not see, by client id. Their rows are simply not there for it: no error says so.
  std::map<std::string, std::set<std::string>> hidden_companies;
  PostSink sink;             ///< where change notices go; may be empty
  Faults* faults = nullptr;  ///< the rules for parts of a batch

  State(const Clock& c, const SandboxSettings& settings, PostSink s);
  void save(Writer& to) const;
  /// Throws ArchiveError.
  void load(Reader& from);
  /// Random-looking, as RecVersion is after an update.
  std::int64_t new_rec_version();
};

struct Call {
  State& state;
  const http::Request& request;
  Target target;
  Preferences preferences;
  const User& user;
  std::string root;  ///< "http://host:port/data/"
  Transaction& transaction;
  bool cross_company = false;
  std::string created;  ///< set by a POST: "CustomersV3(dataAreaId='usmf',…)"
};

const FilterDialect& dialect();

/// The failure of a write, with its infolog.
std::unexpected<Refusal> write_failed(const State& state, const TableSchema& schema, const std::string& infolog);
std::unexpected<Refusal> bad_request(std::string message);
std::unexpected<Refusal> no_resource(const Call& call);

std::string etag_of(const Record& record);
/// Appends {…}, with `head` in front of the row's members.
void append_row(std::string& out, const TableSchema& schema, const Record& record,
                const std::optional<std::vector<ColumnId>>& select, std::string_view head = {});
/// "dataAreaId='usmf',CustomerAccount='X'", not percent-encoded.
std::string key_predicate(const TableSchema& schema, const Row& row);

/// The stored cell; nothing for the type's empty value.
Outcome<std::optional<std::string>> accept(const State& state, const TableSchema& schema, const Column& column,
                                           const Value& value);

/// The row that the key in the URL names, if the caller may see it.
Outcome<Hit> addressed(const Call& call, const Table& table);
/// Only keys that start so are visible; empty for all.
std::string visible_prefix(const Call& call, const TableSchema& schema);
/// False if the caller has no right on the company, in lower case.
bool may_see(const Call& call, std::string_view company);

// read.cpp
Outcome<http::Response> list(Call& call, const Table& table);
Outcome<http::Response> count(Call& call, const Table& table);
Outcome<http::Response> retrieve(Call& call, const Table& table);

// write.cpp
Outcome<http::Response> create(Call& call, Table& table);
Outcome<http::Response> update(Call& call, Table& table);
Outcome<http::Response> remove(Call& call, Table& table);

// notify.cpp: queues a business event for every subscriber once the transaction is committed.
void notify_after_commit(Call& call, const TableSchema& schema, const Row& row, std::string_view operation);

// metadata.cpp
std::string service_document(const State& state, const std::string& root);
std::string metadata(const State& state);

// public_entities.cpp: the light metadata service beside /data.
bool is_metadata(std::string_view target);
http::Response public_entities(const State& state, const http::Request& request);

}  // namespace dualwrite::sandbox::finops
