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
#include "sandbox/finops/business_events.hpp"
#include "sandbox/finops/data_management.hpp"
#include "sandbox/finops/format.hpp"
#include "sandbox/finops/throttle.hpp"
#include "sandbox/query.hpp"
#include "sandbox/request.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox::finops {

inline constexpr std::string_view type_namespace = "Microsoft.Dynamics.DataEntities";
/// The custom business event that is raised for every committed change (docs/INGEST.md).
inline constexpr std::string_view change_event = "DualwriteRecordChanged";
inline constexpr std::string_view write_exception =
    "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException";

/// Somebody who is told of every committed change.
struct Subscriber {
  std::string url;
  http::Headers headers;
};

/// An application as the form "Microsoft Entra ID applications" lists it, with the rights of the user behind it.
struct App {
  bool is_mapped = true;
  std::string company;  ///< empty: the default of all
  Priority priority = Priority::medium;
  std::set<std::string> closed_sets;  ///< entity sets that no security role of the user opens
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
  std::map<std::string, App> apps;  ///< by client id; who is not here is as the defaults say
  BusinessEvents events;
  DataManagement packages;
  Throttle throttle;
  std::int64_t update_conflicts_left = 0;  ///< so many updates and deletes find that another process was faster
  PostSink sink;                           ///< where change notices go; may be empty
  Faults* faults = nullptr;                ///< the rules for parts of a batch

  State(const Clock& c, const SandboxSettings& settings, PostSink s);
  void save(Writer& to) const;
  /// Throws ArchiveError.
  void load(Reader& from);
  /// The company of a user's rows where nothing else is said.
  [[nodiscard]] const std::string& company_of(const User& user) const;
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
  Format format;
};

/// A navigation property that the caller wants inline.
struct Expanded {
  const Relation* relation = nullptr;
  std::optional<std::vector<ColumnId>> select;
};
using Expansions = std::vector<Expanded>;

/// Of a row, what is written.
struct Shape {
  const TableSchema* schema = nullptr;
  const std::optional<std::vector<ColumnId>>* select = nullptr;  ///< nullptr: all columns
  const Expansions* expand = nullptr;
};

const FilterDialect& dialect();

/// The failure of a write, with its infolog.
std::unexpected<Refusal> write_failed(const State& state, const TableSchema& schema, const std::string& infolog);
std::unexpected<Refusal> bad_request(std::string message);
std::unexpected<Refusal> no_resource(const Call& call);
/// The body that goes with a refusal, by the switches.
http::Response error_response(const State& state, const Refusal& refusal);

std::string etag_of(const TableSchema& schema, const Record& record);
/// Appends {…}, with `head` in front of the row's members.
void append_row(std::string& out, const Call& call, const Shape& shape, const Record& record,
                std::string_view head = {});
/// "dataAreaId='usmf',CustomerAccount='X'", not percent-encoded.
std::string key_predicate(const State& state, const TableSchema& schema, const Row& row);
/// "\"@odata.context\":…," or nothing, as the format has it.
std::string context_member(const Call& call, const std::string& fragment);

/// The stored cell; nothing for the type's empty value.
Outcome<std::optional<std::string>> accept(const State& state, const TableSchema& schema, const Column& column,
                                           const Value& value);

/// The row that the key in the URL names, if the caller may see it.
Outcome<Hit> addressed(const Call& call, const Table& table);
/// Only keys that start so are visible; empty for all.
std::string visible_prefix(const Call& call, const TableSchema& schema);
/// False if the caller has no right on the company, in lower case.
bool may_see(const Call& call, std::string_view company);

// expand.cpp
Outcome<Expansions> parse_expand(const Call& call, const TableSchema& schema);
/// GET of a navigation property's URL.
Outcome<http::Response> navigate(Call& call, const Table& table);
std::vector<const Record*> related_rows(const Call& call, const TableSchema& schema, const Relation& relation,
                                        const Row& row);

// read.cpp
Outcome<http::Response> list(Call& call, const Table& table);
Outcome<http::Response> count(Call& call, const Table& table);
Outcome<http::Response> retrieve(Call& call, const Table& table);

// write.cpp
Outcome<http::Response> create(Call& call, Table& table);
Outcome<http::Response> update(Call& call, Table& table);
Outcome<http::Response> remove(Call& call, Table& table);

// values.cpp
/// At most so many characters of it; 0: all.
std::string cut_to(std::string text, std::size_t length_max);
/// "Customer account: C1": the key as an infolog names it.
std::string key_labels(const TableSchema& schema, const Row& row);
/// "CustomerAccount" as people read it: "Customer account".
std::string words_of(std::string_view name);

// notify.cpp: queues a business event for every subscriber, and a business or data event for every endpoint for which
// one is activated, once the transaction is committed.
void notify_after_commit(Call& call, const TableSchema& schema, const Record& record, std::string_view operation);
/// The event that is posted to an endpoint before it is saved.
std::string test_event(const State& state);

// data_event.cpp
std::string data_event(const State& state, const TableSchema& schema, const Record& record, std::string_view operation,
                       const User& user);
/// The virtual table that stands for an entity in Dataverse, and the GUID of its row (D3).
std::string virtual_table(const TableSchema& schema);
std::string virtual_row_id(const TableSchema& schema, std::int64_t rec_id);

// actions.cpp
bool is_action(const Target& target);
Outcome<http::Response> run_action(Call& call);

// metadata.cpp
std::string service_document(const State& state, const std::string& root);
std::string metadata(const State& state);

// light_metadata.cpp: the metadata service beside /data.
bool is_metadata(std::string_view target);
http::Response light_metadata(const State& state, const http::Request& request, const std::string& origin);

}  // namespace dualwrite::sandbox::finops
