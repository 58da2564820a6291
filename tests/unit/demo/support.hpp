#pragma once
// A small map and rows for it.
#include <string>
#include <utility>
#include <vector>

#include "demo/tables.hpp"

namespace dualwrite::demo {

inline ColumnPair plain_column(std::string finops, std::string dataverse, ColumnType type = ColumnType::text) {
  ColumnPair column;
  column.finops = std::move(finops);
  column.dataverse = std::move(dataverse);
  column.type = type;
  return column;
}

inline MapFile customer_map() {
  MapFile map;
  map.name = "customers";
  map.finops_entity = "CustomersV3";
  map.dataverse_table = "account";
  map.dataverse_set = "accounts";
  map.dataverse_id = "accountid";
  map.companies = {"usmf"};
  ColumnPair company = plain_column("dataAreaId", "msdyn_company/cdm_companycode");
  company.key = true;
  company.navigation = "msdyn_company";
  company.lookup_set = "cdm_companies";
  company.lookup_column = "cdm_companycode";
  ColumnPair number = plain_column("CustomerAccount", "accountnumber");
  number.key = true;
  map.columns = {company, number, plain_column("OrganizationName", "name"),
                 plain_column("AddressCity", "address1_city"),
                 plain_column("CreditLimit", "creditlimit", ColumnType::decimal)};
  return map;
}

/// A row of customer_map().
inline TableRow customer(const std::string& number, const std::string& name, const std::string& city = "",
                         const std::string& limit = "0") {
  TableRow row;
  row.endpoint_key = "key of " + number;
  row.cells = {"usmf", number, name, city, limit};
  return row;
}

}  // namespace dualwrite::demo
