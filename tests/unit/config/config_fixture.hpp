#pragma once
// A directory with a small correct configuration, one map and a secret; tests change what they are about.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "dualwrite/config/settings.hpp"

namespace dualwrite::config {

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dualwrite-config-XXXXXX").string();
    directory = mkdtemp(pattern.data());
    std::filesystem::create_directory(directory / "maps");
    write("secret", "s3cret\n");
    write("maps/m.json", map_text("m"));
  }
  ~ConfigTest() override {
    std::error_code ignored;  // what is left in /tmp fails no test
    std::filesystem::remove_all(directory, ignored);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory / name, std::ios::binary) << text;
  }

  static std::string map_text(const std::string& name) {
    return R"({"name": ")" + name +
           R"(", "finops": {"entity": "E"}, "dataverse": {"table": "t", "set": "ts", "id": "tid"},
               "columns": [{"finops": "Id", "dataverse": "id", "key": true}]})";
  }

  static std::string token() {
    return R"({"url": "https://login.example/t/token", "clientId": "me",
               "clientSecret": {"file": "secret"}, "scope": "s"})";
  }
  static std::string endpoint(const std::string& more = {}) {
    return R"({"url": "https://org.example", "token": )" + token() + more + "}";
  }
  static std::string link(const std::string& more = {}) {
    return R"({"name": "l", "finops": )" + endpoint() + R"(, "dataverse": )" + endpoint() +
           R"(, "maps": ["maps/*.json"])" + more + "}";
  }
  static std::string config(const std::string& more = {}) {
    return R"({"state": {"file": "state.db"}, "links": [)" + link() + "]" + more + "}";
  }

  [[nodiscard]] auto read(const std::string& text) const {
    write("c.json", text);
    return read_settings((directory / "c.json").string());
  }

  /// All mistakes, with the directory written as DIR.
  [[nodiscard]] std::string mistakes_of(const std::string& text) const {
    const auto settings = read(text);
    std::string out;
    if (settings) return out;
    for (const maps::Mistake& mistake : settings.error()) out += to_string(mistake) + "\n";
    const std::string prefix = directory.string();
    for (std::size_t at = out.find(prefix); at != std::string::npos; at = out.find(prefix)) {
      out.replace(at, prefix.size(), "DIR");
    }
    return out;
  }

  std::filesystem::path directory;
};

}  // namespace dualwrite::config
