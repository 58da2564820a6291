#include "store/codec/coupling_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dualwrite/base/text.hpp"
#include "store/codec/json_reader.hpp"

namespace dualwrite::store {
namespace {

void append_integer(std::string& out, std::int64_t value) {
  out += std::to_string(value);
}
void append_instant(std::string& out, Instant at) {
  append_integer(out, at.time_since_epoch().count());
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
}

void append_string(std::string& out, std::string_view text) {
  if (is_utf8(text)) {
    append_json_quoted(out, text);
    return;
  }
  out += R"({"bytes":")";
  append_hex(out, text);
  out += "\"}";
}

void append_value(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::absent:
      out += "[]";
      return;
    case Value::Kind::null:
      out += "null";
      return;
    case Value::Kind::boolean:
      out += value.is_true() ? "true" : "false";
      return;
    case Value::Kind::string:
      append_string(out, value.text());
      return;
    case Value::Kind::number:
      break;
  }
  if (is_json_number(value.text())) {
    out += value.text();
    return;
  }
  out += R"({"number":)";
  append_string(out, value.text());
  out += '}';
}

template <class Items, class Append>
void append_array(std::string& out, const Items& items, Append append) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append(item);
  }
  out += ']';
}

bool same_time(const Agreed& a, const Agreed& b) {
  return a.time == b.time && a.origin == b.origin;
}

void append_agreed(std::string& out, const std::vector<Agreed>& agreed) {
  out += R"(,"agreed":)";
  append_array(out, agreed, [&](const Agreed& item) { append_value(out, item.value); });

  std::vector<const Agreed*> times;
  std::vector<std::size_t> places;
  places.reserve(agreed.size());
  for (const Agreed& item : agreed) {
    const auto found = std::ranges::find_if(times, [&](const Agreed* known) { return same_time(*known, item); });
    places.push_back(static_cast<std::size_t>(found - times.begin()));
    if (found == times.end()) times.push_back(&item);
  }
  out += R"(,"times":)";
  append_array(out, times, [&](const Agreed* item) {
    out += '[';
    append_instant(out, item->time.from);
    out += ',';
    append_instant(out, item->time.to);
    out += ",\"";
    out += to_string(item->time.source);
    out += "\",\"";
    out += to_string(item->origin);
    out += "\"]";
  });
  if (times.size() <= 1) return;
  out += R"(,"at":)";
  append_array(out, places, [&](std::size_t place) { append_integer(out, static_cast<std::int64_t>(place)); });
}

void append_shadow(std::string& out, const Row& shadow, const std::optional<std::vector<Agreed>>& agreed) {
  if (!agreed || agreed->size() != shadow.size()) {
    out += R"("row":)";
    append_array(out, shadow, [&](const Value& value) { append_value(out, value); });
    return;
  }
  out += R"("differs":{)";
  bool first = true;
  for (std::size_t column = 0; column < shadow.size(); ++column) {
    if (shadow[column] == (*agreed)[column].value) continue;
    if (!first) out += ',';
    first = false;
    out += '"';
    append_integer(out, static_cast<std::int64_t>(column));
    out += "\":";
    append_value(out, shadow[column]);
  }
  out += '}';
}

void append_cells(std::string& out, const std::vector<ColumnValue>& cells) {
  append_array(out, cells, [&](const ColumnValue& cell) {
    out += '[';
    append_integer(out, static_cast<std::int64_t>(cell.column));
    out += ',';
    append_value(out, cell.value);
    out += ']';
  });
}

void append_intent(std::string& out, const Intent& intent) {
  out += R"({"id":)";
  append_integer(out, intent.id.value());
  out += R"(,"kind":")";
  out += to_string(intent.kind);
  out += '"';
  if (!intent.guard.empty()) {
    out += R"(,"guard":)";
    append_string(out, intent.guard);
  }
  if (!intent.cells.empty()) {
    out += R"(,"cells":)";
    append_cells(out, intent.cells);
  }
  out += R"(,"at":)";
  append_instant(out, intent.decided_at);
  out += '}';
}

void append_side(std::string& out, Side side, const Coupling& coupling) {
  const SideState& state = coupling.sides[side];
  if (!state.shadow && state.intents.empty() && state.strayed.empty()) return;
  out += ",\"";
  out += to_string(side);
  out += "\":{";
  if (state.shadow) append_shadow(out, *state.shadow, coupling.agreed);
  if (!state.strayed.empty()) {
    if (state.shadow) out += ',';
    out += R"("strayed":)";
    append_cells(out, state.strayed);
  }
  if (!state.intents.empty()) {
    if (out.back() != '{') out += ',';
    out += R"("intents":)";
    append_array(out, state.intents, [&](const Intent& intent) { append_intent(out, intent); });
  }
  out += '}';
}

void append_held(std::string& out, const Coupling& coupling) {
  if (coupling.uncoupled) out += R"(,"uncoupled":true)";
  if (!coupling.held.empty()) {
    out += R"(,"held":)";
    append_array(out, coupling.held, [&](const HeldColumn& held) {
      out += '[';
      append_integer(out, static_cast<std::int64_t>(held.column));
      out += ",\"";
      out += to_string(held.reason);
      out += "\"]";
    });
  }
  if (coupling.held_deletion) {
    out += R"(,"heldDeletion":")";
    out += to_string(*coupling.held_deletion);
    out += '"';
  }
  if (coupling.turns.empty()) return;
  out += R"(,"turns":)";
  append_array(out, coupling.turns, [&](const Turns& turns) {
    out += '[';
    append_integer(out, static_cast<std::int64_t>(turns.column));
    out += ',';
    append_integer(out, turns.points);
    out += ',';
    append_instant(out, turns.since);
    out += ',';
    append_value(out, turns.before);
    out += ']';
  });
}

}  // namespace

std::string coupling_text(const Coupling& coupling) {
  std::string out;
  out.reserve(512);
  out += R"({"v":)";
  append_integer(out, coupling_text_version);
  if (coupling.incarnation != 0) {
    out += R"(,"incarnation":)";
    append_integer(out, coupling.incarnation);
  }
  if (coupling.agreed) append_agreed(out, *coupling.agreed);
  if (coupling.tombstone) {
    out += R"(,"deleted":)";
    append_instant(out, *coupling.tombstone);
  }
  append_held(out, coupling);
  for (const Side side : both_sides) append_side(out, side, coupling);
  out += '}';
  return out;
}

}  // namespace dualwrite::store
