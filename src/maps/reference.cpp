#include "dualwrite/maps/reference.hpp"

#include <algorithm>

#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::maps {
namespace {

/// The company lookup's own column, such as cdm_companycode; empty if the map has none.
std::string company_code_column(const TableMap& map) {
  const auto company = map.company_column();
  if (!company) return {};
  const std::string& path = map.columns[*company].dataverse;
  return path.substr(path.rfind('/') + 1);
}

/// True if the column is one of those that tell which row the navigation property leads to.
bool names_row(const Column& column, const std::string& navigation) {
  return column.lookup && column.lookup->navigation == navigation && flows_from(column.direction, Side::finops);
}

/// The value of a column as it will be after the write.
const Value* value_after(std::size_t column, const std::vector<ColumnValue>& cells, const std::optional<Row>& before) {
  const auto written = std::ranges::find(cells, column, &ColumnValue::column);
  if (written != cells.end()) return &written->value;
  return before ? &(*before)[column] : nullptr;
}

class InquiryMaker {
 public:
  InquiryMaker(const TableMap& map, const RecordKey& key, const std::vector<ColumnValue>& cells,
               const std::optional<Row>& before)
      : map_(map), key_(key), cells_(cells), before_(before) {}

  /// Nothing if every column of the navigation property is blank.
  Result<std::optional<Inquiry>> make(const std::string& navigation) {
    Inquiry inquiry;
    inquiry.navigation = navigation;
    std::string condition;
    const Column* first = nullptr;
    Value only;
    for (std::size_t index = 0; index < map_.columns.size(); ++index) {
      const Column& column = map_.columns[index];
      if (!names_row(column, navigation)) continue;
      const Value* value = value_after(index, cells_, before_);
      if (value == nullptr || value->is_absent()) continue;  // of a new row: nothing is to be written there
      auto wire = to_wire(column, Side::dataverse, *value);
      if (!wire) return std::unexpected(std::move(wire).error());
      if (!condition.empty()) condition += " and ";
      condition += column.lookup->column + " eq " + (wire->is_null() ? "null" : filter_literal(column, *wire));
      if (wire->is_null()) continue;  // blank is part of the name, too: without it another row might be found
      if (first == nullptr) first = &column;
      inquiry.columns.push_back(column.name());
      only = std::move(*wire);
    }
    if (first == nullptr) return std::optional<Inquiry>();
    const Lookup& lookup = *first->lookup;
    add_place(inquiry, navigation, lookup, condition);
    for (const Lookup& other : lookup.others) {
      add_place(inquiry, other.navigation, other, other.column + " eq " + filter_literal(*first, only));
    }
    if (lookup.otherwise) {
      add_place(inquiry, navigation, lookup,
                lookup.column + " eq " + filter_literal(*first, Value::string(*lookup.otherwise)));
    }
    return std::optional<Inquiry>(std::move(inquiry));
  }

 private:
  void add_place(Inquiry& inquiry, const std::string& navigation, const Lookup& lookup, std::string condition) const {
    if (!lookup.company.empty()) {
      condition +=
          " and " + lookup.company + "/" + company_code_column(map_) + " eq " + odata::quote(company_of(map_, key_));
    }
    Inquiry::Place place;
    place.navigation = navigation;
    place.question = Question{lookup.entity_set, lookup.id, std::move(condition)};
    inquiry.places.push_back(std::move(place));
  }

  const TableMap& map_;
  const RecordKey& key_;
  const std::vector<ColumnValue>& cells_;
  const std::optional<Row>& before_;
};

}  // namespace

bool needs_inquiry(const TableMap& map, const Column& column) {
  if (!column.lookup) return false;
  const Lookup& lookup = *column.lookup;
  if (lookup.otherwise || !lookup.others.empty() || lookup.column.find('/') != std::string::npos) return true;
  if (!lookup.company.empty() && !map.knows_company_ids()) return true;
  return std::ranges::count_if(map.columns, [&](const Column& other) { return names_row(other, lookup.navigation); }) >
         1;
}

Result<std::vector<Inquiry>> inquiries(const TableMap& map, const RecordKey& key, const std::vector<ColumnValue>& cells,
                                       const std::optional<Row>& before) {
  InquiryMaker maker(map, key, cells, before);
  std::vector<Inquiry> made;
  std::vector<std::string> asked;
  for (const ColumnValue& cell : cells) {
    const Column& column = map.columns[cell.column];
    if (!needs_inquiry(map, column)) continue;
    const std::string& navigation = column.lookup->navigation;
    if (std::ranges::find(asked, navigation) != asked.end()) continue;
    asked.push_back(navigation);
    auto inquiry = maker.make(navigation);
    if (!inquiry) return std::unexpected(std::move(inquiry).error());
    if (*inquiry) made.push_back(std::move(**inquiry));
  }
  return made;
}

std::string filter_literal(const Column& column, const Value& wire) {
  // Numbers, GUIDs and times stand bare; a choice by its number.
  const bool time = column.type == Type::date || column.type == Type::datetime;
  return wire.kind() == Value::Kind::string && !time ? odata::quote(wire.text()) : wire.text();
}

}  // namespace dualwrite::maps
