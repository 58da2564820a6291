// A zip archive whose files are stored as they are (APPNOTE.TXT 4.3), which every reader understands.
#include <boost/crc.hpp>

#include "sandbox/finops/data_management.hpp"

namespace dualwrite::sandbox::finops {
namespace {

void append_number(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 255U));
}

std::uint32_t crc_of(const std::string& content) {
  boost::crc_32_type crc;
  crc.process_bytes(content.data(), content.size());
  return crc.checksum();
}

/// What the local header and the central directory have in common.
void append_facts(std::string& out, const std::string& name, const std::string& content) {
  append_number(out, 20, 2);      // version needed
  append_number(out, 0x0800, 2);  // names are UTF-8
  append_number(out, 0, 2);       // stored
  append_number(out, 0, 2);       // time: midnight
  append_number(out, 0x0021, 2);  // date: 1980-01-01, the first there is
  append_number(out, crc_of(content), 4);
  append_number(out, static_cast<std::uint32_t>(content.size()), 4);
  append_number(out, static_cast<std::uint32_t>(content.size()), 4);
  append_number(out, static_cast<std::uint32_t>(name.size()), 2);
  append_number(out, 0, 2);  // no extra field
}

}  // namespace

std::string zip_of(const std::map<std::string, std::string>& files) {
  std::string zip;
  std::string directory;
  for (const auto& [name, content] : files) {
    const auto offset = static_cast<std::uint32_t>(zip.size());
    append_number(zip, 0x04034B50, 4);
    append_facts(zip, name, content);
    zip += name;
    zip += content;
    append_number(directory, 0x02014B50, 4);
    append_number(directory, 20, 2);  // made by
    append_facts(directory, name, content);
    append_number(directory, 0, 2);  // no comment
    append_number(directory, 0, 2);  // disk
    append_number(directory, 0, 2);  // internal attributes
    append_number(directory, 0, 4);  // external attributes
    append_number(directory, offset, 4);
    directory += name;
  }
  const auto count = static_cast<std::uint32_t>(files.size());
  const auto start = static_cast<std::uint32_t>(zip.size());
  zip += directory;
  append_number(zip, 0x06054B50, 4);
  append_number(zip, 0, 2);
  append_number(zip, 0, 2);
  append_number(zip, count, 2);
  append_number(zip, count, 2);
  append_number(zip, static_cast<std::uint32_t>(directory.size()), 4);
  append_number(zip, start, 4);
  append_number(zip, 0, 2);
  return zip;
}

}  // namespace dualwrite::sandbox::finops
