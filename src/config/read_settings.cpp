#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "config/config_keys.hpp"
#include "config/listen.hpp"
#include "config/read_endpoint.hpp"
#include "config/secret_reference.hpp"
#include "config/text_file.hpp"
#include "dualwrite/config/settings.hpp"
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/sync/retention.hpp"

namespace dualwrite::config {
namespace {

using maps::JsonNode;
using maps::Mistake;
using maps::MistakeList;
using maps::ObjectReader;

constexpr std::size_t map_files_max = 1000;
constexpr std::int64_t interval_ms_min = 50;
constexpr std::int64_t interval_ms_max = 86'400'000;
constexpr std::int64_t retention_hours_min = 1;
constexpr std::int64_t retention_hours_max = 87'600;  // ten years

constexpr std::pair<std::string_view, std::string_view> log_levels[] = {
    {"trace", "trace"}, {"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}};

/// What is known while one file is read: its mistakes, then those of the map files it names.
struct FileReading {
  std::string directory;
  MistakeList mistakes;
  std::vector<Mistake> map_mistakes;
  std::map<std::string, std::string> map_names;  ///< name -> its file
  std::set<std::string> link_names;
  explicit FileReading(const std::string& file)
      : directory(std::filesystem::path(file).parent_path().string()), mistakes(file) {}
};

std::chrono::milliseconds duration(ObjectReader& reader, std::string_view key, std::chrono::milliseconds fallback,
                                   std::int64_t min, std::int64_t max) {
  return std::chrono::milliseconds(reader.integer_or(key, fallback.count(), min, max));
}

Listen read_listener(const JsonNode* node, std::string_view name, std::uint16_t port, FileReading& reading) {
  Listen out;
  out.port = port;
  if (node == nullptr) return out;
  ObjectReader reader(*node, maps::pointer_to({}, name), keys::listener, reading.mistakes);
  bool loopback = true;
  if (const std::string text = reader.text_or("listen", {}); !text.empty()) {
    const auto address = parse_listen(text);
    if (address) {
      out.address = address->address;
      out.port = address->port;
      loopback = address->loopback;
    } else {
      reader.wrong("listen", "must be an IP address and a port, such as \"127.0.0.1:8700\" or \"[::1]:8700\"");
    }
  }
  const JsonNode* key = reader.find("key");
  if (key != nullptr) out.key = read_secret(*key, reader.path_of("key"), reading.directory, reading.mistakes);
  if (key == nullptr && !loopback) {
    reader.wrong("listen", "others than this machine can reach this address, and \"key\" is missing",
                 "add \"key\": {\"file\": …}, or listen on 127.0.0.1");
  }
  return out;
}

CaptureSettings read_capture(const JsonNode& node, const std::string& path, FileReading& reading) {
  ObjectReader reader(node, path, keys::capture, reading.mistakes);
  CaptureSettings out;
  out.delta_interval = duration(reader, "deltaIntervalMs", out.delta_interval, interval_ms_min, interval_ms_max);
  out.scan_interval = duration(reader, "scanIntervalMs", out.scan_interval, interval_ms_min, interval_ms_max);
  return out;
}

/// The files that a pattern names, in alphabetical order.
std::vector<std::string> files_of(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, decltype(&globfree)> owner(&found, &globfree);
  if (glob(pattern.c_str(), 0, nullptr, &found) != 0) return {};
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

void read_one_map(const std::string& file, const JsonNode& node, const std::string& path, LinkSettings& link,
                  FileReading& reading) {
  const auto text = read_file(file, maps::json_file_bytes_max);
  if (!text) {
    reading.mistakes.add(node.line, path, "cannot read " + file + ": " + text.error(),
                         "correct the path, or let the user that the daemon runs as read it");
    return;
  }
  auto map = maps::read_map(file, *text);
  if (!map) {
    std::ranges::move(map.error(), std::back_inserter(reading.map_mistakes));
    return;
  }
  const auto [taken, fresh] = reading.map_names.emplace(map->name, file);
  if (!fresh) {
    reading.map_mistakes.push_back({file, map->lines.name, "/name",
                                    "the map " + taken->second + " has the name " + map->name + " too",
                                    "give every map a name of its own"});
  }
  link.maps.push_back(std::move(*map));
}

void read_maps(ObjectReader& reader, LinkSettings& link, FileReading& reading) {
  reader.required("maps");
  std::set<std::string> seen;
  const auto patterns = reader.items("maps");
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const JsonNode& node = patterns[i];
    const std::string path = maps::pointer_to(reader.path_of("maps"), std::to_string(i));
    if (node.kind != JsonNode::Kind::string || node.text.empty()) {
      reading.mistakes.add(node.line, path, "must be a file or a pattern such as \"maps/*.json\"");
      continue;
    }
    const std::string pattern = resolve(reading.directory, node.text);
    const std::vector<std::string> files = files_of(pattern);
    if (files.empty()) {
      reading.mistakes.add(node.line, path, "no file matches " + pattern,
                           "relative paths begin at the configuration file's directory");
    }
    for (const std::string& file : files) {
      if (!seen.insert(file).second) continue;  // two patterns may overlap
      if (seen.size() > map_files_max) {
        reading.mistakes.add(node.line, path, "more than " + std::to_string(map_files_max) + " map files");
        return;
      }
      read_one_map(file, node, path, link, reading);
    }
  }
}

LinkSettings read_link(const JsonNode& node, const std::string& path, FileReading& reading) {
  ObjectReader reader(node, path, keys::link, reading.mistakes);
  LinkSettings link;
  link.name = reader.text("name");
  const bool fits = std::ranges::all_of(
      link.name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (!fits) reader.wrong("name", "must be of a-z, 0-9 and '-'");
  if (!link.name.empty() && !reading.link_names.insert(link.name).second) {
    reader.wrong("name", "another link has this name");
  }
  if (const JsonNode* finops = reader.required("finops")) {
    link.finops = read_endpoint(*finops, reader.path_of("finops"), Side::finops, reading.directory, reading.mistakes);
  }
  if (const JsonNode* dataverse = reader.required("dataverse")) {
    link.dataverse =
        read_endpoint(*dataverse, reader.path_of("dataverse"), Side::dataverse, reading.directory, reading.mistakes);
  }
  if (const JsonNode* capture = reader.find("capture")) {
    link.capture = read_capture(*capture, reader.path_of("capture"), reading);
  }
  read_maps(reader, link, reading);
  return link;
}

Settings read_root(const JsonNode& root, FileReading& reading) {
  constexpr std::uint16_t admin_port = 8700;
  constexpr std::uint16_t ingest_port = 8710;
  ObjectReader reader(root, {}, keys::root, reading.mistakes);
  Settings out;
  reader.text_or("$schema", "-");
  if (const JsonNode* node = reader.required("state")) {
    ObjectReader state(*node, "/state", keys::state, reading.mistakes);
    out.state_file = state.text("file");
    if (!out.state_file.empty()) out.state_file = resolve(reading.directory, out.state_file);
    const std::int64_t hours = out.tombstone_retention.count();
    out.tombstone_retention = std::chrono::hours(
        state.integer_or("tombstoneRetentionHours", hours, retention_hours_min, retention_hours_max));
  }
  if (const JsonNode* node = reader.find("log")) {
    ObjectReader log(*node, "/log", keys::log, reading.mistakes);
    out.log_level = log.word_or("level", std::string_view("info"), log_levels);
  }
  out.admin = read_listener(reader.find("admin"), "admin", admin_port, reading);
  out.ingest = read_listener(reader.find("ingest"), "ingest", ingest_port, reading);
  const bool same_address = out.admin.address == out.ingest.address;
  if (same_address && out.admin.port == out.ingest.port && out.admin.port != 0) {
    reader.wrong("ingest", "listens where \"admin\" does, on port " + std::to_string(out.ingest.port),
                 "give each its own port");
  }
  reader.required("links");
  for (const JsonNode& node : reader.items("links")) {
    const std::string path = "/links/" + std::to_string(out.links.size());
    out.links.push_back(read_link(node, path, reading));
  }
  for (const LinkSettings& link : out.links) {
    const auto least = sync::tombstone_retention_min(link.capture.delta_interval, link.capture.scan_interval);
    if (out.tombstone_retention >= least) continue;
    const auto hours = std::chrono::ceil<std::chrono::hours>(least).count();
    reader.wrong("state",
                 "tombstoneRetentionHours is shorter than the link " + link.name +
                     " may take to hear of a deletion: with its intervals it must be at least " + std::to_string(hours),
                 "raise it, or shorten capture.deltaIntervalMs and capture.scanIntervalMs");
  }
  if (out.links.size() > 1) reader.wrong("links", "holds more than one link", "run one daemon for each link");
  return out;
}

}  // namespace

Reading read_all(const std::string& file) {
  FileReading reading(file);
  Reading out;
  const auto text = read_file(file, maps::json_file_bytes_max);
  if (text) {
    const auto root = maps::parse_json(file, *text, reading.mistakes.all());
    if (root) out.settings = read_root(*root, reading);
  } else {
    reading.mistakes.add(0, {}, "cannot read the configuration file: " + text.error(),
                         "give its path with --config FILE; the user that runs this must be allowed to read it");
  }
  out.mistakes = std::move(reading.mistakes).take();
  std::ranges::move(reading.map_mistakes, std::back_inserter(out.mistakes));
  return out;
}

std::expected<Settings, std::vector<maps::Mistake>> read_settings(const std::string& file) {
  Reading reading = read_all(file);
  if (!reading.mistakes.empty()) return std::unexpected(std::move(reading.mistakes));
  return std::move(reading.settings);
}

}  // namespace dualwrite::config
