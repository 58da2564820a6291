#pragma once
// How verbs come into the command line: each group adds its own, and the one that was typed leaves what to run.
#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <string>

#include "app/client.hpp"
#include "app/console.hpp"

namespace dualwrite::app {

/// Handed to every group while the command line is built; the console must outlive it.
class Verbs {
 public:
  explicit Verbs(const Console& console) : console_(console) {}

  /// Adds a verb. `Options` are filled by what `declare(verb, options)` declares, and `run(console, options)` gives the
  /// exit status.
  template <class Options, class Declare, class Run>
  void add(CLI::App& group, const std::string& name, const std::string& what, Declare declare, Run run) {
    CLI::App* verb = group.add_subcommand(name, what);
    auto options = std::make_shared<Options>();
    declare(*verb, *options);
    verb->callback([this, options, run] { chosen_ = [this, options, run] { return run(console_, *options); }; });
  }

  /// The same for a verb that talks to the daemon: `Options` has a member `client`, and `run(client, options)` gets an
  /// open client.
  template <class Options, class Declare, class Run>
  void add_client(CLI::App& group, const std::string& name, const std::string& what, Declare declare, Run run) {
    const auto declare_both = [declare](CLI::App& verb, Options& options) {
      declare(verb, options);
      declare_client(verb, options.client);
    };
    const auto run_open = [run](const Console& console, const Options& options) -> int {
      auto client = Client::open(console, options.client);
      return client ? run(**client, options) : client.error();
    };
    add<Options>(group, name, what, declare_both, run_open);
  }

  [[nodiscard]] const std::function<int()>& chosen() const noexcept { return chosen_; }

 private:
  static void declare_client(CLI::App& verb, ClientOptions& options);

  const Console& console_;
  std::function<int()> chosen_;
};

/// A group of verbs, "maps": one of them must be given.
CLI::App& add_group(CLI::App& app, const std::string& name, const std::string& what);

void add_service_verbs(CLI::App& app, Verbs& verbs);
void add_status_verb(CLI::App& app, Verbs& verbs);
void add_maps_verbs(CLI::App& app, Verbs& verbs);
/// Verbs of the group "maps" that need no daemon.
void add_validate_verb(CLI::App& maps_group, Verbs& verbs);
void add_map_file_verbs(CLI::App& maps_group, Verbs& verbs);
/// The published maps, without a daemon.
int list_catalogue(const Console& console, const std::string& directory, bool json);
void add_sync_verbs(CLI::App& app, Verbs& verbs);
void add_dead_letters_verbs(CLI::App& app, Verbs& verbs);
void add_journal_verbs(CLI::App& app, Verbs& verbs);
void add_endpoints_verbs(CLI::App& app, Verbs& verbs);

}  // namespace dualwrite::app
