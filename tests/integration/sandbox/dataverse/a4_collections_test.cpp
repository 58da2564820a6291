// Collection-valued navigation properties.
#include "integration/sandbox/dataverse/facts.hpp"
#include "sandbox/dataverse/collections.hpp"

namespace dualwrite::sandbox {
namespace {

class A4Collections : public SandboxTest {
 protected:
  std::string parent = account("P");
  std::string child = account("C");
  std::string path = "accounts(" + parent + ")/account_parent_account";
  static std::string reference(const std::string& id) {
    return R"({"@odata.id":"http://127.0.0.1:8701/api/data/v9.2/accounts()" + id + ")\"}";
  }
  json parent_of(const std::string& id) {
    return dv_get("accounts(" + id + ")?$select=_parentaccountid_value")["_parentaccountid_value"];
  }
};

TEST_F(A4Collections, APostToItsRefAssociatesARow) {
  const http::Response answer = dv("POST", path + "/$ref", reference(child));
  EXPECT_EQ(answer.status, 204) << answer.body;
  EXPECT_EQ(parent_of(child), parent);
}

TEST_F(A4Collections, ADeleteOfAMembersRefDisassociatesIt) {
  dv("POST", path + "/$ref", reference(child));
  EXPECT_EQ(dv("DELETE", path + "(" + child + ")/$ref").status, 204);
  EXPECT_EQ(parent_of(child), nullptr);
  EXPECT_EQ(dv("DELETE", path + "(" + child + ")/$ref").status, 404) << "it is no member any more";
}

TEST_F(A4Collections, ADeleteMayNameTheMemberByItsAddress) {
  dv("POST", path + "/$ref", reference(child));
  EXPECT_EQ(dv("DELETE", path + "/$ref?$id=http://127.0.0.1:8701/api/data/v9.2/accounts(" + child + ")").status, 204);
  EXPECT_EQ(parent_of(child), nullptr);
}

TEST_F(A4Collections, ARowThatIsNotThereIsNotAssociated) {
  const http::Response answer = dv("POST", path + "/$ref", reference("00000000-0000-0000-0000-00000000000f"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(code_of(answer), "0x80040217");
  EXPECT_EQ(dv("POST", path + "/$ref", R"({"name":"x"})").status, 400);
  EXPECT_EQ(
      dv("POST", "accounts(00000000-0000-0000-0000-00000000000f)/account_parent_account/$ref", reference(child)).status,
      404);
}

TEST_F(A4Collections, ItsMembersAreListedCountedAndFiltered) {
  const std::string second = account("D");
  dv("POST", path + "/$ref", reference(child));
  dv("POST", path + "/$ref", reference(second));
  const json all = dv_get(path + "?$select=accountnumber&$orderby=accountnumber desc");
  EXPECT_EQ(all["@odata.context"], "http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts(accountnumber)");
  ASSERT_EQ(all["value"].size(), 2U);
  EXPECT_EQ(all["value"][0]["accountnumber"], "D");
  EXPECT_EQ(dv("GET", path + "/$count").body, "2");
  EXPECT_EQ(dv_get(path + "?$filter=accountnumber eq 'C' or accountnumber eq 'P'")["value"].size(), 1U);
}

TEST_F(A4Collections, ItsPagesLeadOn) {
  for (const char* number : {"D", "E"}) dv("POST", path + "/$ref", reference(account(number)));
  const json first = dv_get(path + "?$select=name", {{"Prefer", "odata.maxpagesize=1"}});
  ASSERT_EQ(first["value"].size(), 1U);
  const json second =
      dv_get(below_root(first["@odata.nextLink"].get<std::string>()), {{"Prefer", "odata.maxpagesize=1"}});
  ASSERT_EQ(second["value"].size(), 1U);
  EXPECT_NE(first["value"][0]["accountid"], second["value"][0]["accountid"]);
  EXPECT_FALSE(second.contains("@odata.nextLink"));
}

TEST_F(A4Collections, AnAssociationIsAnUpdateOfTheRowThatPoints) {
  const json before = dv_get("accounts?$select=name", {{"Prefer", "odata.track-changes"}});
  const std::string link = below_root(before["@odata.deltaLink"].get<std::string>());
  dv("POST", path + "/$ref", reference(child));
  const json changes = dv_get(link)["value"];
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0]["accountid"], child);
}

TEST_F(A4Collections, StandInTheMetadataWithTheirPartner) {
  const std::string xml = dv("GET", "$metadata").body;
  EXPECT_NE(xml.find(R"x(<NavigationProperty Name="contact_customer_accounts" Type="Collection(mscrm.contact)" )x"
                     R"(Partner="parentcustomerid_account"/>)"),
            std::string::npos);
  EXPECT_NE(xml.find(R"(<NavigationProperty Name="parentaccountid" Type="mscrm.account" Nullable="false" )"
                     R"(Partner="account_parent_account">)"),
            std::string::npos);
}

TEST_F(A4Collections, TheStepsOfAnEndpointAreListed) {
  const std::string endpoint = dv_create(
      "serviceendpoints", R"({"name":"x","url":"http://127.0.0.1/hook","contract":8,"authtype":4,"authvalue":"x"})");
  const std::string steps = "serviceendpoints(" + endpoint + ")/serviceendpoint_sdkmessageprocessingstep";
  EXPECT_TRUE(dv_get(steps)["value"].empty());
}

TEST_F(A4Collections, EachIsFoundByItsNameAsTheMetadataListsIt) {
  const Schema& schema = dataverse.state().database.schema;
  const auto all = dataverse::collections_of(schema);
  ASSERT_EQ(all.size(), schema.tables.size());
  std::size_t count = 0;
  for (const TableSchema& table : schema.tables) {
    for (const dataverse::Collection& listed : all[table.id]) {
      const auto found = dataverse::find_collection(schema, table, listed.name);
      ASSERT_TRUE(found) << table.name << "/" << listed.name;
      EXPECT_EQ(std::pair(found->table, found->column), std::pair(listed.table, listed.column)) << listed.name;
      ++count;
    }
  }
  EXPECT_GT(count, 100U);
}

}  // namespace
}  // namespace dualwrite::sandbox
