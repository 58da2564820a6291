#pragma once
// One fixture for each section of the facts about the Dataverse Web API; a test bears the name of its fact's section.
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {

class A1 : public SandboxTest {};

class A3 : public SandboxTest {};

class A4 : public SandboxTest {};

class A5 : public SandboxTest {};

class A6 : public SandboxTest {
 protected:
  json stored(const std::string& body) { return dv_get("accounts(" + dv_create("accounts", body) + ")"); }
  http::Response post(const std::string& body) { return dv("POST", "accounts", body); }
};

class A7 : public SandboxTest {
 protected:
  A7() {
    for (int i = 1; i <= 7; ++i) {
      account("A" + std::to_string(i), i % 2 == 0 ? "ussi" : "usmf",
              R"(,"creditlimit":)" + std::to_string(i * 10) + R"(,"creditonhold":)" + (i > 4 ? "true" : "false"));
    }
  }
  std::string numbers(const std::string& query, HeaderPairs headers = {}) {
    std::string all;
    for (const json& row : dv_get("accounts?" + query, headers)["value"]) {
      all += (all.empty() ? "" : ",") + row["accountnumber"].get<std::string>();
    }
    return all;
  }
};

class A8 : public SandboxTest {};

class A9 : public SandboxTest {
 protected:
  static constexpr const char* actions = "accounts/Microsoft.Dynamics.CRM.";
  http::Response call(const std::string& action, const std::string& targets) {
    return dv("POST", actions + action, "{\"Targets\":[" + targets + "]}");
  }
  std::string key(const std::string& number) {
    const std::string id = dv_get("cdm_companies(cdm_companycode='usmf')")["cdm_companyid"].get<std::string>();
    return R"("@odata.id":"accounts(accountnumber=')" + number + "',_msdyn_company_value=" + id + ")\"";
  }
  std::string count() { return dv("GET", "accounts/$count").body; }
};

class A10 : public SandboxTest {
 protected:
  json track(const std::string& path = "accounts?$select=name") {
    return dv_get(path, {{"Prefer", "odata.track-changes"}});
  }
  static std::string delta_link(const json& page) { return below_root(page.at("@odata.deltaLink").get<std::string>()); }
};

class A12 : public SandboxTest {};

class A13 : public SandboxTest {};

class A14 : public SandboxTest {
 protected:
  /// Registers a webhook for changes of accounts.
  void watch_updates() {
    const std::string endpoint = dv_create(
        "serviceendpoints", R"({"name":"x","url":"http://127.0.0.1/hook","contract":8,"authtype":4,"authvalue":"x"})");
    const auto first_id = [&](const std::string& set, const std::string& filter, const std::string& column) {
      return dv_get(set + "?$filter=" + filter)["value"][0][column].get<std::string>();
    };
    const std::string message = first_id("sdkmessages", "name eq 'Update'", "sdkmessageid");
    const std::string filter =
        first_id("sdkmessagefilters", "primaryobjecttypecode eq 'account' and sdkmessageid/sdkmessageid eq " + message,
                 "sdkmessagefilterid");
    dv_create("sdkmessageprocessingsteps",
              json{{"name", "s"},
                   {"stage", 40},
                   {"mode", 1},
                   {"rank", 1},
                   {"sdkmessageid@odata.bind", "/sdkmessages(" + message + ")"},
                   {"sdkmessagefilterid@odata.bind", "/sdkmessagefilters(" + filter + ")"},
                   {"eventhandler_serviceendpoint@odata.bind", "/serviceendpoints(" + endpoint + ")"}}
                  .dump());
  }
};

class E : public SandboxTest {};

}  // namespace dualwrite::sandbox
