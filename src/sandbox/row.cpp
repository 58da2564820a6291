#include "sandbox/row.hpp"

#include <algorithm>
#include <cstdint>

namespace dualwrite::sandbox {
namespace {
// A length below this fits one byte; this byte says that four more follow.
constexpr unsigned char long_mark = 255;
}  // namespace

void Assignments::set(ColumnId column, std::optional<std::string> text) {
  const auto at = std::ranges::lower_bound(all_, column, {}, &Assignment::column);
  if (at != all_.end() && at->column == column) {
    at->text = std::move(text);
  } else {
    all_.insert(at, Assignment{column, std::move(text)});
  }
}

const Assignment* Assignments::find(ColumnId column) const {
  const auto at = std::ranges::lower_bound(all_, column, {}, &Assignment::column);
  return at != all_.end() && at->column == column ? &*at : nullptr;
}

void Assignments::erase(ColumnId column) {
  std::erase_if(all_, [&](const Assignment& cell) { return cell.column == column; });
}

std::pair<ColumnId, std::string_view> Row::read(std::size_t& at) const {
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes_[i])); };
  const auto column = static_cast<ColumnId>(byte(at) | byte(at + 1) << 8U);
  std::size_t length = byte(at + 2);
  at += 3;
  if (length == long_mark) {
    length = byte(at) | byte(at + 1) << 8U | byte(at + 2) << 16U | byte(at + 3) << 24U;
    at += 4;
  }
  const std::string_view text = std::string_view(bytes_).substr(at, length);
  at += length;
  return {column, text};
}

void Row::append(ColumnId column, std::string_view text) {
  const auto push = [&](std::size_t value) { bytes_.push_back(static_cast<char>(value & 0xFFU)); };
  push(column);
  push(static_cast<std::size_t>(column) >> 8U);
  if (text.size() < long_mark) {
    push(text.size());
  } else {
    push(long_mark);
    for (unsigned shift = 0; shift < 32; shift += 8) push(text.size() >> shift);
  }
  bytes_.append(text);
}

std::optional<std::string_view> Row::get(ColumnId column) const {
  std::size_t at = 0;
  while (at < bytes_.size()) {
    const auto [found, text] = read(at);
    if (found == column) return text;
    if (found > column) break;
  }
  return std::nullopt;
}

std::optional<Row> Row::from_bytes(std::string_view bytes, std::size_t columns) {
  constexpr std::size_t head_max = 7;
  Row row;
  row.bytes_.assign(bytes);
  std::size_t next_column = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    // read() trusts its bytes: its head must be there before it is asked.
    const std::size_t left = bytes.size() - at;
    if (left < 3) return std::nullopt;
    const bool is_long = static_cast<unsigned char>(bytes[at + 2]) == long_mark;
    if (is_long && left < head_max) return std::nullopt;
    const auto [column, text] = row.read(at);
    if (at > bytes.size() || column < next_column || column >= columns) return std::nullopt;
    next_column = static_cast<std::size_t>(column) + 1;
  }
  return row;
}

Row Row::with(const Assignments& cells) const {
  Row result;
  std::size_t room = bytes_.size();
  for (const Assignment& cell : cells.all()) room += cell.text ? cell.text->size() + 7 : 0;
  result.bytes_.reserve(room);
  auto next = cells.all().begin();
  const auto end = cells.all().end();
  const auto write_until = [&](std::size_t column) {
    for (; next != end && next->column < column; ++next) {
      if (next->text) result.append(next->column, *next->text);
    }
  };
  for_each([&](ColumnId column, std::string_view text) {
    write_until(column);
    if (next != end && next->column == column) {
      if (next->text) result.append(column, *next->text);
      ++next;
    } else {
      result.append(column, text);
    }
  });
  write_until(SIZE_MAX);
  result.bytes_.shrink_to_fit();
  return result;
}

}  // namespace dualwrite::sandbox
