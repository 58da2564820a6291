#include "simulation/terms.hpp"

#include <nlohmann/json.hpp>

#include "simulation/dice.hpp"

namespace dualwrite::simulation {

using nlohmann::ordered_json;

namespace {

constexpr const char* dataverse_names[columns] = {"msdyn_name", "msdyn_creditrating", "msdyn_dunsnumber"};
constexpr const char* filled = "f0";
constexpr std::uint64_t own_dice = 0x7e2a5;  // so that the seed's main dice do not begin with the same numbers

ConflictRule choose_rule(Dice& dice) {
  constexpr ConflictRule others[] = {ConflictRule::finops_wins, ConflictRule::dataverse_wins, ConflictRule::manual};
  return dice.chance(500) ? ConflictRule::newest_wins : others[dice.below(3)];
}

void choose_plug_ins(Dice& dice, Terms& terms) {
  constexpr PlugIn gentle[] = {PlugIn::upper, PlugIn::lower, PlugIn::cut, PlugIn::fill};
  const std::size_t column = dice.below(columns);
  if (dice.chance(150)) {
    const bool swapped = dice.chance(500);
    terms.plug_ins[column] = PerSide<PlugIn>(swapped ? PlugIn::lower : PlugIn::upper,  //
                                             swapped ? PlugIn::upper : PlugIn::lower);
    return;
  }
  const Side side = dice.chance(500) ? Side::finops : Side::dataverse;
  const PlugIn plug_in = gentle[dice.below(4)];
  // The first column is mandatory in F&O: it has no blanks.
  terms.plug_ins[plug_in == PlugIn::fill ? 1 + column % 2 : column][side] = plug_in;
}

const char* name_of(PlugIn plug_in) {
  constexpr const char* names[] = {"", "upper", "lower", "cut", "fill"};
  return names[static_cast<std::size_t>(plug_in)];
}

}  // namespace

std::optional<TermsKind> parse_terms_kind(std::string_view text) noexcept {
  if (text == "plain") return TermsKind::plain;
  if (text == "chosen") return TermsKind::chosen;
  return std::nullopt;
}

std::string altered(PlugIn plug_in, const std::string& value) {
  std::string out = value;
  switch (plug_in) {
    case PlugIn::none:
      break;
    case PlugIn::upper:
      if (out.starts_with('v')) out.front() = 'V';
      break;
    case PlugIn::lower:
      if (out.starts_with('V')) out.front() = 'v';
      break;
    case PlugIn::cut:
      out = out.substr(0, out.find('.'));
      break;
    case PlugIn::fill:
      if (out.empty()) out = filled;
      break;
  }
  return out;
}

Terms make_terms(TermsKind kind, std::uint64_t seed) {
  Terms terms;
  if (kind == TermsKind::plain) return terms;
  Dice dice(seed ^ own_dice);
  terms.conflict.fill(choose_rule(dice));
  if (dice.chance(300)) terms.conflict[dice.below(columns)] = choose_rule(dice);
  if (dice.chance(300)) {
    const std::size_t alone = dice.below(columns + 1);  // columns: none is alone
    for (std::size_t column = 0; column < columns; ++column) terms.group[column] = column == alone ? 0 : 1;
    const ConflictRule rule = terms.conflict[alone == 0 ? 1 : 0];
    for (std::size_t column = 0; column < columns; ++column) {
      if (terms.group[column] != 0) terms.conflict[column] = rule;
    }
  }
  terms.tie_break = dice.chance(500) ? Side::finops : Side::dataverse;
  constexpr DeletePolicy others[] = {DeletePolicy::edit_restores, DeletePolicy::uncouple, DeletePolicy::manual};
  terms.deletion = dice.chance(500) ? DeletePolicy::delete_wins : others[dice.below(3)];
  if (dice.chance(250)) choose_plug_ins(dice, terms);
  terms.stamps = !dice.chance(250);
  return terms;
}

std::string Terms::text() const {
  std::string out = "terms: delete " + std::string(to_string(deletion)) + ", tie " + std::string(to_string(tie_break)) +
                    (stamps ? "" : ", no stamps");
  for (std::size_t column = 0; column < columns; ++column) {
    out += std::string("; ") + column_names[column] + " " + std::string(to_string(conflict[column]));
    if (group[column] != 0) out += " group " + std::to_string(group[column]);
    for (const Side side : both_sides) {
      const PlugIn plug_in = plug_ins[column][side];
      if (plug_in != PlugIn::none) out += std::string(" ") + name_of(plug_in) + " in " + std::string(to_string(side));
    }
  }
  return out;
}

std::string map_text(const Terms& terms) {
  ordered_json map;
  map["name"] = "things";
  map["finops"]["entity"] = "VendorsV2";
  map["dataverse"]["table"] = "msdyn_vendor";
  map["dataverse"]["set"] = "msdyn_vendors";
  map["dataverse"]["id"] = "msdyn_vendorid";
  if (!terms.stamps) map["dataverse"]["stamp"] = nullptr;
  map["companies"] = {"usmf"};
  map["conflict"] = "newest-wins";
  map["tieBreak"] = to_string(terms.tie_break);
  map["delete"] = to_string(terms.deletion);
  ordered_json company;
  company["finops"] = "dataAreaId";
  company["dataverse"] = "msdyn_company/cdm_companycode";
  company["key"] = true;
  company["lookup"]["set"] = "cdm_companies";
  company["lookup"]["id"] = "cdm_companyid";
  ordered_json account;
  account["finops"] = "VendorAccountNumber";
  account["dataverse"] = "msdyn_vendoraccountnumber";
  account["key"] = true;
  map["columns"] = ordered_json::array();
  map["columns"].push_back(std::move(company));
  map["columns"].push_back(std::move(account));
  for (std::size_t column = 0; column < columns; ++column) {
    ordered_json plain;
    plain["finops"] = column_names[column];
    plain["dataverse"] = dataverse_names[column];
    plain["conflict"] = to_string(terms.conflict[column]);
    if (terms.group[column] != 0) plain["group"] = "g" + std::to_string(terms.group[column]);
    map["columns"].push_back(std::move(plain));
  }
  return map.dump();
}

}  // namespace dualwrite::simulation
