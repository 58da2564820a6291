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
  };
}

}  // namespace dualwrite::sandbox::dataverse
