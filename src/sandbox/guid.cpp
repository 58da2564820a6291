#include "sandbox/guid.hpp"

#include <cassert>
#include <random>

#include "dualwrite/base/uuid.hpp"

namespace dualwrite::sandbox {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> guid_bytes(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return std::nullopt;
  std::string bytes;
  bytes.reserve(16);
  for (std::size_t i = 0; i < 36;) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      ++i;
      continue;
    }
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

std::string guid_text(std::string_view bytes) {
  assert(bytes.size() == 16);
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text.push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 15U]);
  }
  return text;
}

namespace {

// Row ids need to be unique, not secret, so a seeded generator spares a system call per row.
std::mt19937_64& generator_of_thread() {
  static thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator;
}

GuidTape*& tape_of_thread() {
  static thread_local GuidTape* tape = nullptr;
  return tape;
}

std::string draw_guid() {
  std::mt19937_64& generator = generator_of_thread();
  std::string bytes(16, '\0');
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t value = generator();
    for (std::size_t i = 0; i < 8; ++i, value >>= 8U) bytes[half * 8 + i] = static_cast<char>(value & 0xFFU);
  }
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  return bytes;
}

}  // namespace

void seed_new_guids(std::uint64_t seed) {
  generator_of_thread().seed(seed);
}

ScopedGuidTape::ScopedGuidTape(GuidTape& tape) : before_(tape_of_thread()) {
  tape.next = 0;
  tape_of_thread() = &tape;
}

ScopedGuidTape::~ScopedGuidTape() {
  tape_of_thread() = before_;
}

std::string new_guid() {
  GuidTape* tape = tape_of_thread();
  if (tape == nullptr) return draw_guid();
  if (tape->next == tape->drawn.size()) tape->drawn.push_back(draw_guid());
  return tape->drawn[tape->next++];
}

std::string seed_guid(std::string_view name) {
  return guid_bytes(name_uuid("sandbox/" + std::string(name))).value();
}

}  // namespace dualwrite::sandbox
