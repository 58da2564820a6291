#pragma once
// One endpoint of a link: where it is, how it deviates from plain OData, how we prove who we are.
#include <string>

#include "dualwrite/config/settings.hpp"
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/model/side.hpp"

namespace dualwrite::config {

/// `directory` is where relative paths begin. Mistakes are collected; what is returned then is a stand-in.
EndpointSettings read_endpoint(const maps::JsonNode& node, const std::string& path, Side side,
                               const std::string& directory, maps::MistakeList& mistakes);

}  // namespace dualwrite::config
