#include "dualwrite/capture/events.hpp"

#include <charconv>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/maps/json_document.hpp"

namespace dualwrite::capture {
namespace {

using maps::JsonNode;

constexpr std::size_t events_max = 1000;

/// Numbers keep their text. A name that comes twice is refused: nobody could say which of the two was meant.
Result<JsonNode> parse(std::string_view body, const char* what) {
  std::vector<maps::Mistake> mistakes;
  auto document = maps::parse_json("", body, mistakes);
  if (document && mistakes.empty()) return *std::move(document);
  const maps::Mistake& first = mistakes.front();
  return fail(Errc::invalid, std::string(what) + ", line " + std::to_string(first.line) + ": " + first.what);
}

std::string text_of(const JsonNode& object, const char* name) {
  const JsonNode* found = object.find(name);
  return found != nullptr && found->kind == JsonNode::Kind::string ? found->text : std::string();
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
std::string find_tag(const JsonNode& context) {
  const JsonNode* at = &context;
  for (int level = 0; level < 10 && at != nullptr; ++level) {
    const JsonNode* shared = at->find("SharedVariables");
    if (shared != nullptr && shared->kind == JsonNode::Kind::array) {
      for (const JsonNode& pair : shared->children) {
        if (text_of(pair, "key") == "tag") return text_of(pair, "value");
      }
    }
    at = at->find("ParentContext");
  }
  return {};
}

Value value_of(const JsonNode& member) {
  switch (member.kind) {
    case JsonNode::Kind::string:
      return Value::string(member.text);
    case JsonNode::Kind::boolean:
      return Value::boolean(member.text == "true");
    case JsonNode::Kind::number:
      return Value::number(member.text);
    case JsonNode::Kind::null:
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      break;
  }
  return Value::null();
}

Result<std::optional<Hint>> finops_event(const JsonNode& event) {
  if (event.kind != JsonNode::Kind::object) return fail(Errc::invalid, "a posted F&O change: not a JSON object");
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
  const JsonNode* key = event.find("Key");
  if (key == nullptr || key->kind != JsonNode::Kind::object || key->children.empty()) {
    return fail(Errc::invalid,
                "a posted F&O change of " + hint.table + ": member Key (an object of key columns) is missing");
  }
  for (const JsonNode& member : key->children) hint.key.emplace_back(member.name, value_of(member));
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
  if (document->kind != JsonNode::Kind::object) return fail(Errc::invalid, "a Dataverse event: not a JSON object");
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
  const bool many = document->kind == JsonNode::Kind::array;
  if (many && document->children.size() > events_max)
    return fail(Errc::limit, "more than 1000 posted F&O changes in one request");
  const std::size_t count = many ? document->children.size() : 1;
  for (std::size_t index = 0; index < count; ++index) {
    auto hint = finops_event(many ? document->children[index] : *document);
    if (!hint) return std::unexpected(std::move(hint).error());
    if (*hint) hints.push_back(std::move(**hint));
  }
  return hints;
}

}  // namespace dualwrite::capture
