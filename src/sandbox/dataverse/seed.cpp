#include "sandbox/dataverse/seed.hpp"

#include <initializer_list>
#include <utility>

#include "dualwrite/base/time.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

using Cells = std::initializer_list<std::pair<std::string_view, std::string>>;

class Seeder {
 public:
  Seeder(State& state, std::string owner)
      : state_(state),
        owner_(std::move(owner)),
        now_(format_instant(std::chrono::floor<std::chrono::seconds>(state.clock.now()))) {}

  void add(std::string_view table_name, const std::string& key, const Cells& cells) {
    Table& table = state_.table(table_name);
    const TableSchema& schema = table.schema();
    Assignments all;
    const auto set = [&](std::string_view name, const std::string& text) {
      if (const auto column = schema.find_name(name)) all.set(*column, text);
    };
    for (const std::string_view name : {"createdon", "modifiedon"}) set(name, now_);
    for (const std::string_view name : {"createdby", "modifiedby"}) set(name, owner_);
    set("statecode", "0");
    set("statuscode", "1");
    if (schema.user_owned) set("ownerid", owner_);
    for (const auto& [name, text] : cells) set(name, text);
    all.set(schema.primary.columns.front(), key);
    transaction_.put(table, key, Record{Row{}.with(all), ++state_.version, 0});
  }

  void commit() { transaction_.commit(); }

 private:
  State& state_;
  std::string owner_;
  std::string now_;
  Transaction transaction_;
};

}  // namespace

void seed(State& state, const std::vector<User>& users, const std::vector<std::string>& companies) {
  Seeder seeder(state, users.front().id);
  seeder.add("organization", state.organization_id, {{"name", "sandbox"}, {"expirechangetrackingindays", "7"}});
  seeder.add("businessunit", state.business_unit_id, {{"name", "sandbox"}});
  for (const User& user : users) {
    seeder.add("systemuser", user.id,
               {{"fullname", user.name},
                {"lastname", user.name},
                {"domainname", user.client_id + "@sandbox"},
                {"businessunitid", state.business_unit_id},
                {"accessmode", "4"},
                {"isdisabled", "0"},
                {"azureactivedirectoryobjectid", user.id}});
  }
  for (const std::string& company : companies) {
    seeder.add("cdm_company", seed_guid("company/" + company), {{"cdm_companycode", company}, {"cdm_name", company}});
  }
  for (const std::string_view message :
       {"Create", "Update", "Delete", "CreateMultiple", "UpdateMultiple", "UpsertMultiple"}) {
    const std::string name(message);
    const std::string id = seed_guid("message/" + name);
    seeder.add("sdkmessage", id, {{"name", name}, {"categoryname", "CRUD"}});
    for (const TableSchema& table : state.database.schema.tables) {
      seeder.add("sdkmessagefilter", seed_guid("filter/" + name + "/" + table.name),
                 {{"sdkmessageid", id},
                  {"primaryobjecttypecode", table.name},
                  {"secondaryobjecttypecode", "none"},
                  {"iscustomprocessingstepallowed", "1"}});
    }
  }
  seeder.commit();
}

}  // namespace dualwrite::sandbox::dataverse
