#include "app/cli.hpp"

#include <CLI/CLI.hpp>
#include <ostream>
#include <sstream>

#include "app/exit_status.hpp"
#include "app/verbs.hpp"
#include "app/version.hpp"
#include "dualwrite/base/text.hpp"

namespace dualwrite::app {
namespace {

void build(CLI::App& app, Verbs& verbs) {
  app.description("Keeps a finance-and-operations side and a Dataverse side in agreement.");
  app.name("dualwrite");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  add_service_verbs(app, verbs);
  add_status_verb(app, verbs);
  add_maps_verbs(app, verbs);
  add_sync_verbs(app, verbs);
  add_dead_letters_verbs(app, verbs);
  add_journal_verbs(app, verbs);
  add_endpoints_verbs(app, verbs);
}

void collect_help(CLI::App& app, const std::string& name, std::vector<std::pair<std::string, std::string>>& into) {
  into.emplace_back(name, app.help());
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) {
    collect_help(*verb, name.empty() ? verb->get_name() : name + " " + verb->get_name(), into);
  }
}

struct Complaint {
  std::string message;
  std::string hint;
};

/// A word that stands where a verb should, named with the nearest verb; else what CLI11 says.
Complaint complaint_about(CLI::App& app, const std::vector<std::string>& arguments, const CLI::ParseError& error) {
  CLI::App* group = &app;
  for (const std::string& word : arguments) {
    std::vector<std::string_view> names;
    CLI::App* found = nullptr;
    for (CLI::App* verb : group->get_subcommands([](CLI::App*) { return true; })) {
      names.push_back(verb->get_name());
      if (verb->get_name() == word) found = verb;
    }
    if (names.empty() || word.starts_with('-')) break;
    if (found == nullptr) {
      const std::string_view near = nearest(word, names);
      return {"there is no verb \"" + word.substr(0, 100) + "\"",
              near.empty() ? "`dualwrite --help` lists them" : "did you mean " + std::string(near) + "?"};
    }
    group = found;
  }
  return {error.what(), "`dualwrite --help` lists the verbs, and each verb has --help of its own"};
}

}  // namespace

void Verbs::declare_client(CLI::App& verb, ClientOptions& options) {
  verb.add_option("--url", options.url, "The daemon's address")->envname("DUALWRITE_URL")->capture_default_str();
  verb.add_option("--key-file", options.key_file,
                  "A file that holds the daemon's key (or set DUALWRITE_KEY to the key)");
  verb.add_flag("--json", options.json, "Print the daemon's answer as it is");
}

CLI::App& add_group(CLI::App& app, const std::string& name, const std::string& what) {
  CLI::App* group = app.add_subcommand(name, what);
  group->require_subcommand(1);
  return *group;
}

int run_cli(const std::vector<std::string>& arguments, const Console& console) {
  CLI::App app;
  Verbs verbs(console);
  build(app, verbs);
  try {
    // CLI11 takes a vector from its end.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& wish) {  // --help, --version
    app.exit(wish, console.out, console.err);
    return exit_fine;
  } catch (const CLI::ParseError& error) {
    const Complaint complaint = complaint_about(app, arguments, error);
    complain(console, complaint.message, complaint.hint);
    return exit_usage;
  }
  return verbs.chosen()();
}

std::vector<std::pair<std::string, std::string>> all_help() {
  CLI::App app;
  std::ostringstream unused;
  const Console nowhere(unused, unused, false, {});
  Verbs verbs(nowhere);
  build(app, verbs);
  std::vector<std::pair<std::string, std::string>> help;
  collect_help(app, "", help);
  return help;
}

}  // namespace dualwrite::app
