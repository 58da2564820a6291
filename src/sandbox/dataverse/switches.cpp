// The Dataverse side's switches: one row for each member of DataverseSwitches.
#include "sandbox/switch.hpp"

namespace dualwrite::sandbox::dataverse {

Switches switches() {
  using S = DataverseSwitches;
  return {
      flag_switch("dataverse.empty-string-is-null", &S::empty_string_is_null, "A6, I8",
                  "an empty string is stored as null"),
      number_switch("dataverse.expired-delta-status", &S::expired_delta_status, {400, 599}, "A10, I1",
                    "status that comes with ExpiredVersionStamp (0x80044352)"),
      number_switch("dataverse.missing-bind-status", &S::missing_bind_status, {400, 499}, "A4, I5",
                    "status for binding to a row that does not exist"),
      number_switch("dataverse.delta-token-days", &S::delta_token_days, {1, 365}, "A10",
                    "how long a delta link is good"),
      flag_switch("dataverse.delete-restricts", &S::delete_restricts, "A12",
                  "a row that others refer to cannot be deleted; false: their lookups are cleared"),
      flag_switch("dataverse.remove-link-raises-update", &S::remove_link_raises_update, "A14, I10",
                  "rows that lose a lookup because its target was deleted raise Update events"),
      flag_switch("dataverse.delete-multiple", &S::delete_multiple, "A9",
                  "DeleteMultiple works on standard tables; false: it is answered 501"),
      flag_switch("dataverse.upsert-multiple-refuses-key-in-body", &S::upsert_multiple_refuses_key_in_body, "A9",
                  "UpsertMultiple answers 400 for a new row with a key column in @odata.id and in the body"),
      flag_switch("dataverse.refuse-special-key-characters", &S::refuse_special_key_characters, "A5",
                  "a key in a URL that holds one of / < > * % & : ? + or a backslash is answered 400"),
      flag_switch("dataverse.round-half-to-even", &S::round_half_to_even, "A6, I8",
                  "decimals are rounded half to even; false: half away from zero"),
      number_switch("dataverse.webhook-limit-ms", &S::webhook_limit, {1, 600'000}, "B4", "how long a webhook may take"),
      number_switch("dataverse.webhook-queue-max", &S::webhook_queue_max, {1, 1'000'000}, "own",
                    "webhook calls above that are dropped and counted"),
      flag_switch("dataverse.webhook-any-port", &S::webhook_any_port, "B1", "false: ports 80 and 443 only"),
      number_switch("dataverse.webhook-failure-status", &S::webhook_failure_status, {400, 599}, "B4, A12",
                    "status where a synchronous step failed"),
      number_switch("dataverse.sql-failure-status", &S::sql_failure_status, {400, 599}, "A12",
                    "status of a deadlock (0x80044150) and of a time that is over (0x80044151, 0x80040224)"),
      number_switch("dataverse.lock-limit-ms", &S::lock_limit, {1, 600'000}, "B4",
                    "how long a transaction waits for rows that others have locked"),
      number_switch("dataverse.pipeline-limit-ms", &S::pipeline_limit, {1, 3'600'000}, "B4",
                    "how long a transaction may take with its synchronous steps"),
      flag_switch("dataverse.readers-wait", &S::readers_wait, "H4",
                  "a read of a locked row by its key waits; otherwise it sees what is committed"),
      flag_switch("dataverse.service-protection", &S::service_protection, "A11",
                  "the limits of the next five switches are kept"),
      number_switch("dataverse.protection-requests", &S::protection_requests, {1, 1'000'000}, "A11",
                    "requests of a user on one web server, in the window"),
      number_switch("dataverse.protection-time-seconds", &S::protection_time, {1, 1'000'000}, "A11",
                    "their combined execution time"),
      number_switch("dataverse.protection-concurrent", &S::protection_concurrent, {1, 1'000'000}, "A11",
                    "requests of a user under way at once"),
      number_switch("dataverse.protection-window-seconds", &S::protection_window, {1, 86'400}, "A11",
                    "the length of the sliding window"),
      number_switch("dataverse.operation-time-ms", &S::operation_time, {0, 600'000}, "A11",
                    "execution time that an operation is charged, besides what it waits"),
      number_switch("dataverse.web-servers", &S::web_servers, {1, 100}, "A11",
                    "above 1: the cookie ARRAffinity binds a client to one"),
      number_switch("dataverse.dop-hint", &S::dop_hint, {1, 1000}, "A11", "x-ms-dop-hint, with service protection"),
  };
}

}  // namespace dualwrite::sandbox::dataverse
