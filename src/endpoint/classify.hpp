#pragma once
// What a reply to a write means: one total function per dialect. Pure.
#include <string_view>

#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::endpoint {

/// `row_key` is the GUID of the row that was written: a message that names it is about the row, not about a parent.
WriteOutcome classify_dataverse(int status, const odata::WireError& error, WriteKind kind, std::string_view row_key);

/// F&O has no machine-readable codes: status, the exception's type and fragments of the infolog decide (language
/// en-US).
WriteOutcome classify_finops(int status, const odata::WireError& error, WriteKind kind);

/// Services of which nothing is known: the status alone decides.
WriteOutcome classify_odata(int status, WriteKind kind);

/// What a request as a whole came to, when it never reached the single writes.
WriteOutcome classify_request(const Error& error);
/// The failure that a status stands for when a whole request was answered with it. `what` names the request.
Error request_error(int status, std::string_view body, const std::string& what);

}  // namespace dualwrite::endpoint
