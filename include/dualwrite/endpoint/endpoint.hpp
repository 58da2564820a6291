#pragma once
// The endpoint seam: one OData service in its dialect, in wire rows. What a reply means is decided here, what to do
// about it is not.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/maps/facts.hpp"
#include "dualwrite/maps/reference.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/record.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::endpoint {

/// No usable answer came: another attempt may see more.
constexpr bool is_outage(Errc code) noexcept {
  return code == Errc::unavailable || code == Errc::in_doubt || code == Errc::throttled;
}

/// Which row: by its key on that side where it is known, else by the record's key.
struct RowAddress {
  std::string key;
  RecordKey record;
  RowAddress() = default;
  RowAddress(std::string k, RecordKey r) : key(std::move(k)), record(std::move(r)) {}
};

struct RowRead {
  enum class Kind : std::uint8_t { present, missing, failed };
  Kind kind = Kind::failed;
  odata::Entity entity;        ///< present: with its ETag
  std::string key;             ///< present: the row's key on that side
  std::optional<Error> error;  ///< failed
};

struct RowWrite {
  WriteKind kind = WriteKind::update;
  RecordKey record;
  std::string key;   ///< update and delete: the row's key; create: the chosen key, empty where the service takes none
  Token guard;       ///< sent as If-Match; empty: unguarded
  std::string body;  ///< JSON; empty for a delete
  IntentId intent;
};

/// What came of a write, as far as reactions differ.
enum class WriteOutcome : std::uint8_t {
  done,
  refused,         ///< a rule, a length, a type, a right: a person must act
  precondition,    ///< the row has changed since it was read
  missing,         ///< the row to change is gone; for a delete that is done
  exists,          ///< the row to create is there already
  parent_missing,  ///< a row that it refers to is not there
  retry,           ///< certainly without effect, and worth repeating: throttled, deadlock, not connected
  in_doubt,        ///< it may have taken effect
};
std::string_view to_string(WriteOutcome outcome) noexcept;

struct WriteReply {
  WriteOutcome outcome = WriteOutcome::in_doubt;
  std::optional<odata::Entity> entity;  ///< done: the row as it stands after the write, with its ETag
  std::string key;                      ///< done: the row's key on that side
  bool answered = false;                ///< the service answered this very write
  bool of_write = false;                ///< `entity` is this write's own reply: nobody else can have changed it since
  std::string error;                    ///< otherwise: what the service said, or what happened to the request
};

enum class ScanDepth : std::uint8_t { keys, rows };

struct ScanPage {
  std::vector<odata::Entity> rows;
  std::string next;  ///< continuation; empty: this was the last page
};

/// One item of a delta: the row's key and its version, or that it was deleted.
struct DeltaItem {
  std::string key;
  Token token;
  bool deleted = false;
};

struct DeltaPage {
  std::vector<DeltaItem> items;
  std::string next;      ///< more pages follow
  std::string link;      ///< on the last page: where the next delta starts
  bool expired = false;  ///< the link is no longer valid: changes may have been missed
};

/// What a service's clock reads when the daemon's reads zero, in milliseconds: somewhere in [low, high].
struct ClockOffset {
  std::int64_t low = -1000;
  std::int64_t high = 1000;
};

/// The clock that a service stamps its rows with, as far as it was measured.
struct ServiceClock {
  ClockOffset offset;
  std::int64_t dates = 0;        ///< measurements by the Date header of a reply
  std::int64_t stamps = 0;       ///< by the stamp that a write of ours was given
  std::int64_t granularity = 0;  ///< of the stamps, in milliseconds
};

/// What identifies the same record on the other side: values of columns, in the record's company.
struct MatchQuery {
  RecordKey record;
  std::vector<ColumnValue> cells;
};

/// Rows that hold those values, or why nobody knows.
struct MatchReply {
  std::vector<RowRead> rows;  ///< at most match_rows_max
  std::optional<Error> error;
};
inline constexpr std::size_t match_rows_max = 5;

/// What went to a service in the last five minutes, which is what both services take their limits over.
struct WindowUsage {
  std::int64_t requests = 0;
  std::chrono::milliseconds took{0};  ///< from sending to the whole reply, added up
};

/// Whose turn it is where requests have to wait.
enum class Urgency : std::uint8_t { live, catch_up, initial_sync, verify };

struct Usage {
  std::int64_t requests = 0;
  std::int64_t failures = 0;  ///< without a usable answer: no connection, no reply, no token, a web page
  std::int64_t throttled = 0;
  Instant paused_until{};
  Instant down_since{};    ///< since when no request got a usable answer; the epoch: the last one did
  std::string last_error;  ///< empty when the last request was answered well
  WindowUsage window;
  std::int64_t at_once = 0;                      ///< requests allowed at a time now: fewer after being throttled
  std::int64_t users = 1;                        ///< application users; `paused_until` is when the first may go on
  std::map<std::string, std::int64_t> by_map{};  ///< requests by map; those of no map under ""
};

struct Property {
  std::string name;
  std::string type;  ///< in the service's words: "Edm.String", "Lookup"
  bool key = false;  ///< F&O: part of the entity's key
};

/// A single-valued navigation property and the table that it leads to.
struct Navigation {
  std::string name;
  std::string table;
};

/// What a service's own metadata says of one entity or table. F&O has no navigations, primary key column or tracking.
struct Description {
  std::string set;  ///< entity set
  std::string id;   ///< Dataverse: the primary key column
  bool tracks_changes = true;
  std::vector<Property> properties;
  std::vector<Navigation> navigations;
};

/// Something that a service cannot do, or that only its use will show, as far as it matters to a map.
struct Shortcoming {
  std::string what;
  std::string hint;
  bool accepted = true;  ///< false: the map must not run until it is repaired, or accepted in the configuration
};

/// One service. Calls come from the engine's executor; several may be under way. Failures of whole calls: unavailable,
/// in_doubt (reads repeat safely), throttled, unauthorized, forbidden, invalid (a reply that is not OData).
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  [[nodiscard]] virtual Side side() const noexcept = 0;
  [[nodiscard]] virtual const std::string& url() const noexcept = 0;
  [[nodiscard]] virtual std::string_view dialect() const noexcept = 0;

  /// Keyed reads in one batch; one answer per address, in order.
  virtual Task<Result<std::vector<RowRead>>> read(const maps::TableMap& map, std::vector<RowAddress> rows) = 0;
  /// Rows by the values of other columns than the key, in one batch; one answer per query, in order.
  virtual Task<Result<std::vector<MatchReply>>> find(const maps::TableMap& map, std::vector<MatchQuery> queries) = 0;
  /// Writes in one batch, each on its own; one answer per write, in order. Never fails as a whole.
  virtual Task<std::vector<WriteReply>> write(const maps::TableMap& map, std::vector<RowWrite> writes) = 0;
  /// One page of all rows in the map's scope, by key. `continuation` is empty for the first page.
  virtual Task<Result<ScanPage>> scan(const maps::TableMap& map, ScanDepth depth, std::string continuation) = 0;
  /// One page of changes since `link`; an empty link starts tracking: its pages hold all rows and may be ignored.
  /// Errc::invalid where the dialect has no deltas.
  virtual Task<Result<DeltaPage>> delta(const maps::TableMap& map, std::string link) = 0;

  /// The row's key on this side, out of a row as this side sends it. Errc::invalid if a key column is missing.
  [[nodiscard]] virtual Result<std::string> key_of(const maps::TableMap& map, const odata::Entity& row) const = 0;
  /// What stays of a row when its key changes: F&O's RecId, out of the ETag. Empty: not known, or the key itself stays.
  [[nodiscard]] virtual std::string row_id(const maps::TableMap& map, const odata::Entity& row) const = 0;
  /// The key to create a record's row with; empty where the service makes its own.
  [[nodiscard]] virtual std::string key_for_create(const maps::TableMap& map, const Coupling& coupling) const = 0;
  /// When the row was last modified by its own stamp, on the daemon's clock; source none where there is no stamp.
  [[nodiscard]] virtual EditTime modified(const maps::TableMap& map, const odata::Entity& row) const = 0;
  [[nodiscard]] virtual ServiceClock service_clock() const = 0;
  /// An interval on this service's clock, on the daemon's.
  [[nodiscard]] virtual EditTime on_our_clock(EditTime theirs) const = 0;

  /// The primary keys of the rows of a lookup's table, by the lookup's column in lower case: for small tables such as
  /// the companies. Errc::invalid where the dialect has no lookups.
  virtual Task<Result<std::map<std::string, std::string>>> lookup_ids(const maps::Lookup& lookup) = 0;

  /// The primary keys of the rows that answer each question, in one batch: two at most, which says that it is not one.
  virtual Task<Result<std::vector<std::vector<std::string>>>> find_ids(std::vector<maps::Question> questions) = 0;

  /// What the metadata says of a table (Dataverse: logical name) or an entity (F&O: entity set); nothing if the service
  /// has none of that name.
  virtual Task<Result<std::optional<Description>>> describe(std::string name) = 0;
  /// The same in full, for validation: kinds, lengths, alternate keys, and the options of the choices among `choices`.
  /// Takes several requests. Errc::invalid where the dialect does not tell.
  virtual Task<Result<std::optional<maps::EntityFacts>>> facts(std::string name, std::vector<std::string> choices);
  /// Some columns of all rows of a small table, page by page. Errc::invalid where the dialect has no such tables.
  virtual Task<Result<std::vector<odata::Entity>>> table_rows(std::string set, std::string columns);
  /// The names that describe() knows, for hints. Large: ask only when a name was not found.
  virtual Task<Result<std::vector<std::string>>> names() = 0;
  /// What the service cannot do for that map. Empty for services that are known to do everything.
  virtual Task<Result<std::vector<Shortcoming>>> shortcomings(const maps::TableMap& map);
  /// What identifies the environment behind the address: Dataverse's organisation. Empty: the service has nothing such.
  virtual Task<Result<std::string>> identity();
  /// Asks something small, for usage() to tell whether the service answers. Any answer of the service is fine.
  virtual Task<Result<void>> reach(const maps::TableMap& map) = 0;

  /// How urgent the map's requests are from now on.
  virtual void set_urgency(const std::string& map, Urgency urgency) = 0;

  [[nodiscard]] virtual bool has_deltas() const noexcept = 0;
  [[nodiscard]] virtual Usage usage() const = 0;
};

}  // namespace dualwrite::endpoint
