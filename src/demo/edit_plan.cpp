#include "demo/edit_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "demo/canonical.hpp"
#include "demo/dice.hpp"

namespace dualwrite::demo {
namespace {

constexpr const char* customers = "customers";

/// Columns that people change, as far as the map has them.
const std::vector<std::string>& edited_columns(const std::string& map) {
  static const std::vector<std::string> of_customers{
      "OrganizationName", "PrimaryContactEmail", "PrimaryContactPhone", "AddressStreet",
      "AddressCity",      "CreditLimit",         "CredManCustomerSince"};
  static const std::vector<std::string> of_vendors{"VendorOrganizationName"};
  static const std::vector<std::string> of_currencies{"Name"};
  if (map == "vendors") return of_vendors;
  return map == "currencies" ? of_currencies : of_customers;
}

std::string two_digits(std::size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

/// The day so many days after 1970-01-01.
std::string day_text(std::size_t days) {
  const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{days}}};
  return std::to_string(static_cast<int>(day.year())) + "-" + two_digits(static_cast<unsigned>(day.month())) + "-" +
         two_digits(static_cast<unsigned>(day.day()));
}

class Planner {
 public:
  Planner(const std::vector<MapFile>& maps, const std::map<std::string, PerSide<SideTable>>& tables, std::uint64_t seed)
      : tables_(tables), dice_(seed ^ 0xED17u) {
    for (const MapFile& map : maps) maps_[map.name] = &map;
    for (const MapFile& map : maps) {
      auto& keys = free_[map.name];
      const auto it = tables.find(map.name);
      if (it == tables.end()) continue;
      for (const auto& [key, row] : it->second[Side::finops].rows) {
        if (it->second[Side::dataverse].find(key) != nullptr) keys.push_back(key);
      }
      dice_.shuffle(keys);
    }
  }

  Result<EditPlan> plan(const EditCounts& counts) {
    if (!maps_.contains(customers)) return fail(Errc::invalid, "planning edits: there is no map named customers");
    const std::size_t reserved = 1 + 2 * counts.ordered + 2 * counts.deletes + counts.conflicts;
    const std::size_t room = free_[customers].size();
    const std::size_t plain = counts.edits > counts.conflicts ? counts.edits - counts.conflicts : 0;
    const std::size_t cells = room > reserved ? (room - reserved) * edited_columns(customers).size() : 0;
    if (room < reserved || cells < 2 * 2 * plain) {
      return fail(Errc::limit, "planning edits: " + std::to_string(room) + " customers are too few for that many edits",
                  "use more data");
    }
    EditPlan plan;
    plan.dead_letter_record = {customers, take_record(customers)};
    for (std::size_t i = 0; i < 2 * counts.ordered; ++i) plan.ordered.push_back(ordered_conflict(i % 2 == 0));
    for (const Side side : both_sides) {
      for (std::size_t i = 0; i < counts.deletes; ++i) plan.steps.push_back(removal(side, i < counts.edited_deletes));
      for (std::size_t i = 0; i < counts.creates; ++i) plan.steps.push_back(creation(side, counts.creates_before + i));
    }
    for (std::size_t i = 0; i < counts.conflicts; ++i) plan.steps.push_back(concurrent_conflict());
    for (std::size_t i = 0; i < plain; ++i) {
      EditStep step = plain_edit(Side::finops);
      if (i % 5 == 0) {
        step.edits.push_back(beside(step.edits.front()));
      } else {
        plan.steps.push_back(plain_edit(Side::dataverse));
      }
      plan.steps.push_back(std::move(step));
    }
    dice_.shuffle(plan.steps);
    return plan;
  }

 private:
  /// Takes a record out of the pool, so that nothing else touches it. The pool must not be empty.
  std::string take_record(const std::string& map) {
    auto& keys = free_[map];
    std::string key = std::move(keys.back());
    keys.pop_back();
    return key;
  }

  [[nodiscard]] std::string value_of(const std::string& map, Side side, const std::string& key,
                                     const std::string& column) const {
    const TableRow* row = tables_.at(map)[side].find(key);
    const auto& columns = maps_.at(map)->columns;
    for (std::size_t i = 0; row != nullptr && i < columns.size(); ++i) {
      if (columns[i].finops == column) return row->cells[i];
    }
    return {};
  }

  /// A value that no other edit writes and that no sample row holds.
  std::string new_value(const ColumnPair& column) {
    static const std::vector<std::string> words{"Übersee", "Nørrebro", "Château",   "Grüne Aue", "Señorío",
                                                "Łąka",    "港町",     "Riverside", "Harbour",   "Elm Grove"};
    const std::size_t number = ++serial_;
    const std::string tag = std::to_string(number);
    switch (column.type) {
      case ColumnType::decimal:
        return canonical_text(column, std::to_string(300'000 + number * 7) + "." + two_digits(number % 100));
      case ColumnType::integer:
        return std::to_string(300'000 + number);
      case ColumnType::date:
        return day_text(365 + number);
      default:
        break;
    }
    if (column.finops == "PrimaryContactEmail") return "edit" + tag + "@example.org";
    if (column.finops == "PrimaryContactPhone") return "+44 20 7946 " + tag;
    if (column.finops == "AddressStreet") return tag + " " + dice_.pick(words) + " Road";
    return dice_.pick(words) + " " + tag;
  }

  Edit update(Side side, const std::string& map, const std::string& key, const std::string& column) {
    Edit edit;
    edit.side = side;
    edit.map = map;
    edit.key = key;
    edit.column = column;
    edit.from = value_of(map, side, key, column);
    edit.to = new_value(*maps_.at(map)->find(column));
    return edit;
  }

  std::string any_column(const std::string& map) {
    std::vector<std::string> there;
    for (const std::string& name : edited_columns(map)) {
      const ColumnPair* column = maps_.at(map)->find(name);
      if (column != nullptr && column->both_ways) there.push_back(name);
    }
    return dice_.pick(there);
  }

  EditStep ordered_conflict(bool finops_first) {
    const std::string key = take_record(customers);
    const std::string column = any_column(customers);
    const Side first = finops_first ? Side::finops : Side::dataverse;
    EditStep step;
    step.edits.push_back(update(first, customers, key, column));
    step.edits.push_back(update(other(first), customers, key, column));
    step.edits[0].expected = Expectation::must_lose;
    step.edits[1].expected = Expectation::must_win;
    return step;
  }

  EditStep removal(Side side, bool edited) {
    Edit edit;
    edit.kind = EditKind::remove;
    edit.side = side;
    edit.map = customers;
    edit.key = take_record(customers);
    EditStep step;
    step.edits.push_back(edit);
    if (edited) step.edits.push_back(update(other(side), customers, edit.key, any_column(customers)));
    return step;
  }

  EditStep creation(Side side, std::size_t number) {
    const MapFile& map = *maps_.at(customers);
    Edit edit;
    edit.kind = EditKind::create;
    edit.side = side;
    edit.map = customers;
    const std::string account = std::string(side == Side::finops ? "NEW-F-" : "NEW-D-") + std::to_string(number + 1);
    edit.key = record_key({map.companies.empty() ? "" : map.companies.front(), account});
    edit.values["CustomerAccount"] = account;
    for (const std::string& name : edited_columns(customers)) {
      const ColumnPair* column = map.find(name);
      if (column != nullptr) edit.values[name] = new_value(*column);
    }
    EditStep step;
    step.edits.push_back(std::move(edit));
    return step;
  }

  /// Most pairs start together; some leave the daemon time to carry the first one over.
  EditStep concurrent_conflict() {
    const std::string key = take_record(customers);
    const std::string column = any_column(customers);
    const Side first = dice_.chance(50) ? Side::finops : Side::dataverse;
    EditStep step;
    step.edits.push_back(update(first, customers, key, column));
    step.edits.push_back(update(other(first), customers, key, column));
    if (dice_.chance(30)) step.gap = std::chrono::milliseconds(20 + dice_.below(480));
    return step;
  }

  /// An edit of a record and column that no other edit touches; the other columns of the record may well be edited.
  EditStep plain_edit(Side side) {
    while (true) {
      const std::string map = plain_map();
      const std::string key = dice_.pick(free_[map]);
      const std::string column = any_column(map);
      if (!touched_.insert(map + "\n" + key + "\n" + column).second) continue;
      EditStep step;
      step.edits.push_back(update(side, map, key, column));
      return step;
    }
  }

  /// An edit by the other side of the same record at the same moment, in a column that nobody else edits: no conflict.
  /// Where the record has no such column left, an edit of another record.
  Edit beside(const Edit& first) {
    for (const std::string& column : edited_columns(first.map)) {
      if (maps_.at(first.map)->find(column) == nullptr) continue;
      if (!touched_.insert(first.map + "\n" + first.key + "\n" + column).second) continue;
      return update(other(first.side), first.map, first.key, column);
    }
    return plain_edit(other(first.side)).edits.front();
  }

  /// Mostly customers; a few vendors and currencies as long as they have untouched records.
  std::string plain_map() {
    for (const char* small : {"vendors", "currencies"}) {
      const auto it = free_.find(small);
      if (it == free_.end() || it->second.empty() || !dice_.chance(8)) continue;
      if (small_edits_[small] * 3 >= it->second.size()) continue;
      ++small_edits_[small];
      return small;
    }
    return customers;
  }

  const std::map<std::string, PerSide<SideTable>>& tables_;
  Dice dice_;
  std::map<std::string, const MapFile*> maps_;
  std::map<std::string, std::vector<std::string>> free_;
  std::map<std::string, std::size_t> small_edits_;
  std::set<std::string> touched_;
  std::size_t serial_ = 0;
};

}  // namespace

Result<EditPlan> plan_edits(const std::vector<MapFile>& maps, const std::map<std::string, PerSide<SideTable>>& tables,
                            const EditCounts& counts, std::uint64_t seed) {
  Planner planner(maps, tables, seed);
  return planner.plan(counts);
}

}  // namespace dualwrite::demo
