#include "endpoint/classify.hpp"

#include <gtest/gtest.h>

namespace dualwrite::endpoint {
namespace {

odata::WireError error(std::string code, std::string message) {
  odata::WireError wire;
  wire.code = std::move(code);
  wire.message = std::move(message);
  return wire;
}

odata::WireError infolog(
    std::string inner,
    std::string type = "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException") {
  odata::WireError wire;
  wire.message = "An error has occurred.";
  wire.inner_message = std::move(inner);
  wire.inner_type = std::move(type);
  return wire;
}

constexpr const char* guid = "00000000-0000-0000-0000-00000000000a";

TEST(ClassifyDataverse, TellsAMissingRowFromAMissingParent) {
  const auto row =
      error("0x80040217", "Entity 'account' With Id = 00000000-0000-0000-0000-00000000000A Does Not Exist");
  const auto parent =
      error("0x80040217", "Entity 'transactioncurrency' With Id = 11111111-0000-0000-0000-000000000000 Does Not Exist");
  EXPECT_EQ(classify_dataverse(404, row, WriteKind::update, guid), WriteOutcome::missing);
  EXPECT_EQ(classify_dataverse(404, parent, WriteKind::update, guid), WriteOutcome::parent_missing);
  EXPECT_EQ(classify_dataverse(404, error("0x80060891", "A record with the specified key values does not exist"),
                               WriteKind::create, guid),
            WriteOutcome::parent_missing);
}

TEST(ClassifyDataverse, ReadsCodesInEitherCase) {
  EXPECT_EQ(classify_dataverse(412, error("0X8006088A", ""), WriteKind::update, guid), WriteOutcome::precondition);
  EXPECT_EQ(classify_dataverse(412, error("0x80060882", "version"), WriteKind::update, guid),
            WriteOutcome::precondition);
  EXPECT_EQ(classify_dataverse(412, error("0x80040237", "duplicate"), WriteKind::create, guid), WriteOutcome::exists);
  EXPECT_EQ(classify_dataverse(412, error("0x80060892", "key violated"), WriteKind::create, guid),
            WriteOutcome::exists);
  EXPECT_EQ(classify_dataverse(412, error("0x80060892", "key violated"), WriteKind::update, guid),
            WriteOutcome::refused);
}

TEST(ClassifyDataverse, RefusesRulesRetriesDeadlocksAndDoubtsServerErrors) {
  EXPECT_EQ(classify_dataverse(400, error("0x80044331", "too long"), WriteKind::update, guid), WriteOutcome::refused);
  EXPECT_EQ(classify_dataverse(403, error("0x80040220", "privilege"), WriteKind::update, guid), WriteOutcome::refused);
  EXPECT_EQ(classify_dataverse(400, error("0x80044150", "deadlock"), WriteKind::update, guid), WriteOutcome::retry);
  EXPECT_EQ(classify_dataverse(429, error("0x80072322", "limit"), WriteKind::update, guid), WriteOutcome::retry);
  EXPECT_EQ(classify_dataverse(500, error("", "oops"), WriteKind::update, guid), WriteOutcome::in_doubt);
  EXPECT_EQ(classify_dataverse(204, {}, WriteKind::update, guid), WriteOutcome::done);
}

TEST(ClassifyFinops, DecidesByInfologFragments) {
  EXPECT_EQ(classify_finops(400, infolog("Info: Cannot create a record in Customers. The record already exists."),
                            WriteKind::create),
            WriteOutcome::exists);
  EXPECT_EQ(classify_finops(
                400, infolog("Error: The value 'z' in field 'Currency' is not found in the related table 'Currency'."),
                WriteKind::update),
            WriteOutcome::parent_missing);
  EXPECT_EQ(classify_finops(500, infolog("update conflict occurred due to another user process"), WriteKind::update),
            WriteOutcome::precondition);
  EXPECT_EQ(classify_finops(400, infolog("Error: Field 'Name' must be filled in."), WriteKind::create),
            WriteOutcome::refused);
}

TEST(ClassifyFinops, TakesAValidationFailureAnswered500ForARefusalAndOtherServerErrorsForDoubt) {
  EXPECT_EQ(classify_finops(500, infolog("validateWrite failed"), WriteKind::update), WriteOutcome::refused);
  EXPECT_EQ(classify_finops(500, infolog("timeout", "System.TimeoutException"), WriteKind::update),
            WriteOutcome::in_doubt);
  EXPECT_EQ(classify_finops(412, {}, WriteKind::update), WriteOutcome::precondition);
  EXPECT_EQ(classify_finops(409, {}, WriteKind::update), WriteOutcome::precondition);
  EXPECT_EQ(classify_finops(404, {}, WriteKind::remove), WriteOutcome::missing);
}

TEST(ClassifyRequest, RepeatsOnlyWhatCertainlyHadNoEffect) {
  EXPECT_EQ(classify_request(Error(Errc::unavailable, "")), WriteOutcome::retry);
  EXPECT_EQ(classify_request(Error(Errc::throttled, "")), WriteOutcome::retry);
  EXPECT_EQ(classify_request(Error(Errc::in_doubt, "")), WriteOutcome::in_doubt);
  EXPECT_EQ(classify_request(Error(Errc::limit, "")), WriteOutcome::in_doubt);
}

}  // namespace
}  // namespace dualwrite::endpoint
