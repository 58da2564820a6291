// The three commands of docs/SANDBOX.md with which one rehearses a map against one's own schema, run as they stand
// there.
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "demo/child.hpp"
#include "integration/input/fixture.hpp"
#include "support/run.hpp"

namespace dualwrite::test {
namespace {

using nlohmann::json;

constexpr const char* widgets_map = R"({
  "name": "widgets",
  "finops": {"entity": "Widgets"},
  "dataverse": {"table": "acme_widget", "set": "acme_widgets", "id": "acme_widgetid"},
  "columns": [
    {"finops": "Number", "dataverse": "acme_number", "key": true},
    {"finops": "Title", "dataverse": "acme_TITLE"}
  ]
}
)";

std::string csdl(const std::string& ns, const std::string& types, const std::string& sets) {
  return "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>"
         "<Schema Namespace=\"" +
         ns + "\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">" + types + "<EntityContainer Name=\"C\">" + sets +
         "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>";
}

std::string property(const std::string& name, const std::string& type) {
  return "<Property Name=\"" + name + "\" Type=\"" + type + "\"/>";
}

/// The words of the commands in the first code block under the heading.
std::vector<std::vector<std::string>> documented_commands() {
  const std::string text = read_text(DUALWRITE_SOURCE_DIR "/docs/SANDBOX.md");
  const std::size_t heading = text.find("## Rehearse a map against your own schema\n");
  const std::size_t from = text.find("```\n", heading) + 4;
  std::vector<std::vector<std::string>> commands;
  std::istringstream lines(text.substr(from, text.find("```", from) - from));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    commands.emplace_back(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
    if (commands.back().back() == "&") commands.back().pop_back();
  }
  return commands;
}

class Rehearsal : public InputTest {
 protected:
  Rehearsal() {
    make_state_directory();
    write("finops.xml", csdl("Microsoft.Dynamics.DataEntities",
                             "<EntityType Name=\"Widget\"><Key><PropertyRef Name=\"Number\"/></Key>" +
                                 property("Number", "Edm.String") + property("Title", "Edm.String") + "</EntityType>",
                             "<EntitySet Name=\"Widgets\" EntityType=\"Microsoft.Dynamics.DataEntities.Widget\"/>"));
    write(
        "dataverse.xml",
        csdl("Microsoft.Dynamics.CRM",
             "<EntityType Name=\"acme_widget\"><Key><PropertyRef Name=\"acme_widgetid\"/></Key>" +
                 property("acme_widgetid", "Edm.Guid") + property("acme_number", "Edm.String") +
                 property("acme_title", "Edm.String") + property("modifiedon", "Edm.DateTimeOffset") + "</EntityType>",
             "<EntitySet Name=\"acme_widgets\" EntityType=\"Microsoft.Dynamics.CRM.acme_widget\"/>"));
  }

  /// The files that a command names are in the test's directory.
  void place(std::vector<std::string>& words) const {
    for (std::string& word : words) {
      if (std::filesystem::exists(file(word)) && word.find('.') != std::string::npos) word = file(word);
    }
  }

  /// Starts a command with further arguments and gives its first line.
  std::pair<demo::Child, std::string> started(std::vector<std::string> words, const std::vector<std::string>& more) {
    const std::string name = words[1];
    words[0] = DUALWRITE_PROGRAM;
    place(words);
    words.insert(words.end(), more.begin(), more.end());
    auto child = demo::Child::start(name, words, {}, directory);
    if (!child) throw std::runtime_error(child.error().text());
    std::string first;
    run<void>([&](Executor) -> Task<void> {
      SystemClock clock;
      const std::chrono::milliseconds limit(30000);
      auto line = co_await child->first_line(clock, limit);
      if (!line) throw std::runtime_error(line.error().text());
      first = *line;
    });
    return {std::move(*child), std::move(first)};
  }

  void configure_for(const std::string& announcement) {
    const json urls = json::parse(announcement);
    const sandbox::Urls old = services.urls();
    std::string text = config();
    replace_all(text, old.token, urls["token"].get<std::string>());
    replace_all(text, old.finops, urls["finops"].get<std::string>());
    replace_all(text, old.dataverse, urls["dataverse"].get<std::string>());
    write("dualwrite.json", text);
  }
};

TEST_F(Rehearsal, TakesThreeCommands) {
  const auto commands = documented_commands();
  ASSERT_EQ(commands.size(), 3U);
  ASSERT_EQ(commands[0][1], "sandbox");
  ASSERT_EQ(commands[1][1], "check");
  ASSERT_EQ(commands[2][1], "serve");
  write("map.json", widgets_map);

  auto [services_of_mine, announcement] =
      started(commands[0], {"--dataverse-port", "0", "--finops-port", "0", "--token-port", "0"});
  configure_for(announcement);
  const auto check = [&] {
    std::vector<std::string> words(commands[1].begin() + 1, commands[1].end());
    place(words);
    return run_command(program_with(words), directory);
  };
  const Ended wrong = check();
  EXPECT_EQ(wrong.status, 1) << wrong.err;
  EXPECT_NE(wrong.out.find("acme_TITLE"), std::string::npos) << "the map has a mistake, and is told so:\n" << wrong.out;

  std::string right = widgets_map;
  replace_all(right, "acme_TITLE", "acme_title");
  write("map.json", right);
  const Ended fine = check();
  EXPECT_EQ(fine.out.find("acme_TITLE"), std::string::npos) << fine.out;

  auto [daemon, ready] = started(commands[2], {"--announce"});
  EXPECT_TRUE(json::accept(ready)) << ready;
  EXPECT_TRUE(daemon.running()) << daemon.stderr_tail();
}

}  // namespace
}  // namespace dualwrite::test
