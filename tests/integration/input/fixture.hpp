#pragma once
// A directory with a configuration and one map that are right, for each test to spoil.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "integration/input/program.hpp"
#include "integration/input/services.hpp"

namespace dualwrite::test {

class InputTest : public testing::Test {
 protected:
  InputTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dualwrite-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory = pattern;
    write("secret", "sandbox-secret\n");
    write("map.json", map);
    write("dualwrite.json", config());
  }
  ~InputTest() override { std::filesystem::remove_all(directory); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory + "/" + name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string file(const std::string& name) const { return directory + "/" + name; }

  [[nodiscard]] std::string config() const {
    const sandbox::Urls urls = services.urls();
    const auto endpoint = [&](const std::string& url) {
      return "{\n      \"url\": \"" + url + "\",\n      \"token\": {\"url\": \"" + urls.token +
             "\", \"clientId\": \"dualwrite\",\n                \"clientSecret\": {\"file\": \"secret\"}, \"scope\": "
             "\"" +
             url + "/.default\"}\n    }";
    };
    return "{\n  \"state\": {\"file\": \"state/state.db\"},\n  \"admin\": {\"listen\": \"127.0.0.1:0\"},\n"
           "  \"ingest\": {\"listen\": \"127.0.0.1:0\"},\n  \"links\": [{\n    \"name\": \"test\",\n    \"finops\": " +
           endpoint(urls.finops) + ",\n    \"dataverse\": " + endpoint(urls.dataverse) +
           ",\n    \"maps\": [\"map.json\"]\n  }]\n}\n";
  }
  /// The right configuration with something else in place of a part of it.
  void spoil(const std::string& part, const std::string& other, const std::string& name = "dualwrite.json") const {
    std::string text = read_text(file(name));
    ASSERT_NE(text.find(part), std::string::npos) << part;
    replace_all(text, part, other);
    write(name, text);
  }

  [[nodiscard]] std::string normal(std::string text) const {
    const sandbox::Urls urls = services.urls();
    const std::string token = urls.token.substr(0, urls.token.find("/sandbox"));
    replace_all(text, directory, "DIR");
    replace_all(text, urls.finops, "http://FINOPS");
    replace_all(text, urls.dataverse, "http://DATAVERSE");
    replace_all(text, token, "http://TOKEN");
    for (const auto& [port, name] : ports) {
      replace_all(text, "127.0.0.1:" + std::to_string(port), "127.0.0.1:" + name);
      replace_all(text, "sport = :" + std::to_string(port), "sport = :" + name);
    }
    return std::regex_replace(text, std::regex("process [0-9]+"), "process PID");
  }
  void expect(const std::string& name, const std::string& shown, const Ended& ended) const {
    expect_golden("input/" + name + ".txt", "$ " + shown + "\nexit status " + std::to_string(ended.status) +
                                                "\n--- stdout\n" + normal(ended.out) + "--- stderr\n" +
                                                normal(ended.err));
  }
  /// Runs a verb on the configuration and compares all that it says.
  void expect_of(const std::string& name, const std::string& verb) const {
    const Ended ended = run_command(program_with({verb, "--config", file("dualwrite.json")}), directory);
    expect(name, "dualwrite " + verb + " --config DIR/dualwrite.json", ended);
  }
  void make_state_directory() const { std::filesystem::create_directory(file("state")); }

  static constexpr const char* map = R"({
  "name": "currencies",
  "finops": {"entity": "Currencies"},
  "dataverse": {"table": "transactioncurrency", "set": "transactioncurrencies", "id": "transactioncurrencyid"},
  "columns": [
    {"finops": "CurrencyCode", "dataverse": "isocurrencycode", "key": true},
    {"finops": "Name", "dataverse": "currencyname"}
  ]
}
)";
  Services services;
  std::string directory;
  std::vector<std::pair<std::uint16_t, std::string>> ports;  ///< to be shown by a name
};

}  // namespace dualwrite::test
