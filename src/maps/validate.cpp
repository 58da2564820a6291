#include "dualwrite/maps/validate.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/reference.hpp"
#include "maps/problem_list.hpp"

namespace dualwrite::maps {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_quoted(out, text);
  return out;
}

std::string meant(std::string_view name, const EntityFacts& entity, std::string otherwise) {
  std::vector<std::string_view> names;
  for (const PropertyFacts& property : entity.properties) names.push_back(property.name);
  const std::string_view near = nearest(name, names);
  return near.empty() ? otherwise : "did you mean " + quoted(near) + "?";
}

std::string path_of(std::size_t column) {
  return "/columns/" + std::to_string(column);
}

class Validation {
 public:
  Validation(const TableMap& map, const Metadata& metadata) : map_(map), metadata_(metadata), problems_(map) {}

  std::vector<Problem> run() && {
    if (!metadata_.finops) {
      problems_.error(code::no_entity, Side::finops, map_.lines.finops, "/finops/entity", {},
                      "there is no entity " + quoted(map_.finops_entity),
                      "is it public, and may the application see it? Names are the entity set's, in its case");
    }
    if (!metadata_.dataverse) {
      problems_.error(code::no_table, Side::dataverse, map_.lines.dataverse, "/dataverse/table", {},
                      "there is no table " + quoted(map_.dataverse_table),
                      "is its solution installed, and may the application see it?");
    }
    if (metadata_.dataverse) check_table();
    for (std::size_t index = 0; index < map_.columns.size(); ++index) check_column(index);
    if (metadata_.finops) check_finops_key();
    if (metadata_.finops && metadata_.dataverse) check_companies();
    if (metadata_.dataverse) check_dataverse_key();
    for (const Side side : both_sides) {
      if (!facts(side)) continue;
      check_constants(side);
      check_required(side);
      check_filter(side, map_.filter[side], "/filter/" + std::string(to_string(side)),
                   side == Side::finops ? map_.lines.finops : map_.lines.dataverse);
    }
    std::vector<Problem> found = std::move(problems_).take();
    std::ranges::sort(found, {}, [](const Problem& problem) {
      return std::tie(problem.mistake.line, problem.mistake.path, problem.code, problem.mistake.what);
    });
    return found;
  }

 private:
  [[nodiscard]] const std::optional<EntityFacts>& facts(Side side) const {
    return side == Side::finops ? metadata_.finops : metadata_.dataverse;
  }

  void check_table() {
    const EntityFacts& table = *metadata_.dataverse;
    const std::size_t line = map_.lines.dataverse;
    if (table.set != map_.dataverse_set) {
      problems_.error(code::wrong_set, Side::dataverse, line, "/dataverse/set", {},
                      "the entity set of " + table.name + " is " + quoted(table.set), "write it there");
    }
    if (table.id != map_.dataverse_id) {
      problems_.error(code::wrong_id, Side::dataverse, line, "/dataverse/id", {},
                      "the primary key of " + table.name + " is " + quoted(table.id), "write it there");
    }
    if (!table.tracks_changes) {
      problems_.error(code::no_change_tracking, Side::dataverse, line, "/dataverse/table", {},
                      table.name + " does not track changes",
                      "switch \"Track changes\" on in the table's properties, and publish it");
    }
    if (table.find("versionnumber") == nullptr) {
      problems_.error(code::no_version, Side::dataverse, line, "/dataverse/table", {},
                      table.name + " has no versionnumber, as virtual and elastic tables have none",
                      "such a table cannot be synchronised: use the one that it is made from");
    }
    if (!map_.dataverse_stamp.empty() && table.find(map_.dataverse_stamp) == nullptr) {
      problems_.error(code::no_column, Side::dataverse, line, "/dataverse/stamp", {},
                      table.name + " has no column " + quoted(map_.dataverse_stamp), "write \"stamp\": null");
    }
  }

  /// The property of that name; says so if there is none.
  const PropertyFacts* expect(Side side, const EntityFacts& entity, const std::string& name, std::size_t index) {
    const PropertyFacts* property = entity.find(name);
    if (property == nullptr) {
      problems_.error(code::no_column, side, map_.lines.columns[index],
                      path_of(index) + "/" + std::string(to_string(side)), name,
                      entity.name + " has no column " + quoted(name), meant(name, entity, "names are case-sensitive"));
    }
    return property;
  }

  void check_column(std::size_t index) {
    const Column& column = map_.columns[index];
    std::vector<const PropertyFacts*> there[2];
    if (metadata_.finops) {
      for (const std::string& name : column.fields(Side::finops)) {
        if (const PropertyFacts* property = expect(Side::finops, *metadata_.finops, name, index)) {
          there[0].push_back(property);
        }
      }
    }
    if (metadata_.dataverse) {
      if (column.lookup) {
        check_lookup(index, there[1]);
      } else {
        for (const std::string& name : column.fields(Side::dataverse)) {
          const PropertyFacts* property = expect(Side::dataverse, *metadata_.dataverse, name, index);
          if (property == nullptr) continue;
          there[1].push_back(property);
          if (property->kind == Kind::reference) {
            problems_.error(code::type_mismatch, Side::dataverse, map_.lines.columns[index],
                            path_of(index) + "/dataverse", name, "is a lookup, which has no value of its own",
                            "write \"" + name + "/COLUMN\" with the related table's column, and \"lookup\"");
            there[1].clear();
          }
        }
      }
    }
    check_writable(index, Side::finops, there[0]);
    if (!column.lookup) check_writable(index, Side::dataverse, there[1]);
    if (!there[0].empty() && !there[1].empty()) {
      validate_values(map_, index, *there[0].front(), *there[1].front(), problems_);
    }
  }

  void check_writable(std::size_t index, Side side, const std::vector<const PropertyFacts*>& properties) {
    const Column& column = map_.columns[index];
    if (!flows_from(column.direction, other(side))) return;
    for (const PropertyFacts* property : properties) {
      const std::size_t line = map_.lines.columns[index];
      if (!property->settable && !property->editable) {
        problems_.error(
            code::read_only, side, line, path_of(index), property->name, "cannot be written there",
            side == Side::finops ? "add \"direction\": \"to-dataverse\"" : "add \"direction\": \"to-finops\"");
      } else if (!property->editable && !column.key) {
        problems_.warning(code::write_once, side, line, path_of(index), property->name,
                          "can be set only when a row is created", "later edits of the other side are refused there");
      }
    }
  }

  /// Follows the path to the related row's column; `reached` gets it.
  void check_lookup(std::size_t index, std::vector<const PropertyFacts*>& reached) {
    const Column& column = map_.columns[index];
    check_place(index, *column.lookup, reached);
    std::vector<const PropertyFacts*> unused;
    for (const Lookup& other : column.lookup->others) check_place(index, other, unused);
  }

  void check_place(std::size_t index, const Lookup& lookup, std::vector<const PropertyFacts*>& reached) {
    const std::size_t line = map_.lines.columns[index];
    const std::string path = path_of(index) + "/lookup";
    const Column& column = map_.columns[index];
    const EntityFacts* table = &*metadata_.dataverse;
    std::string rest = lookup.navigation + "/" + lookup.column;
    bool first = true;
    for (std::size_t slash = rest.find('/'); slash != std::string::npos; slash = rest.find('/')) {
      const std::string navigation = rest.substr(0, slash);
      const ReferenceFacts* reference = table->reference(navigation);
      if (reference == nullptr) {
        std::vector<std::string_view> names;
        for (const ReferenceFacts& each : table->references) names.push_back(each.navigation);
        const std::string_view near = nearest(navigation, names);
        problems_.error(
            code::no_lookup, Side::dataverse, line, path_of(index) + "/dataverse", column.dataverse,
            table->name + " has no lookup " + quoted(navigation),
            near.empty() ? "it is the navigation property's name, in its case" : "did you mean " + quoted(near) + "?");
        return;
      }
      const EntityFacts* related = metadata_.related ? metadata_.related(reference->table) : nullptr;
      if (related == nullptr) return;
      if (first && related->set != lookup.entity_set) {
        problems_.error(code::wrong_lookup_set, Side::dataverse, line, path + "/set", column.dataverse,
                        "leads to the set " + quoted(related->set), "write it there");
      }
      if (first && !lookup.id.empty() && lookup.id != related->id) {
        problems_.error(code::wrong_id, Side::dataverse, line, path + "/id", column.dataverse,
                        "the primary key of " + related->name + " is " + quoted(related->id), "write it there");
      }
      if (first) check_bind(index, lookup, *related);
      first = false;
      table = related;
      rest.erase(0, slash + 1);
    }
    if (const PropertyFacts* property = expect(Side::dataverse, *table, rest, index)) reached.push_back(property);
  }

  /// A lookup that is bound by the related row's key needs an alternate key of exactly that.
  void check_bind(std::size_t index, const Lookup& lookup, const EntityFacts& related) {
    const Column& column = map_.columns[index];
    if (needs_inquiry(map_, column) || !flows_from(column.direction, Side::finops)) return;
    std::set<std::string> wanted{lookup.column};
    if (!lookup.company.empty()) {
      const ReferenceFacts* company = related.reference(lookup.company);
      if (company == nullptr) {
        problems_.error(code::no_lookup, Side::dataverse, map_.lines.columns[index], path_of(index) + "/lookup/company",
                        column.dataverse, related.name + " has no lookup " + quoted(lookup.company) + " to its company",
                        "leave \"company\" out, or name the navigation property");
        return;
      }
      wanted.insert(company->attribute);
    }
    const bool found = std::ranges::any_of(related.keys, [&](const std::vector<std::string>& key) {
      return std::set<std::string>(key.begin(), key.end()) == wanted;
    });
    if (found) return;
    std::string names;
    for (const std::string& name : wanted) names += (names.empty() ? "" : " and ") + name;
    problems_.error(code::lookup_key, Side::dataverse, map_.lines.columns[index], path_of(index) + "/lookup",
                    column.dataverse, related.name + " has no alternate key of " + names,
                    "add the alternate key in Dataverse, or go by a column that is one");
  }

  void check_finops_key() {
    const EntityFacts& entity = *metadata_.finops;
    const bool told = std::ranges::any_of(entity.properties, &PropertyFacts::key);
    for (const PropertyFacts& property : entity.properties) {
      const bool mapped = std::ranges::any_of(
          map_.columns, [&](const Column& column) { return column.key && column.finops == property.name; });
      if (!property.key || mapped) continue;
      problems_.error(code::key_not_mapped, Side::finops, map_.lines.finops, "/columns", property.name,
                      "is part of the key of " + entity.name + ", not of the map", "map it with \"key\": true");
    }
    for (std::size_t index = 0; told && index < map_.columns.size(); ++index) {
      const Column& column = map_.columns[index];
      const PropertyFacts* property = entity.find(column.finops);
      if (column.key && property != nullptr && !property->key) {
        problems_.error(code::key_not_in_entity, Side::finops, map_.lines.columns[index], path_of(index) + "/key",
                        column.finops, "is not part of the key of " + entity.name, "leave \"key\" out");
      }
    }
    const bool goes_back = std::ranges::any_of(map_.columns, [](const Column& column) {
      return !column.key && flows_from(column.direction, Side::dataverse);
    });
    for (std::size_t index = 0; index < map_.columns.size(); ++index) {
      const Column& column = map_.columns[index];
      if (!column.key || column.direction == Direction::both || !goes_back) continue;
      problems_.error(code::key_one_way, Side::dataverse, map_.lines.columns[index], path_of(index) + "/direction",
                      column.name(), "is part of the key and flows one way, and other columns flow back",
                      "leave \"direction\" out of the key's columns");
    }
  }

  void check_companies() {
    const PropertyFacts* company = metadata_.finops->find("dataAreaId");
    const bool finops = company != nullptr && company->key;
    const bool dataverse = std::ranges::any_of(metadata_.dataverse->references, [](const ReferenceFacts& reference) {
      return reference.table == "cdm_company";
    });
    const bool mapped = map_.company_column().has_value();
    if (finops == mapped) return;
    std::string hint = "add the key column dataAreaId with its lookup, and \"companies\"";
    if (!finops) hint = "leave the key column dataAreaId and \"companies\" out";
    if (finops && !dataverse) hint = "the table needs a lookup to cdm_company, or a parent that has one";
    problems_.error(code::company_mismatch, Side::finops, map_.lines.finops, "/companies", "dataAreaId",
                    metadata_.finops->name + (finops ? " is kept by company, and the map is not"
                                                     : " is not kept by company, and the map is"),
                    std::move(hint));
  }

  /// Without an alternate key two rows may have the record's key, and the map cannot tell them apart.
  void check_dataverse_key() {
    std::set<std::string> own;
    for (const Column& column : map_.columns) {
      if (!column.key) continue;
      const ReferenceFacts* reference =
          column.lookup ? metadata_.dataverse->reference(column.lookup->navigation) : nullptr;
      own.insert(reference != nullptr ? reference->attribute : column.dataverse);
    }
    const bool unique = std::ranges::any_of(metadata_.dataverse->keys, [&](const std::vector<std::string>& key) {
      return std::ranges::all_of(key, [&](const std::string& column) { return own.contains(column); });
    });
    if (unique || own.empty()) return;
    std::string names;
    for (const std::string& name : own) names += (names.empty() ? "" : ", ") + name;
    problems_.warning(code::no_key, Side::dataverse, map_.lines.dataverse, "/dataverse/table", {},
                      metadata_.dataverse->name + " has no alternate key within " + names,
                      "add one: without it Dataverse lets two rows have one record's key");
  }

  void check_constants(Side side) {
    for (std::size_t index = 0; index < map_.constants.size(); ++index) {
      const Constant& constant = map_.constants[index];
      if (constant.side != side || facts(side)->find(constant.column) != nullptr) continue;
      problems_.error(code::constant_column, side, map_.lines.constants[index],
                      "/constants/" + std::to_string(index) + "/column", constant.column,
                      facts(side)->name + " has no column " + quoted(constant.column),
                      meant(constant.column, *facts(side), "names are case-sensitive"));
    }
  }

  void check_required(Side side) {
    for (const PropertyFacts& property : facts(side)->properties) {
      if (!property.required || !property.settable || writes(side, property.name)) continue;
      const bool writes_rows = std::ranges::any_of(
          map_.columns, [&](const Column& column) { return flows_from(column.direction, other(side)) && column.key; });
      if (!writes_rows) continue;
      problems_.warning(code::required_not_mapped, side,
                        side == Side::finops ? map_.lines.finops : map_.lines.dataverse, "/columns", property.name,
                        "a new row must have it, and no column or constant of the map writes it",
                        "map it, or add a constant; it is fine if the service fills it in");
    }
  }

  [[nodiscard]] bool writes(Side side, const std::string& name) const {
    const bool constant = std::ranges::any_of(
        map_.constants, [&](const Constant& each) { return each.side == side && each.column == name; });
    return constant || std::ranges::any_of(map_.columns, [&](const Column& column) {
             if (!flows_from(column.direction, other(side))) return false;
             if (side == Side::dataverse && column.lookup) {
               const ReferenceFacts* reference = facts(side)->reference(column.lookup->navigation);
               return reference != nullptr && reference->attribute == name;
             }
             const std::vector<std::string> names = column.fields(side);
             return std::ranges::find(names, name) != names.end();
           });
  }

  void check_filter(Side side, const RowFilter& filter, const std::string& path, std::size_t line) {
    for (const std::string& written : filter.columns) {
      std::string name = written.substr(0, written.find('/'));
      const bool path_of_lookup = name.size() < written.size();
      if (name.starts_with('_') && name.ends_with("_value")) name = name.substr(1, name.size() - 7);
      const bool known = path_of_lookup ? facts(side)->reference(name) != nullptr : facts(side)->find(name) != nullptr;
      if (known) continue;
      problems_.error(code::filter_column, side, line, path, written,
                      facts(side)->name + " has no column " + quoted(name),
                      meant(name, *facts(side), "correct the filter"));
    }
  }

  const TableMap& map_;
  const Metadata& metadata_;
  ProblemList problems_;
};

constexpr std::array all_codes = {
    code::no_entity,          code::no_table,          code::wrong_set,        code::wrong_id,
    code::no_change_tracking, code::no_version,        code::no_column,        code::no_lookup,
    code::wrong_lookup_set,   code::lookup_key,        code::company_mismatch, code::no_key,
    code::key_not_mapped,     code::key_not_in_entity, code::key_one_way,      code::required_not_mapped,
    code::read_only,          code::write_once,        code::type_mismatch,    code::too_fine,
    code::too_short,          code::unknown_member,    code::unknown_option,   code::member_without_pair,
    code::no_labels,          code::filter_column,     code::constant_column};

}  // namespace

std::span<const std::string_view> codes() noexcept {
  return all_codes;
}

std::string to_string(const Problem& problem) {
  Mistake told = problem.mistake;
  std::string who = std::string(problem.code) + (problem.warning ? " (warning)" : "");
  if (problem.side) who += ", " + std::string(to_string(*problem.side));
  if (!problem.column.empty()) who += ", " + problem.column;
  told.what = who + ": " + told.what;
  return to_string(told);
}

std::vector<Problem> validate(const TableMap& map, const Metadata& metadata) {
  return Validation(map, metadata).run();
}

}  // namespace dualwrite::maps
