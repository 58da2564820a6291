#include "sandbox/plugins.hpp"

#include <optional>
#include <string>

#include "dualwrite/base/text.hpp"
#include "sandbox/cell.hpp"

namespace dualwrite::sandbox {
namespace {

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(' ') - from + 1));
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

/// As many characters as the column holds, cut between characters.
std::string fitting(const Column& column, std::string text) {
  if (column.length_max == 0) return text;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_first_byte = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (is_first_byte && ++characters > column.length_max) {
      text.resize(at);
      break;
    }
  }
  return text;
}

/// Nothing: the cell stays as it is.
std::optional<std::string> altered(const Alteration& rule, const Column& column,
                                   const std::optional<std::string>& text) {
  if (rule.how == Alteration::How::set_default) return text ? std::nullopt : std::optional(rule.text);
  if (!text) return std::nullopt;
  if (rule.how == Alteration::How::round) {
    return is_number(column.type) ? std::optional(round_number(*text, rule.digits)) : std::nullopt;
  }
  if (column.type != Type::string) return std::nullopt;
  switch (rule.how) {
    case Alteration::How::trim:
      return trimmed(*text);
    case Alteration::How::upper_case:
      return upper(*text);
    case Alteration::How::append:
      return fitting(column, *text + rule.text);
    default:
      return std::nullopt;
  }
}

}  // namespace

void alter_cells(Faults* faults, Side side, const TableSchema& schema, const Row& before, Assignments& cells) {
  if (faults == nullptr || faults->empty()) return;
  faults->on_write(side, schema.name, schema.set, [&](const Alteration& rule) {
    const auto id = schema.find_name(rule.column);
    if (!id) return false;
    const Assignment* given = cells.find(*id);
    const bool is_default = rule.how == Alteration::How::set_default;
    if (given == nullptr && !is_default) return false;  // a plug-in sees what is written, not what was there
    std::optional<std::string> text;
    if (given != nullptr) {
      text = given->text;
    } else if (const auto old = before.get(*id)) {
      text = std::string(*old);
    }
    auto made = altered(rule, schema.column(*id), text);
    if (!made || made == text) return false;
    cells.set(*id, made->empty() ? std::nullopt : std::move(made));
    return true;
  });
}

}  // namespace dualwrite::sandbox
