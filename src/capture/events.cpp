#include "dualwrite/capture/events.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/base/uuid.hpp"

namespace dualwrite::capture {
namespace {

using nlohmann::json;

constexpr int depth_max = 64;
constexpr std::size_t events_max = 1000;

/// Parses with a bound on nesting: json's own destructor and accessors recurse.
Result<json> parse(std::string_view body, const char* what) {
  // nlohmann takes a zero byte for the end of the text and would not look at what follows.
  if (body.find('\0') != std::string_view::npos) return fail(Errc::invalid, std::string(what) + ": not JSON");
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > depth_max;
    return !too_deep;
  };
  json document = json::parse(body, watch, /*allow_exceptions=*/false);
  if (too_deep) return fail(Errc::invalid, std::string(what) + ": nested deeper than 64 levels");
  if (document.is_discarded()) return fail(Errc::invalid, std::string(what) + ": not JSON");
  return document;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// "/Date(1731053106922)/" or "/Date(1731053106922+0000)/": milliseconds since 1970, UTC.
std::optional<Instant> parse_json_date(std::string_view text) {
  constexpr std::string_view prefix = "/Date(";
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::int64_t milliseconds = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (end.ec != std::errc()) return std::nullopt;
  return Instant(std::chrono::milliseconds(milliseconds));
}

/// The operation's `tag`, here or in a parent context (bounded walk).
std::string find_tag(const json& context) {
  const json* at = &context;
  for (int level = 0; level < 10 && at->is_object(); ++level) {
    const auto shared = at->find("SharedVariables");
    if (shared != at->end() && shared->is_array()) {
      for (const json& pair : *shared) {
        if (pair.is_object() && text_of(pair, "key") == "tag") return text_of(pair, "value");
      }
    }
    const auto parent = at->find("ParentContext");
    if (parent == at->end()) break;
    at = &*parent;
  }
  return {};
}

Value value_of(const json& member) {
  if (member.is_string()) return Value::string(member.get<std::string>());
  if (member.is_boolean()) return Value::boolean(member.get<bool>());
  if (member.is_number_integer()) return Value::number(member.dump());
  return Value::null();
}

Result<std::optional<Hint>> finops_event(const json& event) {
  if (!event.is_object()) return fail(Errc::invalid, "a posted F&O change: not a JSON object");
  if (text_of(event, "BusinessEventId") == "BusinessEventsTestEndpointContract") return std::nullopt;
  Hint hint;
  hint.side = Side::finops;
  hint.source = CaptureSource::posted;
  hint.table = text_of(event, "Entity");
  if (hint.table.empty()) {
    return fail(Errc::invalid, "a posted F&O change: member Entity (the entity set's name) is missing");
  }
  const std::string operation = text_of(event, "Operation");
  if (operation != "Created" && operation != "Updated" && operation != "Deleted") {
    return fail(Errc::invalid,
                "a posted F&O change of " + hint.table + ": Operation must be Created, Updated or Deleted");
  }
  hint.deleted = operation == "Deleted";
  const auto key = event.find("Key");
  if (key == event.end() || !key->is_object() || key->empty()) {
    return fail(Errc::invalid,
                "a posted F&O change of " + hint.table + ": member Key (an object of key columns) is missing");
  }
  for (const auto& [name, member] : key->items()) hint.key.emplace_back(name, value_of(member));
  std::optional<Instant> at = parse_instant(text_of(event, "EventTimeIso8601"));
  if (!at) at = parse_json_date(text_of(event, "EventTime"));
  if (at) hint.time = EditTime(*at, *at, TimeSource::event);
  return hint;
}

}  // namespace

Result<std::vector<Hint>> parse_dataverse_event(std::string_view body) {
  auto document = parse(body, "a Dataverse event");
  if (!document) return std::unexpected(std::move(document).error());
  std::vector<Hint> hints;
  if (!document->is_object()) return fail(Errc::invalid, "a Dataverse event: not a JSON object");
  const std::string message = text_of(*document, "MessageName");
  if (message.empty()) return fail(Errc::invalid, "a Dataverse event: member MessageName is missing");
  if (message != "Create" && message != "Update" && message != "Delete") return hints;
  Hint hint;
  hint.side = Side::dataverse;
  hint.source = CaptureSource::webhook;
  hint.table = text_of(*document, "PrimaryEntityName");
  hint.endpoint_key = ascii_lower(text_of(*document, "PrimaryEntityId"));
  if (hint.table.empty()) return fail(Errc::invalid, "a Dataverse event: member PrimaryEntityName is missing");
  if (!is_uuid(hint.endpoint_key)) return fail(Errc::invalid, "a Dataverse event: PrimaryEntityId is not a GUID");
  hint.deleted = message == "Delete";
  if (const auto at = parse_json_date(text_of(*document, "OperationCreatedOn"))) {
    hint.time = EditTime(*at, *at + std::chrono::milliseconds(999), TimeSource::event);  // it may be whole seconds
  }
  hint.tag = find_tag(*document);
  hints.push_back(std::move(hint));
  return hints;
}

Result<std::vector<Hint>> parse_finops_events(std::string_view body) {
  auto document = parse(body, "a posted F&O change");
  if (!document) return std::unexpected(std::move(document).error());
  std::vector<Hint> hints;
  const bool many = document->is_array();
  if (many && document->size() > events_max)
    return fail(Errc::limit, "more than 1000 posted F&O changes in one request");
  const std::size_t count = many ? document->size() : 1;
  for (std::size_t index = 0; index < count; ++index) {
    auto hint = finops_event(many ? (*document)[index] : *document);
    if (!hint) return std::unexpected(std::move(hint).error());
    if (*hint) hints.push_back(std::move(**hint));
  }
  return hints;
}

}  // namespace dualwrite::capture
