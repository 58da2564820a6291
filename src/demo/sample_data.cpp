#include "demo/sample_data.hpp"

#include <array>
#include <utility>

#include "demo/canonical.hpp"
#include "demo/dice.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::demo {
namespace {

using Words = std::vector<std::string>;

const Words& towns() {
  static const Words words{"Seattle", "Zürich", "Kraków",  "Łódź",      "Århus",  "São Paulo", "Nîmes",
                           "Αθήνα",   "東京",   "Córdoba", "Reykjavík", "Gdańsk", "Besançon",  "Malmö",
                           "İzmir",   "Plzeň",  "Bogotá",  "Київ",      "Galway", "Perth"};
  return words;
}

const Words& family_names() {
  static const Words words{"Müller",  "O'Neill",     "Søndergaard",  "García",   "Nowak",
                           "Lefèvre", "Öztürk",      "Tanaka",       "Novák",    "Smith & Sons",
                           "Björk",   "Καραγιάννης", "Петренко",     "D’Angelo", "Håkansson",
                           "Nguyễn",  "Ng",          "van der Meer", "Ibáñez",   "Þórsdóttir"};
  return words;
}

const Words& trades() {
  static const Words words{"Bikes",          "Cycle Works", "Sports",      "Outdoor", "Räder",
                           "Vélos",          "Bicicletas",  "Fahrradhaus", "Rowery",  "Wheels, Frames & More",
                           "\"The Saddle\"", "Pedals"};
  return words;
}

const Words& endings() {
  static const Words words{"GmbH", "AB", "S.A.", "Sp. z o.o.", "Ltd", "ApS", "Inc.", "株式会社", "BV", "SARL"};
  return words;
}

const std::vector<std::pair<std::string, std::string>>& currencies() {
  static const std::vector<std::pair<std::string, std::string>> codes{{"USD", "US Dollar"},
                                                                      {"EUR", "Euro"},
                                                                      {"GBP", "Pound Sterling"},
                                                                      {"JPY", "日本円"},
                                                                      {"CHF", "Schweizer Franken"},
                                                                      {"SEK", "Svensk krona"},
                                                                      {"PLN", "Złoty"},
                                                                      {"CZK", "Koruna česká"},
                                                                      {"BRL", "Real"},
                                                                      {"INR", "Indian Rupee"},
                                                                      {"TRY", "Türk lirası"},
                                                                      {"ISK", "Íslensk króna"}};
  return codes;
}

std::string padded(std::size_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  return digits.size() >= width ? digits : std::string(width - digits.size(), '0') + digits;
}

std::string amount(Dice& dice) {
  std::string text = std::to_string(dice.below(250'000));
  const std::size_t cents = dice.below(100);
  return cents == 0 ? text : text + "." + padded(cents, 2);
}

std::string day(Dice& dice) {
  return std::to_string(2005 + dice.below(20)) + "-" + padded(1 + dice.below(12), 2) + "-" +
         padded(1 + dice.below(28), 2);
}

CsvTable customers(Dice& dice) {
  CsvTable table;
  table.header = {"CustomerAccount",     "PartyType",     "OrganizationName",    "PrimaryContactEmail",
                  "PrimaryContactPhone", "AddressStreet", "AddressCity",         "AddressZipCode",
                  "SalesCurrencyCode",   "CreditLimit",   "CredManCustomerSince"};
  for (std::size_t number = 1; number <= 200; ++number) {
    const std::string name = dice.pick(family_names()) + " " + dice.pick(trades()) + " " + dice.pick(endings());
    const bool sparse = dice.chance(25);
    table.rows.push_back({
        "DEMO-" + padded(number, 5),
        "Organization",
        name,
        dice.chance(20) ? "" : "sales" + std::to_string(number) + "@example.com",
        dice.chance(20) ? "" : "+49 30 55" + padded(number, 5),
        sparse ? "" : std::to_string(1 + dice.below(400)) + " " + dice.pick(family_names()) + " Street",
        sparse ? "" : dice.pick(towns()),
        sparse ? "" : padded(10'000 + dice.below(80'000), 5),
        dice.chance(15) ? "" : dice.pick(currencies()).first,
        dice.chance(30) ? "" : amount(dice),
        dice.chance(30) ? "" : day(dice),
    });
  }
  return table;
}

CsvTable vendors(Dice& dice) {
  CsvTable table;
  table.header = {"VendorAccountNumber", "VendorOrganizationName", "CreditRating", "PrimaryURL"};
  for (std::size_t number = 1; number <= 20; ++number) {
    table.rows.push_back({"VEND-" + padded(number, 4), dice.pick(family_names()) + " " + dice.pick(endings()),
                          dice.chance(30) ? "" : std::to_string(1 + dice.below(5)),
                          dice.chance(40) ? "" : "www.vendor" + std::to_string(number) + ".example.com/"});
  }
  return table;
}

/// The wire value of a sample's text.
Value wire_value(const ColumnPair* column, const std::string& text) {
  if (column == nullptr) return Value::string(text);
  switch (column->type) {
    case ColumnType::integer:
    case ColumnType::decimal:
      return Value::number(text);
    case ColumnType::date:
      return Value::string(text + "T12:00:00Z");
    default:
      return Value::string(text);
  }
}

}  // namespace

SampleData built_in_data(std::uint64_t seed) {
  Dice dice(seed);
  SampleData data;
  CsvTable& table = data["currencies"];
  table.header = {"CurrencyCode", "Name"};
  for (const auto& [code, name] : currencies()) table.rows.push_back({code, name});
  data["vendors"] = vendors(dice);
  data["customers"] = customers(dice);
  return data;
}

Result<SampleData> read_sample_data(const std::string& directory) {
  SampleData data;
  for (const char* name : {"currencies", "vendors", "customers"}) {
    auto table = read_csv(directory + "/" + name + ".csv");
    if (!table) return std::unexpected(std::move(table).error());
    data[name] = *std::move(table);
  }
  return data;
}

Result<std::string> finops_body(const MapFile& map, const std::vector<std::string>& header,
                                const std::vector<std::string>& row) {
  std::string body;
  odata::ObjectWriter writer(body);
  if (!map.companies.empty()) writer.member("dataAreaId", Value::string(map.companies.front()));
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (row[i].empty()) continue;
    const ColumnPair* column = map.find(header[i]);
    const bool number =
        column != nullptr && (column->type == ColumnType::integer || column->type == ColumnType::decimal);
    if (number && !exact_number(row[i], 20)) {
      return fail(Errc::invalid,
                  "reading " + map.name + ": " + header[i] + " is \"" + row[i] + "\" and should be a number");
    }
    writer.member(header[i], wire_value(column, row[i]));
  }
  writer.close();
  return body;
}

Result<SideTable> expected_table(const MapFile& map, const CsvTable& data) {
  SideTable table;
  for (const auto& row : data.rows) {
    odata::Entity entity;
    if (!map.companies.empty()) entity.members.emplace_back("dataAreaId", Value::string(map.companies.front()));
    for (std::size_t i = 0; i < data.header.size(); ++i) {
      entity.members.emplace_back(data.header[i], Value::string(row[i]));
    }
    const std::size_t before = table.rows.size();
    add_row(map, Side::finops, entity, table);
    if (table.rows.size() == before) {
      return fail(Errc::invalid, "reading the data of " + map.name + ": row \"" + (row.empty() ? "" : row.front()) +
                                     "\" has no key or one that came before");
    }
  }
  return table;
}

}  // namespace dualwrite::demo
