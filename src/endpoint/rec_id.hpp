#pragma once
// What an F&O ETag tells of the row itself.
#include <string>
#include <string_view>

namespace dualwrite::endpoint {

/// The RecId in W/"<base64 of 'RecVersion,RecId;RecVersion,RecId;…'>": one pair for each table behind the entity, the
/// root's first. It stays when the row is renamed. Empty for an ETag of another form, and for a RecId of 0.
std::string rec_id_of(std::string_view etag);

}  // namespace dualwrite::endpoint
