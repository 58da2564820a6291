#pragma once
// What the F&O facts share: a fixture for each section, and a second service that is switched otherwise.
#include <string>
#include <utility>

#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {

class FinopsTest : public SandboxTest {
 protected:
  explicit FinopsTest(SandboxSettings given = {}) : SandboxTest(std::move(given)) {}

  /// A request whose target is written in full.
  http::Response at(const std::string& method, const std::string& target, const std::string& body = {},
                    HeaderPairs headers = {}) {
    return finops.handle(request(method, encoded(target), body, headers, finops_token, "127.0.0.1:8702"));
  }
  json at_get(const std::string& target) {
    const http::Response response = at("GET", target);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return json::parse(response.body);
  }
  http::Response control(const std::string& method, const std::string& path, const std::string& body = {}) {
    Controlled on;
    on.dataverse = &dataverse;
    on.finops = &finops;
    on.tokens = &tokens;
    return sandbox::control(on, http::Request(method, "/_sandbox/" + path, {}, body));
  }
  /// The texts of one column, in the order of the rows.
  std::string column(const std::string& name, const std::string& query) {
    std::string all;
    for (const json& row : fo_get(query)["value"]) {
      all += (all.empty() ? "" : ",") + (row[name].is_string() ? row[name].get<std::string>() : row[name].dump());
    }
    return all;
  }
  void reading(const std::string& id, const std::string& more = {}) {
    EXPECT_EQ(fo("POST", "MeterReadings", R"({"MeterId":")" + id + "\"" + more + "}").status, 201);
  }
  http::Response tariff(const std::string& meter, int step, const std::string& more = {}) {
    return fo("POST", "MeterTariffs",
              R"({"dataAreaId":"dat","MeterId":")" + meter + R"(","Kind":"Night","ValidFrom":"2026-01-02","Step":)" +
                  std::to_string(step) + more + "}");
  }
};

/// The same service with other switches, to look at beside the fixture's own.
class Switched : public FinopsTest {
 public:
  template <class F>
  static SandboxSettings with(F change) {
    SandboxSettings settings;
    change(settings.finops);
    return settings;
  }
  template <class F>
    requires std::invocable<F, FinopsSwitches&>
  explicit Switched(F change) : FinopsTest(with(change)) {}
  void TestBody() override {}

  using FinopsTest::at;
  using FinopsTest::control;
  using FinopsTest::tariff;
  using SandboxTest::clock;
  using SandboxTest::customer;
  using SandboxTest::fo;
  using SandboxTest::fo_batch;
  using SandboxTest::fo_get;
};

class C1 : public FinopsTest {};
class C2 : public FinopsTest {};
class C3 : public FinopsTest {};
class C4 : public FinopsTest {};
class C5 : public FinopsTest {};
class C6 : public FinopsTest {};
class C7 : public FinopsTest {};
class C8 : public FinopsTest {};
class C9 : public FinopsTest {};
class C10 : public FinopsTest {};
class C11 : public FinopsTest {};
class D1 : public FinopsTest {};
class D2 : public FinopsTest {};
class D3 : public FinopsTest {};

}  // namespace dualwrite::sandbox
