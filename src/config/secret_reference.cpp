#include "config/secret_reference.hpp"

#include <cstdlib>

#include "config/config_keys.hpp"
#include "config/text_file.hpp"

namespace dualwrite::config {
namespace {

constexpr std::size_t secret_bytes_max = 64U << 10U;

constexpr const char* by_reference =
    R"(name the place instead: {"env": "NAME"}, {"file": "/path"} or {"credential": "name"})";

const char* environment(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read at start, before there are threads
}

Secret from_file(const std::string& file, maps::ObjectReader& reader, std::string_view key) {
  auto content = read_file(file, secret_bytes_max);
  if (!content) {
    reader.wrong(key, "cannot read " + file + ": " + content.error(),
                 "put the secret and nothing else into that file, readable for the user that the daemon runs as");
    return {};
  }
  if (content->ends_with('\n')) content->pop_back();
  if (content->ends_with('\r')) content->pop_back();
  if (content->empty()) reader.wrong(key, file + " is empty", "it must hold the secret and nothing else");
  return Secret(std::move(*content));
}

Secret from_environment(const std::string& name, maps::ObjectReader& reader) {
  const char* value = environment(name.c_str());
  if (value == nullptr || *value == '\0') {
    reader.wrong(
        "env", "the environment variable " + name + " is not set",
        "set it where the daemon is started: Environment= or EnvironmentFile= in a systemd unit, export in a shell");
    return {};
  }
  return Secret(value);
}

Secret from_credential(const std::string& name, maps::ObjectReader& reader) {
  if (name.find('/') != std::string::npos || name == "." || name == "..") {
    reader.wrong("credential", "must be a credential's name, not a path");
    return {};
  }
  const char* directory = environment("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) {
    reader.wrong("credential", "there are no credentials: CREDENTIALS_DIRECTORY is not set",
                 "start it as a systemd service with LoadCredential=" + name + ":…");
    return {};
  }
  return from_file(resolve(directory, name), reader, "credential");
}

}  // namespace

Secret read_secret(const maps::JsonNode& node, const std::string& path, const std::string& directory,
                   maps::MistakeList& mistakes) {
  if (node.kind == maps::JsonNode::Kind::string) {
    mistakes.add(node.line, path, "a secret must not stand in the configuration itself", by_reference);
    return {};
  }
  maps::ObjectReader reader(node, path, keys::secret, mistakes);
  if (node.kind != maps::JsonNode::Kind::object) return {};
  int places = 0;
  for (const std::string_view key : keys::secret) places += reader.find(key) != nullptr ? 1 : 0;
  if (places != 1) {
    mistakes.add(node.line, path, "must name exactly one place", by_reference);
    return {};
  }
  const std::string name = reader.text_or("env", {});
  const std::string file = reader.text_or("file", {});
  const std::string credential = reader.text_or("credential", {});
  if (!name.empty()) return from_environment(name, reader);
  if (!file.empty()) return from_file(resolve(directory, file), reader, "file");
  if (!credential.empty()) return from_credential(credential, reader);
  return {};
}

}  // namespace dualwrite::config
