#pragma once
// A coupling's state as one line of JSON, made to be read by a person in the sqlite3 shell and to be small:
//
//   {"v":3,"incarnation":2,
//    "agreed":["Contoso",1.10,null],          the agreed values, one per column
//    "times":[[1,2,"stamp","finops"],…],      the different edit times: from, to (ms since the epoch), source, origin
//    "at":[0,0,1],                            per column its place in "times"; left out if all are at 0
//    "deleted":1700000000000,                 the tombstone
//    "uncoupled":true,                        with a tombstone: the other row stays
//    "held":[[2,"conflict"],…],               columns that wait for a person, and why
//    "heldDeletion":"finops",                 the side whose deletion waits for a person
//    "turns":[[2,4,1700000000000,"x"],…],     the fixed-point guard: column, points, since, the value before
//    "finops":{"differs":{"2":"x"},           the shadow: the agreed values, except for these columns
//              "row":[…],                     or the whole shadow; neither: no row on that side
//              "intents":[{"id":7,"kind":"update","guard":"W/\"1\"","cells":[[2,"x"]],"at":1700000000000}]},
//    "dataverse":{…}}
//
// What says nothing is left out. A value is JSON's own where that keeps it exactly: null, true, false, a string, a
// number with its digits as they are. Else: [] absent; {"number":"…"} a number's text that is no JSON number;
// {"bytes":"…"} text that is no UTF-8, in hexadecimal. The record, the rows' keys and the tokens are columns of their
// own and not in here.
#include <cstdint>
#include <string>
#include <string_view>

#include "dualwrite/base/error.hpp"
#include "dualwrite/model/coupling.hpp"

namespace dualwrite::store {

/// Member "v". Version 1 had no "uncoupled", "held", "heldDeletion" and "turns", version 2 no "strayed"; both are read
/// as well. A later one is refused.
constexpr std::int64_t coupling_text_version = 3;

std::string coupling_text(const Coupling& coupling);

/// Fills everything of `into` but the record, the sides' keys and their tokens. Fails with Errc::storage if the text is
/// damaged or was written by a newer version.
Result<void> read_coupling_text(std::string_view text, Coupling& into);

}  // namespace dualwrite::store
