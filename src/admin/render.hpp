#pragma once
// What the engine and the store know, as JSON objects; src/admin/openapi.json describes their shapes. Pure.
#include <string_view>

#include "admin/json_writer.hpp"
#include "dualwrite/sync/engine.hpp"

namespace dualwrite::admin {

/// Each writes one object: named inside an object, unnamed inside an array or as the whole document.
void render(JsonWriter& json, std::string_view name, const sync::MapStatus& map);
void render(JsonWriter& json, std::string_view name, const sync::EndpointStatus& endpoint);
void render(JsonWriter& json, std::string_view name, const EditTime& time);

/// `map` is the map's name.
void render(JsonWriter& json, std::string_view name, std::string_view map, const store::DeadLetter& letter);
void render(JsonWriter& json, std::string_view name, std::string_view map, const store::JournalEntry& entry);

/// A journal line of kind `lost`, with what its detail holds as members of its own.
void render_conflict(JsonWriter& json, std::string_view map, const store::JournalEntry& entry);

/// The document of GET maps/{map}/initial-sync.
std::string initial_sync_document(const sync::MapStatus& map);
std::string map_document(const sync::MapStatus& map);
std::string dead_letter_document(std::string_view map, const store::DeadLetter& letter);
std::string record_document(const sync::RecordReport& record);

}  // namespace dualwrite::admin
