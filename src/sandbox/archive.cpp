#include "sandbox/archive.hpp"

namespace dualwrite::sandbox {
namespace {
constexpr std::size_t number_bytes = 8;
}

void Writer::number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  for (unsigned shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(bits >> shift & 0xFFU));
}

void Writer::text(std::string_view value) {
  number(static_cast<std::int64_t>(value.size()));
  bytes_ += value;
}

void Writer::headers(const http::Headers& value) {
  number(static_cast<std::int64_t>(value.fields().size()));
  for (const auto& [name, content] : value.fields()) {
    text(name);
    text(content);
  }
}

std::int64_t Reader::number() {
  if (rest_.size() < number_bytes) throw ArchiveError("it ends in the middle of a number");
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < number_bytes; ++i) {
    bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
  }
  rest_.remove_prefix(number_bytes);
  return static_cast<std::int64_t>(bits);
}

std::size_t Reader::count() {
  const std::int64_t value = number();
  if (value < 0 || static_cast<std::uint64_t>(value) > rest_.size()) {
    throw ArchiveError("it says that more follows than there is");
  }
  return static_cast<std::size_t>(value);
}

std::string_view Reader::text() {
  const std::size_t size = count();
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

http::Headers Reader::headers() {
  http::Headers value;
  for (std::size_t left = count(); left > 0; --left) {
    std::string name(text());
    value.add(std::move(name), std::string(text()));
  }
  return value;
}

void Reader::expect(std::string_view word) {
  const std::string_view found = text();
  if (found == word) return;
  throw ArchiveError("it has '" + std::string(found.substr(0, 80)) + "' where '" + std::string(word) + "' is expected");
}

}  // namespace dualwrite::sandbox
