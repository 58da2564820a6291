// maps list --catalogue, add, test, diff, import, export: map files, without a daemon.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/make_endpoint.hpp"
#include "app/map_files.hpp"
#include "app/show.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/endpoint/metadata.hpp"
#include "dualwrite/maps/dualwrite_record.hpp"
#include "dualwrite/maps/json_document.hpp"

namespace dualwrite::app {
namespace {

struct AddOptions {
  std::string name;
  std::string catalogue_dir;
  std::string to = "maps";
  std::vector<std::string> companies;
};

struct TestOptions {
  std::vector<std::string> files;
};

struct PlanOptions {
  std::string map;
  std::string row;
  std::string from = "finops";
  bool update = false;
};

struct DiffOptions {
  std::string before;
  std::string after;
};

struct ImportOptions {
  std::string file;
  std::string config_file;
  std::string to = "maps";
  bool from_dataverse = false;
};

struct ExportOptions {
  std::string file;
};

int told(const Console& console, const Error& error, int status) {
  complain(console, error.message(), error.hint());
  return status;
}

/// The published map with other companies.
std::string with_companies(std::string text, const std::vector<std::string>& companies) {
  const std::size_t from = text.find("\"companies\": [");
  if (companies.empty() || from == std::string::npos) return text;
  std::string list = "\"companies\": [";
  for (const std::string& company : companies) {
    if (!list.ends_with('[')) list += ", ";
    append_json_quoted(list, company);
  }
  return text.replace(from, text.find(']', from) - from, list);
}

int add(const Console& console, const AddOptions& options) {
  auto catalogue = find_catalogue(options.catalogue_dir);
  if (!catalogue) return told(console, catalogue.error(), exit_usage);
  auto text = options.name.find('/') == std::string::npos ? read_file(*catalogue + "/" + options.name + ".json")
                                                          : fail(Errc::not_found, "a map's name has no '/'");
  if (!text || options.name == "index") {
    complain(console, "there is no published map \"" + options.name + "\"",
             "`dualwrite maps list --catalogue` lists them");
    return exit_usage;
  }
  const std::string path = options.to + "/" + options.name + ".json";
  auto written = write_new_file(path, with_companies(*text, options.companies));
  if (!written) return told(console, written.error(), exit_usage);
  console.out << "wrote " << path << "; `dualwrite maps validate` compares it with the services\n";
  return exit_fine;
}

/// customers.test.json is beside customers.json.
std::string map_of_test(const std::string& test_file) {
  constexpr std::string_view ending = ".test.json";
  return test_file.ends_with(ending) ? test_file.substr(0, test_file.size() - ending.size()) + ".json" : std::string();
}

int test(const Console& console, const TestOptions& options) {
  std::size_t count = 0;
  std::size_t failures = 0;
  for (const std::string& file : options.files) {
    const std::string map = map_of_test(file);
    if (map.empty()) {
      complain(console, file + ": a test's name ends with .test.json", "customers.test.json is that of customers.json");
      return exit_usage;
    }
    auto failed = run_map_tests(map, file, count);
    if (!failed) return told(console, failed.error(), exit_usage);
    for (const std::string& line : *failed) console.out << printable(line) << '\n';
    failures += failed->size();
  }
  console.out << count << (count == 1 ? " case, " : " cases, ") << failures << " failed\n";
  return failures == 0 ? exit_fine : exit_findings;
}

int plan(const Console& console, const PlanOptions& options) {
  auto text = read_file(options.map);
  if (!text) return told(console, text.error(), exit_usage);
  const auto map = maps::read_map(options.map, *text);
  if (!map) {
    for (const maps::Mistake& mistake : map.error()) console.err << printable(maps::to_string(mistake)) << '\n';
    return exit_usage;
  }
  auto row = read_file(options.row);
  if (!row) return told(console, row.error(), exit_usage);
  const Side from = options.from == "dataverse" ? Side::dataverse : Side::finops;
  const auto body = body_for(*map, from, options.update, *row);
  if (!body) return told(console, body.error(), exit_findings);
  console.out << *body << '\n';
  return exit_fine;
}

int diff(const Console& console, const DiffOptions& options) {
  auto before = read_file(options.before);
  if (!before) return told(console, before.error(), exit_usage);
  auto after = read_file(options.after);
  if (!after) return told(console, after.error(), exit_usage);
  auto lines = differences(*before, *after);
  if (!lines) return told(console, lines.error(), exit_usage);
  for (const std::string& line : *lines) console.out << printable(line) << '\n';
  return lines->empty() ? exit_fine : exit_findings;
}

std::string bare(std::string_view text) {
  std::string out;
  for (const char c : ascii_lower(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

/// Names that a table may have whose entity set is that one.
std::vector<std::string> table_names(const std::string& set) {
  std::vector<std::string> names;
  if (set.ends_with("ies")) names.push_back(set.substr(0, set.size() - 3) + "y");
  if (set.ends_with("s")) names.push_back(set.substr(0, set.size() - 1));
  if (set.ends_with("es")) names.push_back(set.substr(0, set.size() - 2));
  names.push_back(set);
  return names;
}

/// The entity set that bears the label, or that the published map of the same pair has.
Task<Result<std::string>> entity_of(endpoint::Endpoint& finops, std::string label, std::string set) {
  auto names = co_await finops.names();
  if (!names) co_return std::unexpected(std::move(names).error());
  const std::string wanted = bare(label);
  for (const std::string& name : *names) {
    const std::string has = bare(name);
    const bool plural = has == wanted + "s" || has == wanted + "es" ||
                        (wanted.ends_with('y') && has == wanted.substr(0, wanted.size() - 1) + "ies");
    if (has == wanted || plural) co_return name;
  }
  const auto catalogue = find_catalogue({});
  const auto index = catalogue ? read_file(*catalogue + "/index.json") : catalogue;
  std::vector<maps::Mistake> mistakes;
  const auto root = index ? maps::parse_json("index.json", *index, mistakes) : std::nullopt;
  const maps::JsonNode* listed = root ? root->find("maps") : nullptr;
  const std::vector<maps::JsonNode> published = listed != nullptr ? listed->children : std::vector<maps::JsonNode>();
  for (const maps::JsonNode& each : published) {
    const maps::JsonNode* title = each.find("title");
    const maps::JsonNode* name = each.find("name");
    if (title == nullptr || name == nullptr || bare(title->text) != bare(label + " - " + set)) continue;
    const auto text = read_file(*catalogue + "/" + name->text + ".json");
    const auto map = text ? maps::read_map(name->text, *text) : maps::read_map({}, {});
    if (map) co_return map->finops_entity;
  }
  co_return fail(Errc::not_found, "importing: no entity of F&O bears the name \"" + label + "\"",
                 "write the entity set's name into the record's sourceSchema");
}

struct Imports {
  std::vector<maps::ImportedMap> maps;
  Result<void> outcome;
};

Task<Result<maps::ImportedMap>> import_one(endpoint::Endpoint& finops, endpoint::Endpoint& dataverse,
                                           maps::DualwriteRecord record) {
  endpoint::MetadataQuery query;
  auto entity = co_await entity_of(finops, record.entity_label, record.dataverse_set);
  if (!entity) co_return std::unexpected(std::move(entity).error());
  query.entity = std::move(*entity);
  for (std::string name : table_names(record.dataverse_set)) {
    auto described = co_await dataverse.describe(name);
    if (!described) co_return std::unexpected(std::move(described).error());
    if (*described && (*described)->set == record.dataverse_set) query.table = std::move(name);
    if (!query.table.empty()) break;
  }
  if (query.table.empty()) {
    co_return fail(Errc::not_found,
                   "importing " + record.name + ": no table has the entity set " + record.dataverse_set,
                   "is its solution installed, and may the application see it?");
  }
  std::string entity_name = query.entity;
  std::vector<std::string> none;
  auto facts = co_await finops.facts(std::move(entity_name), std::move(none));
  if (!facts) co_return std::unexpected(std::move(facts).error());
  // Records spell fields in capitals.
  const std::vector<maps::PropertyFacts> known = *facts ? (*facts)->properties : std::vector<maps::PropertyFacts>();
  for (const maps::PropertyFacts& property : known) {
    const bool named = std::ranges::any_of(
        record.properties, [&](const std::string& field) { return equal_ignoring_case(property.name, field); });
    if (named) query.properties.push_back(property.name);
  }
  query.paths = record.paths;
  auto metadata = co_await endpoint::read_metadata(finops, dataverse, std::move(query));
  if (!metadata) co_return std::unexpected(std::move(metadata).error());
  co_return maps::import_record(record, *metadata);
}

/// The records of the service's own dual-write, if `records` holds none.
Task<void> import_all(endpoint::Endpoint& finops, endpoint::Endpoint& dataverse,
                      std::vector<maps::DualwriteRecord> records, Imports& into) {
  if (records.empty()) {
    std::string set = "msdyn_dualwriteentitymaps";
    std::string columns = "msdyn_name,msdyn_displayname,msdyn_version,msdyn_mapping,msdyn_properties";
    auto rows = co_await dataverse.table_rows(std::move(set), std::move(columns));
    auto read = rows ? maps::read_records(maps::records_text(*rows)) : std::unexpected(std::move(rows).error());
    if (!read) {
      into.outcome = std::unexpected(std::move(read).error());
      co_return;
    }
    records = std::move(*read);
  }
  records = maps::newest_of(std::move(records));
  for (maps::DualwriteRecord& record : records) {
    auto imported = co_await import_one(finops, dataverse, std::move(record));
    if (!imported) {
      into.outcome = std::unexpected(std::move(imported).error());
      co_return;
    }
    into.maps.push_back(std::move(*imported));
  }
}

Imports ask_and_import(const config::LinkSettings& link, std::vector<maps::DualwriteRecord> records) {
  boost::asio::io_context context(1);
  SystemClock clock;
  Imports imports;
  auto finops = make_endpoint(context.get_executor(), clock, Side::finops, link.finops, {});
  auto dataverse = make_endpoint(context.get_executor(), clock, Side::dataverse, link.dataverse, {});
  if (!finops || !dataverse) {
    imports.outcome = std::unexpected(!finops ? finops.error() : dataverse.error());
    return imports;
  }
  TaskGroup tasks(context.get_executor(), [&imports](const std::string&, const std::string& what) {
    imports.outcome = fail(Errc::invalid, what);
  });
  tasks.spawn("import", [&] { return import_all(**finops, **dataverse, std::move(records), imports); });
  context.run();
  return imports;
}

int import(const Console& console, const ImportOptions& options) {
  auto settings = config::read_settings(options.config_file);
  if (!settings) {
    for (const maps::Mistake& mistake : settings.error()) console.err << printable(maps::to_string(mistake)) << '\n';
    return exit_usage;
  }
  std::vector<maps::DualwriteRecord> records;
  if (options.from_dataverse == !options.file.empty()) {
    complain(console, "what is to be imported is not clear", "name a FILE, or give --from-dataverse");
    return exit_usage;
  }
  if (!options.from_dataverse) {
    auto text = read_file(options.file);
    if (!text) return told(console, text.error(), exit_usage);
    auto read = maps::read_records(*text);
    if (!read) return told(console, std::move(read).error().while_doing(options.file), exit_usage);
    if (read->empty()) return told(console, Error(Errc::invalid, options.file + " holds no records"), exit_usage);
    records = std::move(*read);
  }
  const Imports imports = ask_and_import(settings->links.front(), std::move(records));
  if (!imports.outcome) {
    const Errc code = imports.outcome.error().code();
    const bool usage = code == Errc::not_found || code == Errc::invalid;
    return told(console, imports.outcome.error(), usage ? exit_usage : exit_unreachable);
  }
  bool noted = false;
  for (const maps::ImportedMap& map : imports.maps) {
    const std::string path = options.to + "/" + map.name + ".json";
    auto written = write_new_file(path, map.text);
    if (!written) return told(console, written.error(), exit_usage);
    console.out << "wrote " << path << '\n';
    for (const std::string& note : map.notes) console.out << "  " << printable(note) << '\n';
    const auto read = maps::read_map(path, map.text);
    if (!read) {
      for (const maps::Mistake& mistake : read.error()) console.out << printable(maps::to_string(mistake)) << '\n';
    }
    noted = noted || !read;
  }
  return noted ? exit_findings : exit_fine;
}

int run_export(const Console& console, const ExportOptions& options) {
  auto text = read_file(options.file);
  if (!text) return told(console, text.error(), exit_usage);
  auto record = maps::export_record(*text);
  if (!record) return told(console, record.error(), exit_usage);
  console.out << *record;
  return exit_fine;
}

}  // namespace

int list_catalogue(const Console& console, const std::string& directory, bool json) {
  auto catalogue = find_catalogue(directory);
  if (!catalogue) return told(console, catalogue.error(), exit_usage);
  auto text = read_file(*catalogue + "/index.json");
  if (!text) return told(console, text.error(), exit_usage);
  if (json) {
    console.out << *text;
    return exit_fine;
  }
  std::vector<maps::Mistake> mistakes;
  const auto root = maps::parse_json("index.json", *text, mistakes);
  Table table({"NAME", ">ORDER", ">ROWS", ">LEFT OUT", "PUBLISHED AS"});
  const maps::JsonNode* listed = root ? root->find("maps") : nullptr;
  const std::vector<maps::JsonNode> published = listed != nullptr ? listed->children : std::vector<maps::JsonNode>();
  for (const maps::JsonNode& each : published) {
    const maps::JsonNode* left_out = each.find("leftOut");
    table.row({text_of(each, "name"), text_of(each, "order"), text_of(each, "rows"),
               left_out == nullptr ? "" : std::to_string(left_out->children.size()), text_of(each, "title")});
  }
  table.print(console.out);
  return exit_fine;
}

void add_map_file_verbs(CLI::App& maps_group, Verbs& verbs) {
  verbs.add<AddOptions>(
      maps_group, "add", "Copy a published map to be used",
      [](CLI::App& verb, AddOptions& options) {
        verb.add_option("NAME", options.name, "The published map's name")->required();
        verb.add_option("--to", options.to, "The directory of the map files")->capture_default_str();
        verb.add_option("--company", options.companies, "A company that the map is for; may be repeated");
        verb.add_option("--catalogue-dir", options.catalogue_dir, "Where the published maps are");
      },
      add);
  verbs.add<TestOptions>(
      maps_group, "test", "Run the tests beside maps",
      [](CLI::App& verb, TestOptions& options) {
        verb.add_option("FILE", options.files, "A test, NAME.test.json beside NAME.json")->required();
      },
      test);
  verbs.add<PlanOptions>(
      maps_group, "plan", "What would be written for a row, without writing",
      [](CLI::App& verb, PlanOptions& options) {
        verb.add_option("MAP", options.map, "A map file")->required();
        verb.add_option("--row", options.row, "A row as a service sends it, as JSON")->required();
        verb.add_option("--from", options.from, "The side whose row it is")
            ->check(CLI::IsMember({"finops", "dataverse"}))
            ->capture_default_str();
        verb.add_flag("--update", options.update, "What an update would write");
      },
      plan);
  verbs.add<DiffOptions>(
      maps_group, "diff", "What differs between two map files",
      [](CLI::App& verb, DiffOptions& options) {
        verb.add_option("BEFORE", options.before, "A map file")->required();
        verb.add_option("AFTER", options.after, "Another map file")->required();
      },
      diff);
  verbs.add<ImportOptions>(
      maps_group, "import", "Make map files of dual-write's table maps",
      [](CLI::App& verb, ImportOptions& options) {
        verb.add_option("FILE", options.file, "Records of msdyn_dualwriteentitymap, as JSON");
        verb.add_flag("--from-dataverse", options.from_dataverse, "Read the records from the configured Dataverse");
        verb.add_option("--config", options.config_file, "The configuration file: its services' metadata are needed")
            ->required();
        verb.add_option("--to", options.to, "The directory of the map files")->capture_default_str();
      },
      import);
  verbs.add<ExportOptions>(
      maps_group, "export", "Print a map as a record of dual-write",
      [](CLI::App& verb, ExportOptions& options) { verb.add_option("FILE", options.file, "A map file")->required(); },
      run_export);
}

}  // namespace dualwrite::app
