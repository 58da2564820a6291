#include "dualwrite/base/uuid.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <cstddef>

namespace dualwrite {
namespace {

// Drawn once at random. It must never change: chosen row ids of earlier runs are made from it.
constexpr boost::uuids::uuid own_namespace{
    {0xfb, 0xba, 0x69, 0xe5, 0x00, 0x30, 0x43, 0x79, 0x9a, 0x46, 0x9a, 0xd4, 0x3c, 0x6d, 0x6a, 0x64}};

constexpr bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string name_uuid(std::string_view name) {
  boost::uuids::name_generator_sha1 generator(own_namespace);
  return boost::uuids::to_string(generator(name.data(), name.size()));
}

std::string random_uuid() {
  boost::uuids::random_generator_pure generator;
  return boost::uuids::to_string(generator());
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

}  // namespace dualwrite
