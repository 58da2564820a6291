// The F&O side's switches: one row for each member of FinopsSwitches.
#include "sandbox/switch.hpp"

namespace dualwrite::sandbox::finops {

Switches switches() {
  using S = FinopsSwitches;
  return {
      number_switch("finops.write-failure-status", &S::write_failure_status, {400, 599}, "C6, I4",
                    "status of a refused write; older versions answer 500"),
      number_switch("finops.stale-etag-status", &S::stale_etag_status, {400, 499}, "C4, I3",
                    "status where If-Match does not match; 409 has been claimed"),
      flag_switch("finops.refuse-key-edit", &S::refuse_key_edit, "C4",
                  "a changed key column in a PATCH is refused; false: ignored"),
      flag_switch("finops.identical-update-is-write", &S::identical_update_is_write, "C4",
                  "an update that changes nothing gives the row a new version"),
      flag_switch("finops.check-references", &S::check_references, "C6",
                  "SalesCurrencyCode and CurrencyCode must be found in Currencies"),
      number_switch("finops.notify-pause-ms", &S::notify_pause, {0, 600'000}, "own",
                    "pause between the attempts at a change notice"),
      number_switch("finops.notify-queue-max", &S::notify_queue_max, {1, 1'000'000}, "own",
                    "change notices above that are dropped and counted"),
  };
}

}  // namespace dualwrite::sandbox::finops
