// The way back from a coupling's text.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/codec/coupling_text.hpp"
#include "store/codec/json_reader.hpp"
#include "store/names.hpp"

namespace dualwrite::store {
namespace {

// What the text says of a shadow, until the agreed values are known.
struct ShadowText {
  bool has_row = false;
  bool differs = false;
  Row row;
  std::vector<ColumnValue> cells;
};

class Decoder {
 public:
  Decoder(std::string_view text, Coupling& into) : in_(text), into_(into) {}

  void run() {
    in_.object([this](const std::string& name) { member(name); });
    in_.expect_end();
    expect_version();
    set_agreed();
    for (const Side side : both_sides) set_shadow(side);
    const std::size_t columns = into_.agreed ? into_.agreed->size() : 0;
    for (const HeldColumn& held : into_.held) {
      if (held.column >= columns) in_.fail("held columns inside of the row");
    }
  }

 private:
  void member(const std::string& name) {
    if (name == "v") {
      version_ = in_.integer();
      expect_version();
    } else if (name == "incarnation") {
      into_.incarnation = narrow<std::uint32_t>(in_.integer());
    } else if (name == "agreed") {
      values_.emplace();
      in_.array([this] { values_->push_back(value()); });
    } else if (name == "times") {
      in_.array([this] { times_.push_back(time()); });
    } else if (name == "at") {
      in_.array([this] { places_.push_back(narrow<std::size_t>(in_.integer())); });
    } else if (name == "deleted") {
      into_.tombstone = instant();
    } else if (name == "uncoupled") {
      in_.word("true");
      into_.uncoupled = true;
    } else if (name == "held") {
      in_.array([this] { into_.held.push_back(held()); });
    } else if (name == "heldDeletion") {
      into_.held_deletion = enumerator(Side::dataverse);
    } else if (name == "turns") {
      in_.array([this] { into_.turns.push_back(turns()); });
    } else if (name == "finops" || name == "dataverse") {
      const Side which = name == "finops" ? Side::finops : Side::dataverse;
      in_.object([this, which](const std::string& inner) { side_member(which, inner); });
    } else {
      in_.fail("a known member instead of " + name);
    }
  }

  void side_member(Side side, const std::string& name) {
    ShadowText& shadow = shadows_[side];
    if (name == "row") {
      shadow.has_row = true;
      in_.array([&] { shadow.row.push_back(value()); });
    } else if (name == "differs") {
      shadow.differs = true;
      in_.object([&](const std::string& column) { shadow.cells.emplace_back(column_number(column), value()); });
    } else if (name == "strayed") {
      in_.array([&] { into_.sides[side].strayed.push_back(cell()); });
    } else if (name == "intents") {
      in_.array([&] { into_.sides[side].intents.push_back(intent()); });
    } else {
      in_.fail("a known member instead of " + name);
    }
  }

  ColumnValue cell() {
    in_.expect('[');
    const auto column = narrow<std::size_t>(in_.integer());
    in_.expect(',');
    ColumnValue out(column, value());
    in_.expect(']');
    return out;
  }

  Intent intent() {
    Intent out;
    in_.object([&](const std::string& name) {
      if (name == "id") {
        out.id = IntentId(in_.integer());
      } else if (name == "kind") {
        out.kind = enumerator(WriteKind::remove);
      } else if (name == "guard") {
        out.guard = string();
      } else if (name == "cells") {
        in_.array([&] { out.cells.push_back(cell()); });
      } else if (name == "at") {
        out.decided_at = instant();
      } else {
        in_.fail("a known member instead of " + name);
      }
    });
    return out;
  }

  void expect_version() {
    if (version_ < 1 || version_ > coupling_text_version) {
      in_.fail("version " + std::to_string(coupling_text_version) + " or an earlier one");
    }
  }

  HeldColumn held() {
    HeldColumn out;
    in_.expect('[');
    out.column = narrow<std::size_t>(in_.integer());
    in_.expect(',');
    out.reason = enumerator(HoldReason::oscillation);
    in_.expect(']');
    return out;
  }

  Turns turns() {
    Turns out;
    in_.expect('[');
    out.column = narrow<std::size_t>(in_.integer());
    in_.expect(',');
    out.points = narrow<int>(in_.integer());
    in_.expect(',');
    out.since = instant();
    in_.expect(',');
    out.before = value();
    in_.expect(']');
    return out;
  }

  Agreed time() {
    Agreed out;
    in_.expect('[');
    out.time.from = instant();
    in_.expect(',');
    out.time.to = instant();
    in_.expect(',');
    out.time.source = enumerator(TimeSource::none);
    in_.expect(',');
    out.origin = enumerator(Side::dataverse);
    in_.expect(']');
    return out;
  }

  Value value() {
    switch (in_.peek()) {
      case '"':
        return Value::string(in_.string());
      case 'n':
        in_.word("null");
        return Value::null();
      case 't':
        in_.word("true");
        return Value::boolean(true);
      case 'f':
        in_.word("false");
        return Value::boolean(false);
      case '[':
        in_.expect('[');
        in_.expect(']');
        return {};
      case '{':
        return wrapped_value();
      default:
        return Value::number(in_.number_text());
    }
  }

  Value wrapped_value() {
    Value out;
    in_.object([&](const std::string& name) {
      if (name == "number") {
        out = Value::number(string());
      } else if (name == "bytes") {
        out = Value::string(bytes());
      } else {
        in_.fail("number or bytes");
      }
    });
    return out;
  }

  std::string string() {
    if (in_.peek() == '"') return in_.string();
    std::string out;
    in_.object([&](const std::string& name) {
      if (name != "bytes") in_.fail("bytes");
      out = bytes();
    });
    return out;
  }

  std::string bytes() {
    const std::string hex = in_.string();
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      unsigned value = 0;
      const char* first = hex.data() + i;
      const char* last = hex.data() + std::min(i + 2, hex.size());
      const auto [end, problem] = std::from_chars(first, last, value, 16);
      if (problem != std::errc{} || end != first + 2) in_.fail("pairs of hexadecimal digits");
      out += static_cast<char>(static_cast<unsigned char>(value));
    }
    return out;
  }

  template <class Enum>
  Enum enumerator(Enum last) {
    const std::string text = in_.string();
    const auto found = named<Enum>(text, last);
    if (!found) in_.fail("a known word instead of " + text);
    return *found;
  }

  template <class Integer>
  Integer narrow(std::int64_t number) {
    if (number < 0 || !std::in_range<Integer>(number)) in_.fail("a smaller number");
    return static_cast<Integer>(number);
  }

  std::size_t column_number(const std::string& text) {
    JsonReader number(text);
    return narrow<std::size_t>(number.integer());
  }

  Instant instant() { return Instant(std::chrono::milliseconds(in_.integer())); }

  void set_agreed() {
    if (!values_) return;
    if (places_.empty()) places_.assign(values_->size(), 0);
    if (places_.size() != values_->size()) in_.fail("one place in \"at\" per agreed value");
    auto& agreed = into_.agreed.emplace();
    agreed.reserve(values_->size());
    for (std::size_t i = 0; i < values_->size(); ++i) {
      if (places_[i] >= times_.size()) in_.fail("a place inside of \"times\"");
      const Agreed& when = times_[places_[i]];
      agreed.emplace_back(std::move((*values_)[i]), when.time, when.origin);
    }
  }

  void set_shadow(Side side) {
    ShadowText& shadow = shadows_[side];
    if (shadow.has_row) {
      into_.sides[side].shadow = std::move(shadow.row);
    } else if (shadow.differs) {
      if (!into_.agreed) in_.fail("agreed values to differ from");
      Row row;
      row.reserve(into_.agreed->size());
      for (const Agreed& item : *into_.agreed) row.push_back(item.value);
      for (ColumnValue& cell : shadow.cells) {
        if (cell.column >= row.size()) in_.fail("a column inside of the row");
        row[cell.column] = std::move(cell.value);
      }
      into_.sides[side].shadow = std::move(row);
    }
  }

  JsonReader in_;
  Coupling& into_;
  std::int64_t version_ = 0;
  std::optional<std::vector<Value>> values_;
  std::vector<Agreed> times_;
  std::vector<std::size_t> places_;
  PerSide<ShadowText> shadows_;
};

}  // namespace

Result<void> read_coupling_text(std::string_view text, Coupling& into) {
  try {
    Decoder(text, into).run();
  } catch (const Malformed& problem) {
    return fail(Errc::storage, std::string("the stored coupling does not read: ") + problem.what(),
                "restore the state file from a backup, or forget the record and let initial sync couple it again");
  }
  return {};
}

}  // namespace dualwrite::store
