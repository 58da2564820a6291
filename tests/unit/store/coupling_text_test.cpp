#include "store/codec/coupling_text.hpp"

#include <gtest/gtest.h>

#include "store/codec/json_reader.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using test::at;

// The parts of a coupling that are columns of their own.
Coupling without_state(const Coupling& coupling) {
  Coupling out;
  out.record = coupling.record;
  for (const Side side : both_sides) {
    out.sides[side].key = coupling.sides[side].key;
    out.sides[side].token = coupling.sides[side].token;
  }
  return out;
}

TEST(CouplingText, GivesBackEveryGeneratedCoupling) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::Generator generator(seed);

  for (int i = 0; i < 5000; ++i) {
    const Coupling coupling = generator.coupling(RecordRef(MapId(1), RecordKey("k")));
    const std::string text = coupling_text(coupling);
    Coupling back = without_state(coupling);
    const auto read = read_coupling_text(text, back);
    ASSERT_TRUE(read) << read.error().text() << "\n" << text;
    ASSERT_TRUE(back == coupling) << text << "\n" << coupling_text(back);
  }
}

TEST(CouplingText, IsShortAndReadable) {
  Coupling coupling;
  coupling.incarnation = 2;
  const EditTime stamp(at(1000), at(1999), TimeSource::stamp);
  coupling.agreed.emplace();
  coupling.agreed->emplace_back(Value::string("Contoso"), stamp, Side::finops);
  coupling.agreed->emplace_back(Value::number("1.10"), stamp, Side::finops);
  coupling.agreed->emplace_back(Value::null(), EditTime(), Side::dataverse);
  coupling.sides[Side::finops].shadow = Row{Value::string("Contoso"), Value::number("1.10"), Value::boolean(true)};
  Intent intent;
  intent.id = IntentId(7);
  intent.guard = "W/\"1\"";
  intent.cells.emplace_back(2, Value::null());
  intent.decided_at = at(3000);
  coupling.sides[Side::finops].intents.push_back(intent);
  coupling.sides[Side::dataverse].shadow = Row{Value::string("Contoso"), Value::number("1.10"), Value::null()};

  EXPECT_EQ(coupling_text(coupling),
            R"({"v":3,"incarnation":2,"agreed":["Contoso",1.10,null],)"
            R"("times":[[1000,1999,"stamp","finops"],[0,0,"none","dataverse"]],"at":[0,0,1],)"
            R"("finops":{"differs":{"2":true},"intents":[{"id":7,"kind":"update","guard":"W/\"1\"",)"
            R"("cells":[[2,null]],"at":3000}]},"dataverse":{"differs":{}}})");
}

TEST(CouplingText, SaysNothingOfARecordWithoutState) {
  EXPECT_EQ(coupling_text(Coupling()), R"({"v":3})");
}

TEST(CouplingText, KeepsTextThatIsNoUtf8AndNumbersThatAreNoJson) {
  Coupling coupling;
  coupling.sides[Side::finops].shadow = Row{Value::string("\xff"), Value::number("NaN"), Value()};

  EXPECT_EQ(coupling_text(coupling), R"({"v":3,"finops":{"row":[{"bytes":"ff"},{"number":"NaN"},[]]}})");
}

TEST(CouplingText, ReadsEscapesAndWhiteSpaceThatAPersonPutIn) {
  Coupling coupling;
  const auto read =
      read_coupling_text(R"({ "v": 1, "dataverse": {"row": ["\ud83d\ude9a\u00e9\/", -1e5 ]} })", coupling);

  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(coupling.sides[Side::dataverse].shadow, (Row{Value::string("🚚é/"), Value::number("-1e5")}));
}

TEST(CouplingText, ShowsWhatWaitsForAPerson) {
  Coupling coupling;
  coupling.agreed.emplace();
  coupling.agreed->emplace_back(Value::string("a"), EditTime(), Side::finops);
  coupling.held.emplace_back(0, HoldReason::oscillation);
  coupling.held_deletion = Side::dataverse;
  coupling.turns.emplace_back(0, 4, at(3000), Value::string("x"));
  coupling.sides[Side::finops].strayed.emplace_back(0, Value::string("s"));

  EXPECT_EQ(coupling_text(coupling),
            R"({"v":3,"agreed":["a"],"times":[[0,0,"none","finops"]],)"
            R"("held":[[0,"oscillation"]],)"
            R"("heldDeletion":"dataverse","turns":[[0,4,3000,"x"]],"finops":{"strayed":[[0,"s"]]}})");
}

class Damaged : public testing::TestWithParam<const char*> {};

TEST_P(Damaged, IsAStorageErrorAndNotACrash) {
  Coupling coupling;
  const auto read = read_coupling_text(GetParam(), coupling);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::storage);
}

INSTANTIATE_TEST_SUITE_P(
    CouplingText, Damaged,
    testing::Values("", "{", "[]", "{}", R"({"v":4})", R"({"v":0})", R"({"v":2,"held":[[0,"conflict"]]})",
                    R"({"v":2,"uncoupled":false})", R"({"v":2,"heldDeletion":"left"})",
                    R"({"v":2,"turns":[[0,-1,0,1]]})", R"({"v":1}x)", R"({"v":1,"agreed":["a"]})",
                    R"({"v":1,"agreed":["a"],"times":[[0,0,"none","finops"]],"at":[1]})",
                    R"({"v":1,"agreed":["a"],"times":[[0,0,"none","finops"]],"at":[0,0]})",
                    R"({"v":1,"finops":{"differs":{}}})", R"({"v":1,"agreed":[],"finops":{"differs":{"0":1}}})",
                    R"({"v":1,"finops":{"row":["\ud83d"]}})", R"({"v":1,"finops":{"row":["a)",
                    R"({"v":1,"finops":{"row":[{"bytes":"f"}]}})", R"({"v":1,"finops":{"row":[{"bytes":"zz"}]}})",
                    R"({"v":1,"incarnation":-1})", R"({"v":1,"incarnation":4294967296})",
                    R"({"v":1,"deleted":99999999999999999999})", R"({"v":1,"surprise":1})",
                    R"({"v":1,"finops":{"row":[[[[[[)", R"({"v":1,"finops":{"row":[01]}})",
                    R"({"v":1,"finops":{"intents":[{"kind":"upsert"}]}})", R"({"v":1,"finops":{"row":["\x"]}})",
                    R"({"v":1,"finops":{"row":["\u12g4"]}})", R"({"v":1,"finops":{"row":[tru]}})"));

TEST(CouplingText, EveryTruncationIsRefused) {
  test::Generator generator(7);
  const std::string text = coupling_text(generator.coupling(RecordRef(MapId(1), RecordKey("k"))));
  for (std::size_t length = 0; length < text.size(); ++length) {
    Coupling coupling;
    EXPECT_FALSE(read_coupling_text(std::string_view(text).substr(0, length), coupling)) << length;
  }
}

TEST(JsonNumber, IsTheGrammarOfRfc8259) {
  for (const char* good : {"0", "-0", "10", "1.5", "1e5", "1E+5", "-1.5e-5", "123456789012345678901234567890"}) {
    EXPECT_TRUE(is_json_number(good)) << good;
  }
  for (const char* bad : {"", "-", "+1", "01", ".5", "5.", "1e", "1e+", "0x1", "NaN", "1 ", " 1", "1,2"}) {
    EXPECT_FALSE(is_json_number(bad)) << bad;
  }
}

}  // namespace
}  // namespace dualwrite::store
