#include "maps/transform/utf.hpp"

#include <unicode/ucasemap.h>
#include <unicode/utypes.h>

#include <memory>
#include <stdexcept>

namespace dualwrite::maps {
namespace {

struct CloseCaseMap {
  void operator()(UCaseMap* map) const noexcept { ucasemap_close(map); }
};

using Convert = int32_t (*)(const UCaseMap*, char*, int32_t, const char*, int32_t, UErrorCode*);

std::string convert(std::string_view text, Convert how) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UCaseMap, CloseCaseMap> map(ucasemap_open("", 0, &status));
  std::string out(text.size() + 16, '\0');
  for (int attempt = 0; attempt < 2 && map; ++attempt) {
    status = U_ZERO_ERROR;
    const int32_t size = how(map.get(), out.data(), static_cast<int32_t>(out.size()), text.data(),
                             static_cast<int32_t>(text.size()), &status);
    out.resize(static_cast<std::size_t>(size));
    if (U_SUCCESS(status)) return out;
    if (status != U_BUFFER_OVERFLOW_ERROR) break;
  }
  throw std::runtime_error(std::string("ICU cannot change the case of a text: ") + u_errorName(status));
}

}  // namespace

std::size_t character_bytes(std::string_view text, std::size_t at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead < 0x80U ? 1 : lead < 0xE0U ? 2 : lead < 0xF0U ? 3 : 4;
  return bytes < text.size() - at ? bytes : text.size() - at;
}

std::size_t units_of(std::string_view text) noexcept {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = character_bytes(text, at);
    units += bytes == 4 ? 2 : 1;
    at += bytes;
  }
  return units;
}

std::size_t advance_units(std::string_view text, std::size_t from, std::size_t units) noexcept {
  while (from < text.size()) {
    const std::size_t bytes = character_bytes(text, from);
    const std::size_t width = bytes == 4 ? 2 : 1;
    if (width > units) break;
    units -= width;
    from += bytes;
  }
  return from;
}

std::string upper_case(std::string_view text) {
  return convert(text, ucasemap_utf8ToUpper);
}

std::string lower_case(std::string_view text) {
  return convert(text, ucasemap_utf8ToLower);
}

}  // namespace dualwrite::maps
