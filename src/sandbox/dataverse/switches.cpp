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
      number_switch("dataverse.webhook-limit-ms", &S::webhook_limit, {1, 600'000}, "B4", "how long a webhook may take"),
      number_switch("dataverse.webhook-queue-max", &S::webhook_queue_max, {1, 1'000'000}, "own",
                    "webhook calls above that are dropped and counted"),
  };
}

}  // namespace dualwrite::sandbox::dataverse
