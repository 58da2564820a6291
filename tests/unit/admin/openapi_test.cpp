// The OpenAPI document against the route table, and against what the routes really answer.
#include <fstream>
#include <set>

#include "admin/routes.hpp"
#include "api_fixture.hpp"
#include "dualwrite/base/text.hpp"
#include "support/schema_check.hpp"

namespace dualwrite::test {
namespace {

using nlohmann::json;

const json& document() {
  static const json read = [] {
    std::ifstream in(DUALWRITE_SOURCE_DIR "/src/admin/openapi.json");
    return json::parse(in);
  }();
  return read;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

const json& operation_of(const admin::Route& route) {
  return document().at("paths").at(std::string(route.path)).at(ascii_lower(route.method));
}

/// The names of the operation's parameters that stand in `place`.
std::set<std::string> parameters(const json& operation, const std::string& place) {
  std::set<std::string> names;
  const SchemaCheck check(document());
  for (const json& reference : operation.value("parameters", json::array())) {
    const json& parameter = check.resolve(reference.at("$ref"));
    if (parameter.at("in") == place) names.insert(parameter.at("name"));
  }
  return names;
}

TEST(Openapi, HasExactlyTheRoutes) {
  std::set<std::string> documented;
  for (const auto& [path, methods] : document().at("paths").items()) {
    for (const auto& [method, unused] : methods.items()) documented.insert(upper(method) + " " + path);
  }
  std::set<std::string> routed;
  for (const admin::Route& route : admin::routes())
    routed.insert(std::string(route.method) + " " + std::string(route.path));

  EXPECT_EQ(documented, routed);
}

TEST(Openapi, HasExactlyTheParametersAndBodiesOfEachRoute) {
  const SchemaCheck check(document());
  for (const admin::Route& route : admin::routes()) {
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.path));
    const json& operation = operation_of(route);
    EXPECT_EQ(parameters(operation, "query"), std::set<std::string>(route.query.begin(), route.query.end()));
    for (const std::string& name : parameters(operation, "path")) {
      EXPECT_NE(route.path.find("{" + name + "}"), std::string_view::npos) << name;
    }
    EXPECT_EQ(parameters(operation, "path").size(),
              static_cast<std::size_t>(std::count(route.path.begin(), route.path.end(), '{')));
    EXPECT_EQ(operation.contains("security") && operation.at("security").empty(), route.is_open);

    ASSERT_EQ(operation.contains("requestBody"), !route.body.empty());
    if (route.body.empty()) continue;
    const json& body = operation.at("requestBody");
    const json& schema = check.resolve(body.at("content").at("application/json").at("schema").at("$ref"));
    std::set<std::string> names;
    std::set<std::string> required;
    for (const admin::Member& member : route.body) {
      names.emplace(member.name);
      if (member.required) required.emplace(member.name);
    }
    std::set<std::string> documented;
    for (const auto& [name, unused] : schema.at("properties").items()) documented.insert(name);
    EXPECT_EQ(documented, names);
    EXPECT_EQ(schema.at("required").get<std::set<std::string>>(), required);
    EXPECT_EQ(body.at("required"), !required.empty());
  }
}

TEST(Openapi, ResolvesEveryReferenceAndUsesEverySchema) {
  const std::string text = document().dump();
  const SchemaCheck check(document());
  const std::string opening = "\"$ref\":\"";
  std::set<std::string> used;
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at + 1)) {
    const std::size_t begin = at + opening.size();
    const std::string reference = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_NO_THROW((void)check.resolve(reference)) << reference;
    used.insert(reference);
  }
  for (const char* kind : {"schemas", "parameters", "responses"}) {
    for (const auto& [name, unused] : document().at("components").at(kind).items()) {
      EXPECT_TRUE(used.contains("#/components/" + std::string(kind) + "/" + name)) << name << " is not used";
    }
  }
}

/// The texts of all enumerators from the first to `last`.
template <class Enum>
std::vector<std::string> names_up_to(Enum last) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.emplace_back(to_string(static_cast<Enum>(i)));
  return names;
}

TEST(Openapi, ListsEveryNameThatTheCodeHas) {
  using Names = std::vector<std::string>;
  const json& schemas = document().at("components").at("schemas");
  const auto documented = [&schemas](const char* schema, const char* property) {
    return schemas.at(schema).at("properties").at(property).at("enum").get<Names>();
  };

  EXPECT_EQ(documented("Map", "state"), names_up_to(store::MapState::held));
  EXPECT_EQ(documented("JournalLine", "kind"), names_up_to(store::JournalKind::renamed));
  EXPECT_EQ(documented("DeadLetter", "state"), names_up_to(store::DeadLetterState::discarded));
  EXPECT_EQ(documented("InitialSync", "state"), names_up_to(sync::InitialSyncProgress::State::failed));
  EXPECT_EQ(documented("ReplayOutcome", "outcome"), names_up_to(sync::ReplayOutcome::queued));
  EXPECT_EQ(documented("EditTime", "source"), names_up_to(TimeSource::none));
  EXPECT_EQ(schemas.at("Side").at("enum").get<Names>(), names_up_to(Side::dataverse));
  const json& parameters_of = document().at("components").at("parameters");
  EXPECT_EQ(parameters_of.at("kindQuery").at("schema").at("enum").get<Names>(),
            names_up_to(store::JournalKind::renamed));
  EXPECT_EQ(parameters_of.at("stateQuery").at("schema").at("enum").get<Names>(),
            names_up_to(store::DeadLetterState::discarded));
}

/// Every route once, with a reply of each documented kind.
class OpenapiReplies : public ApiTest {
 protected:
  void expect_documented(const std::string& method, const std::string& path, const http::Response& response) {
    SCOPED_TRACE(method + " " + path + " -> " + std::to_string(response.status));
    const json& replies = document().at("paths").at(path).at(ascii_lower(method)).at("responses");
    const SchemaCheck check(document());
    const std::string status = std::to_string(response.status);
    const json* reply =
        replies.contains(status) ? &replies.at(status) : &check.resolve(replies.at("default").at("$ref"));
    const std::string type(response.headers.get("Content-Type"));
    const std::string plain = type.substr(0, type.find(';'));
    ASSERT_TRUE(reply->at("content").contains(plain)) << plain;
    seen_.insert(method + " " + path);
    if (plain == "text/plain") return;
    EXPECT_EQ(check.wrong(reply->at("content").at(plain).at("schema"), json::parse(response.body), ""), "")
        << response.body;
  }

  std::set<std::string> seen_;
};

TEST_F(OpenapiReplies, HoldEveryRequiredMemberAndNoOther) {
  const std::string api_path = "/api/v1";
  expect_documented("GET", api_path + "/status", get("/api/v1/status"));
  expect_documented("GET", api_path + "/maps", get("/api/v1/maps"));
  expect_documented("GET", api_path + "/maps/{map}", get("/api/v1/maps/customers"));
  expect_documented("GET", api_path + "/maps/{map}", get("/api/v1/maps/none"));
  for (const char* action : {"start", "pause", "resume", "approve", "stop"}) {
    expect_documented("POST", api_path + "/maps/{map}/" + action, post(std::string("/api/v1/maps/vendors/") + action));
    expect_documented("POST", api_path + "/maps/{map}/" + action, post(std::string("/api/v1/maps/none/") + action));
  }
  expect_documented("GET", api_path + "/maps/{map}/initial-sync", get("/api/v1/maps/customers/initial-sync"));
  expect_documented("POST", api_path + "/maps/{map}/initial-sync",
                    post("/api/v1/maps/vendors/initial-sync", R"({"master":"finops"})"));
  expect_documented("GET", api_path + "/dead-letters", get("/api/v1/dead-letters"));
  expect_documented("GET", api_path + "/dead-letters", get("/api/v1/dead-letters?limit=1"));
  expect_documented("GET", api_path + "/dead-letters", get("/api/v1/dead-letters?limit=0"));
  expect_documented("GET", api_path + "/dead-letters/{id}", get("/api/v1/dead-letters/7"));
  expect_documented("POST", api_path + "/dead-letters/{id}/replay", post("/api/v1/dead-letters/7/replay"));
  expect_documented("POST", api_path + "/dead-letters/replay", post("/api/v1/dead-letters/replay"));
  expect_documented("POST", api_path + "/dead-letters/{id}/resolve",
                    post("/api/v1/dead-letters/7/resolve", R"({"winner":"finops"})"));
  expect_documented("POST", api_path + "/dead-letters/{id}/discard",
                    post("/api/v1/dead-letters/7/discard", R"({"reason":"x"})"));
  expect_documented("GET", api_path + "/conflicts", get("/api/v1/conflicts"));
  expect_documented("GET", api_path + "/conflicts", get("/api/v1/conflicts?limit=1"));
  expect_documented("GET", api_path + "/activity", get("/api/v1/activity"));
  expect_documented("GET", api_path + "/records/{map}/{key}", get("/api/v1/records/customers/usmf%7Cus-001"));
  expect_documented("GET", api_path + "/openapi.json", get("/api/v1/openapi.json"));
  expect_documented("GET", "/metrics", get("/metrics"));
  expect_documented("GET", "/healthz", get("/healthz"));
  expect_documented("GET", "/readyz", get("/readyz"));
  clock.advance(std::chrono::hours(1));
  readiness = admin::Readiness(false, "starting");
  expect_documented("GET", "/healthz", get("/healthz"));
  expect_documented("GET", "/readyz", get("/readyz"));

  std::set<std::string> all;
  for (const admin::Route& route : admin::routes())
    all.insert(std::string(route.method) + " " + std::string(route.path));
  EXPECT_EQ(seen_, all) << "a route without a reply in this test";
}

TEST_F(OpenapiReplies, HoldForAnEmptyLinkToo) {
  control = FakeControl();

  expect_documented("GET", "/api/v1/status", get("/api/v1/status"));
  expect_documented("GET", "/api/v1/maps", get("/api/v1/maps"));
  expect_documented("GET", "/api/v1/dead-letters", get("/api/v1/dead-letters"));
  expect_documented("GET", "/api/v1/conflicts", get("/api/v1/conflicts"));
  expect_documented("GET", "/api/v1/records/{map}/{key}", get("/api/v1/records/customers/x"));
}

TEST_F(OpenapiReplies, ServeTheDocumentThatIsInTheSource) {
  EXPECT_EQ(json::parse(get("/api/v1/openapi.json").body), document());
}

}  // namespace
}  // namespace dualwrite::test
