#pragma once
// Literals, key predicates and percent-encoding (OData URL Conventions 4.0, section 5.1.1.6; RFC 3986).
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite::odata {

/// Percent-encodes everything but the unreserved characters.
std::string percent_encode(std::string_view text);
/// Like percent_encode, but keeps what may stand unescaped in a query option and keeps it readable: ' ( ) , / : @ $ ; =
/// *
std::string percent_encode_query(std::string_view text);
/// The same for what stands between the brackets of a key URL, where a '/' in a value would begin another segment.
std::string percent_encode_key(std::string_view predicate);
/// Decodes %XX ('+' stays '+'). Errc::invalid for a broken escape.
Result<std::string> percent_decode(std::string_view text);

/// 'it''s'
std::string quote(std::string_view text);

/// Key predicate members as written, decoded and unquoted: ("dataAreaId", string "usmf"). An unnamed single key has an
/// empty name. A quoted literal gives a string; true/false a boolean; a number a number; anything else (a GUID, a date)
/// a string as it stands. A typed literal (Ns.Kind'Red') gives what is quoted in it; a list in [ ] stays as it is
/// written.
using KeyPredicate = std::vector<std::pair<std::string, Value>>;

/// Parses the part between the brackets, already percent-decoded.
Result<KeyPredicate> parse_key_predicate(std::string_view text);

/// "dataAreaId='usmf',CustomerAccount='US-001'", not percent-encoded. Strings are quoted unless `is_uuid` says GUID.
std::string format_key_predicate(const KeyPredicate& key);

/// Query options of a target, decoded: ("$filter", "a eq 1"). Bounded to 100 options. '+' is a blank here, as browsers
/// and both services have it; a plus is written %2B.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace dualwrite::odata
