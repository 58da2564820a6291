#pragma once
// Two emulated OData services, Dataverse and F&O, and the token service that both trust, as real HTTP servers.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/base/secret.hpp"

namespace dualwrite::sandbox {

struct Schema;  ///< tables and columns; see metadata.hpp

/// An application that may ask for tokens, and the user it acts as on both sides.
struct Client {
  std::string id;
  Secret secret;
  std::string user_id;                       ///< GUID of the systemuser row; empty: derived from the id
  std::string user_name;                     ///< empty: "# " and the id
  std::string certificate;                   ///< PEM; its key may sign client assertions. Empty: the secret only
  bool is_member = true;                     ///< false: no user of the Dataverse organization (403)
  std::optional<Instant> secret_expires_at;  ///< AADSTS7000222 from then on
};

/// What real services leave open or do in more than one way; each default says which way is believed to be usual.
struct DataverseSwitches {
  bool empty_string_is_null = true;  ///< store null for ""
  int expired_delta_status = 400;    ///< HTTP status that comes with ExpiredVersionStamp (0x80044352)
  int missing_bind_status = 404;     ///< binding to a row that does not exist
  int delta_token_days = 7;          ///< how long a delta token is good
  bool delta_withholds = true;       ///< what is above the oldest open transaction; otherwise late commits are skipped
  bool delete_restricts = false;     ///< a row that others refer to cannot go; otherwise their lookups are cleared
  bool delete_multiple = false;      ///< DeleteMultiple on standard tables; otherwise 501
  bool upsert_multiple_refuses_key_in_body = true;  ///< a key column in @odata.id and in the body of a new row: 400
  bool refuse_special_key_characters = true;        ///< one of / < > * % & : \ ? + in a key of a URL: 400
  bool unknown_set_is_http_error = false;           ///< 0x8006088a for a set that is not there; otherwise 0x80060888
  int duplicate_key_status = 412;                   ///< HTTP status where a key is violated
  bool round_seconds = false;                       ///< a date's fraction of a second; otherwise it is cut off
  bool webhook_row_version = true;                  ///< the target of an update names the new version
  bool remove_link_in_delta = true;                 ///< rows whose lookup is cleared by a deletion get a new version
  bool round_half_to_even = false;                  ///< decimals; otherwise half away from zero
  bool remove_link_raises_update = false;           ///< whether rows that lose a lookup in that way raise Update events
  std::chrono::milliseconds webhook_limit{60000};   ///< how long a webhook may take
  std::size_t webhook_queue_max = 100000;           ///< above that, calls are dropped and counted
  bool webhook_any_port = true;                     ///< false: ports 80 and 443 only
  int webhook_failure_status = 400;                 ///< HTTP status where a synchronous step failed
  int sql_failure_status = 500;                     ///< HTTP status of a deadlock and of a time that is over
  std::chrono::milliseconds lock_limit{120000};     ///< how long a transaction waits for rows that others have locked
  std::chrono::milliseconds pipeline_limit{120000};  ///< how long a transaction may take with its synchronous steps
  bool service_protection = false;                   ///< whether the limits below are kept
  int protection_requests = 6000;                    ///< of a user on one web server, in the window
  std::chrono::seconds protection_time{1200};        ///< combined execution time
  int protection_concurrent = 52;                    ///< requests under way at once
  std::chrono::seconds protection_window{300};       ///< slides
  std::chrono::milliseconds operation_time{30};      ///< execution time that an operation is charged, besides its waits
  int web_servers = 1;                               ///< above 1: a cookie binds a client to one
  int dop_hint = 4;                                  ///< x-ms-dop-hint: the advised degree of parallelism
  bool expand_next_link = true;  ///< an expanded collection has a nextLink in any case; otherwise where rows are left
  std::int64_t aggregate_limit = 50000;  ///< rows that $apply takes in
  bool readers_wait = false;  ///< a read of a locked row by its key waits; otherwise it sees what is committed
};

struct FinopsSwitches {
  int write_failure_status = 400;                    ///< 500 is what older versions answer
  int stale_etag_status = 412;                       ///< 409 has been claimed
  bool refuse_key_edit = true;                       ///< a changed key column in a PATCH; otherwise ignored
  bool identical_update_is_write = false;            ///< whether an update that changes nothing counts as one
  bool check_references = true;                      ///< SalesCurrencyCode and CurrencyCode must be found in Currencies
  bool defaulting = true;                            ///< initValue() and defaultRow() fill fields that were not sent
  bool upper_case_ids = false;                       ///< fields whose type says so store upper case
  bool trim_trailing_blanks = true;                  ///< of what is stored in a string
  bool location_header = true;                       ///< the answer to a POST says where the row is
  bool page_size_preference = true;                  ///< Prefer: odata.maxpagesize is honoured
  bool change_set_if_match = true;                   ///< If-Match counts within a change set
  bool stack_traces = true;                          ///< errors carry innererror.stacktrace
  bool not_found_has_body = true;                    ///< a 404 says what it is about; otherwise it is empty
  int unmapped_app_status = 401;                     ///< the application is mapped to no F&O user; 403 is seen too
  std::int64_t throttle_capacity = 0;                ///< operations that the server bears in a window; 0: any number
  std::chrono::seconds throttle_window{60};          ///< over which its load is taken
  bool throttle_retry_after = true;                  ///< a 429 has the header Retry-After
  std::chrono::milliseconds package_duration{1000};  ///< of an import or export of a package
  bool batch_goes_on = true;                         ///< parts behind a failure are run; otherwise only if preferred
  std::chrono::milliseconds notify_pause{1000};      ///< between the attempts at a change notice
  std::size_t notify_queue_max = 100000;             ///< above that, notices are dropped and counted
};

struct SandboxSettings {
  std::string address = "127.0.0.1";
  std::uint16_t dataverse_port = 8701;  ///< 0: any free one; ask ports()
  std::uint16_t finops_port = 8702;
  std::uint16_t token_port = 8703;
  std::string tenant = "sandbox";
  std::vector<Client> clients;          ///< empty: "dualwrite"/"sandbox-secret" and "editor"/"editor-secret"
  std::string default_company = "dat";  ///< of every F&O user
  std::vector<std::string> legal_entities{"dat", "usmf", "ussi"};
  std::chrono::seconds token_lifetime{3600};
  int adfs_refusal_status = 400;  ///< HTTP status where AD FS gives no token
  std::size_t dataverse_page_size = 5000;
  std::size_t finops_page_size = 10000;
  std::shared_ptr<const Schema> dataverse_schema;  ///< nullptr: the built-in one
  std::shared_ptr<const Schema> finops_schema;
  std::int64_t time_scale = 1;  ///< how many times faster than `clock` everything here runs; at least 1
  std::string snapshot_dir;     ///< where snapshots are files; empty: they stay in memory
  bool control = false;         ///< serve /_sandbox/ (no credentials are asked for there)
  /// Hears of what cannot happen in good health: a port that was lost during a restart. May be empty.
  std::function<void(const std::string& what)> on_failure;
  DataverseSwitches dataverse;
  FinopsSwitches finops;
};

struct Ports {
  std::uint16_t dataverse = 0;
  std::uint16_t finops = 0;
  std::uint16_t token = 0;
};

struct Urls {
  std::string dataverse;  ///< origin, e.g. http://127.0.0.1:8701
  std::string finops;
  std::string token;  ///< the v2 token endpoint
};

/// Everything in memory, gone with the object unless it is saved. Runs on the executor's one thread.
class Sandbox {
 public:
  /// Binds the three ports at once; throws std::system_error if one is taken. `clock` must outlive it.
  Sandbox(Executor executor, Clock& clock, SandboxSettings settings);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Takes over what was saved to that file, before start(); nothing happens if there is no such file and one can be
  /// written there. After an error (Errc::invalid, Errc::storage) the object is of no use; the file is untouched.
  Result<void> load(const std::string& path);
  /// Writes everything, undelivered events too, after stop(). Errc::storage; the file is then as it was before.
  [[nodiscard]] Result<void> save(const std::string& path) const;

  /// Starts to answer. Call once.
  void start();
  /// Stops listening, ends what is under way. Must be awaited before destruction if start() was called.
  Task<void> stop();

  [[nodiscard]] Ports ports() const;
  [[nodiscard]] Urls urls() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dualwrite::sandbox
