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
      flag_switch("finops.defaulting", &S::defaulting, "C4",
                  "a new row is initialised and empty fields are filled as the entity does it: LanguageId, NameAlias, "
                  "VendorSearchName"),
      flag_switch("finops.upper-case-ids", &S::upper_case_ids, "C5, I9",
                  "account numbers and currency codes are stored in upper case"),
      flag_switch("finops.trim-trailing-blanks", &S::trim_trailing_blanks, "C5, I9",
                  "strings are stored without trailing blanks"),
      flag_switch("finops.location-header", &S::location_header, "C4", "the answer to a POST has the header Location"),
      flag_switch("finops.page-size-preference", &S::page_size_preference, "C3",
                  "Prefer: odata.maxpagesize is honoured"),
      flag_switch("finops.change-set-if-match", &S::change_set_if_match, "I6",
                  "If-Match counts within a change set; false: it is ignored there"),
      flag_switch("finops.stack-traces", &S::stack_traces, "C6, I4",
                  "errors carry innererror.stacktrace; production may hide it"),
      flag_switch("finops.not-found-has-body", &S::not_found_has_body, "C6, I3",
                  "a 404 says what was not found; false: it is empty"),
      number_switch("finops.unmapped-app-status", &S::unmapped_app_status, {400, 499}, "C1",
                    "status for an application that is mapped to no user"),
      flag_switch("finops.batch-goes-on", &S::batch_goes_on, "C7",
                  "the parts of a batch behind a failure are run; false: only with Prefer: odata.continue-on-error"),
      number_switch("finops.throttle-capacity", &S::throttle_capacity, {0, 1'000'000'000}, "C8",
                    "operations that the server bears in a window before it rejects some; 0: any number"),
      number_switch("finops.throttle-window-seconds", &S::throttle_window, {1, 3'600}, "C8",
                    "the window over which its load is taken"),
      flag_switch("finops.throttle-retry-after", &S::throttle_retry_after, "C8, I11",
                  "a 429 has the header Retry-After"),
      number_switch("finops.package-duration-ms", &S::package_duration, {0, 600'000}, "C10",
                    "how long an import or export of a package takes"),
      number_switch("finops.notify-pause-ms", &S::notify_pause, {0, 600'000}, "own",
                    "pause between the attempts at a change notice"),
      number_switch("finops.notify-queue-max", &S::notify_queue_max, {1, 1'000'000}, "own",
                    "change notices above that are dropped and counted"),
  };
}

}  // namespace dualwrite::sandbox::finops
