#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::odata {
namespace {

TEST(WireError, ReadsTheDataverseShape) {
  const WireError error =
      parse_error(R"({"error":{"code":"0x80040217","message":"Entity 'account' With Id = 1 Does Not Exist",)"
                  R"("@Microsoft.PowerApps.CDS.HelpLink":"x"}})");

  EXPECT_EQ(error.code, "0x80040217");
  EXPECT_EQ(error.message, "Entity 'account' With Id = 1 Does Not Exist");
  EXPECT_EQ(error.inner_message, "");
  EXPECT_EQ(error.text(), "Entity 'account' With Id = 1 Does Not Exist");
}

TEST(WireError, ReadsTheFinanceShape) {
  const WireError error =
      parse_error(R"({"error":{"code":"","message":"An error has occurred.",)"
                  R"("innererror":{"message":"Write failed for table row of type 'CustCustomerGroupEntity'. Infolog: )"
                  R"(Info: Cannot create a record in Customer groups (CustGroup). Customer group: 10, x.\nThe )"
                  R"(record already exists.; Error: Field 'Y' must be filled in.",)"
                  R"("type":"Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException",)"
                  R"("stacktrace":"   at X"}}})");

  EXPECT_EQ(error.code, "");
  EXPECT_EQ(error.message, "An error has occurred.");
  EXPECT_EQ(error.inner_type, "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException");
  EXPECT_EQ(error.text(), "Field 'Y' must be filled in.");
}

TEST(WireError, PicksTheMostTellingText) {
  struct Case {
    std::string inner;
    std::string text;
  };
  const std::vector<Case> cases{
      {"", "outer"},
      {"No infolog here; Error: x", "No infolog here; Error: x"},
      {"W. Infolog: Error: only one.", "only one."},
      {"W. Infolog: Warning: first; Error: second; ", "second"},
      {"W. Infolog: Info: first; Warning: a text; with a semicolon", "a text; with a semicolon"},
      {"W. Infolog: Info: first; Warning: two;Error: three", "three"},
      {"W. Infolog: Info: Cannot create.\nThe record already exists.", "Cannot create.\nThe record already exists."},
      {"W. Infolog: Warning: Field 'G' must be filled in.; Error: validateWrite failed on data source 'C (C)'",
       "Field 'G' must be filled in."},
      {"W. Infolog: Error: validateWrite failed on data source 'C (C)'", "validateWrite failed on data source 'C (C)'"},
      {"W. Infolog: no prefix", "no prefix"},
      {"W. Infolog: ", "W. Infolog: "},
      {"W. Infolog: Error: ; Error: ;", "W. Infolog: Error: ; Error: ;"},
  };
  for (const Case& c : cases) {
    WireError error;
    error.message = "outer";
    error.inner_message = c.inner;
    EXPECT_EQ(error.text(), c.text) << c.inner;
  }
}

TEST(WireError, ReadsTheShapesOfTokenServicesAndOlderStacks) {
  const WireError token =
      parse_error(R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.",)"
                  R"("error_codes":[7000215]})");
  EXPECT_EQ(token.code, "invalid_client");
  EXPECT_EQ(token.text(), "AADSTS7000215: Invalid client secret provided.");

  EXPECT_EQ(parse_error(R"({"Message":"No HTTP resource was found."})").text(), "No HTTP resource was found.");
  EXPECT_EQ(parse_error(R"({"error":{"code":"","message":{"lang":"en","value":"older"}}})").text(), "older");
}

TEST(WireError, TakesTheFirstBytesOfABodyThatIsNone) {
  EXPECT_EQ(parse_error("").text(), "");
  EXPECT_EQ(parse_error("<html>\r\n<b>502</b>").text(), "<html>  <b>502</b>");
  EXPECT_EQ(parse_error("{\"x\":1}").text(), "{\"x\":1}");
  EXPECT_EQ(parse_error(std::string(5000, 'x')).text(), std::string(200, 'x'));
  EXPECT_EQ(parse_error("a\xff\x01z").text(), "a? z");
  EXPECT_EQ(parse_error(std::string(100'000, '[')).text(), std::string(200, '['));
}

TEST(WireError, CutsTheFirstBytesBetweenCharacters) {
  for (std::size_t lead = 195; lead <= 200; ++lead) {
    const std::string text = parse_error(std::string(lead, 'x') + "😀😀").text();
    EXPECT_TRUE(is_utf8(text)) << lead;
    EXPECT_EQ(text, std::string(lead, 'x') + (lead <= 196 ? "😀" : "")) << lead;
  }
}

}  // namespace
}  // namespace dualwrite::odata
