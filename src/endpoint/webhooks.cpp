#include "dualwrite/endpoint/webhooks.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"
#include "endpoint/describe.hpp"
#include "endpoint/service.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view root = "/api/data/v9.2/";
constexpr std::array<std::string_view, 3> messages = {"Create", "Update", "Delete"};

std::string text_of(const odata::Entity& row, std::string_view name) {
  const Value* value = row.find(name);
  return value == nullptr || value->is_null() ? std::string() : value->text();
}

/// The attributes whose changes concern the map. Empty: every change does, or a lookup's attribute is not known.
std::string attributes_of(const maps::TableMap& map, const Description& table) {
  std::set<std::string> names;
  const auto is_column = [&table](const std::string& name) {
    return std::ranges::find(table.properties, name, &Property::name) != table.properties.end();
  };
  for (const std::string& field : map.names_to_read(Side::dataverse)) {
    std::string name = field.substr(0, field.find('/'));
    if (name.starts_with('_') && name.ends_with("_value")) name = name.substr(1, name.size() - 7);
    name = ascii_lower(name);
    // A lookup to several tables has a navigation property for each: customerid_account belongs to customerid.
    if (!is_column(name)) name = name.substr(0, name.rfind('_'));
    if (!is_column(name)) return {};
    names.insert(name);
  }
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

std::string xml_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

class DataverseHooks final : public Webhooks {
 public:
  DataverseHooks(Executor executor, Clock& clock, ServiceSettings settings, std::unique_ptr<http::Transport> transport,
                 Users users, HookSettings hooks)
      : service_(executor, clock, std::move(settings), std::move(transport), std::move(users)),
        hooks_(std::move(hooks)) {}

  Task<Result<std::vector<HookAction>>> enrol(maps::TableMap map, bool apply) override {
    std::vector<HookAction> actions;
    auto table = co_await describe_dataverse(service_, map.dataverse_table);
    if (!table) co_return std::unexpected(std::move(table).error());
    if (!*table)
      co_return fail(Errc::not_found, "there is no table " + map.dataverse_table, "correct the map " + map.name);
    const std::string attributes = attributes_of(map, **table);
    auto endpoint = co_await enrol_endpoint(apply, actions);
    if (!endpoint) co_return std::unexpected(std::move(endpoint).error());
    auto known = co_await steps_of(map);
    if (!known) co_return std::unexpected(std::move(known).error());
    for (const std::string_view message : messages) {
      const std::string name = step_name(map, message);
      const std::string what = "step " + std::string(message) + " of " + map.dataverse_table;
      const std::string wanted = message == "Update" ? attributes : std::string();
      const auto found =
          std::ranges::find_if(*known, [&](const odata::Entity& step) { return text_of(step, "name") == name; });
      if (found != known->end()) {
        const std::string id = text_of(*found, "sdkmessageprocessingstepid");
        const bool same = text_of(*found, "filteringattributes") == wanted;
        actions.push_back({same ? HookAction::Kind::keep : HookAction::Kind::change, what,
                           "filter: " + (wanted.empty() ? std::string("none") : wanted)});
        if (!same && apply) {
          std::string body;
          odata::ObjectWriter writer(body);
          writer.member("filteringattributes", Value::string(wanted));
          writer.close();
          auto changed = co_await send("PATCH", "sdkmessageprocessingsteps(" + id + ")", std::move(body), what);
          if (!changed) co_return std::unexpected(std::move(changed).error());
        }
        continue;
      }
      actions.push_back({HookAction::Kind::create, what, "asynchronous, after the operation"});
      if (!apply) continue;
      auto made = co_await create_step(map, std::string(message), wanted, *endpoint);
      if (!made) co_return std::unexpected(std::move(made).error());
    }
    co_return actions;
  }

  Task<Result<std::vector<HookAction>>> dismiss(maps::TableMap map, bool apply) override {
    std::vector<HookAction> actions;
    auto known = co_await steps_of(map);
    if (!known) co_return std::unexpected(std::move(known).error());
    for (const odata::Entity& step : *known) {
      const std::string what = "step " + text_of(step, "name");
      actions.push_back({HookAction::Kind::remove, what, {}});
      if (!apply) continue;
      const std::string nothing;
      auto gone = co_await send(
          "DELETE", "sdkmessageprocessingsteps(" + text_of(step, "sdkmessageprocessingstepid") + ")", nothing, what);
      if (!gone) co_return std::unexpected(std::move(gone).error());
    }
    auto endpoint = co_await find_endpoint();
    if (!endpoint) co_return std::unexpected(std::move(endpoint).error());
    if (!*endpoint) co_return actions;
    auto all = co_await steps_named("dualwrite " + hooks_.link + ": ");
    if (!all) co_return std::unexpected(std::move(all).error());
    const std::size_t left = apply ? all->size() : all->size() - known->size();
    const std::string what = "service endpoint " + endpoint_name();
    if (left > 0) {
      actions.push_back({HookAction::Kind::keep, what, std::to_string(left) + " steps of other maps use it"});
      co_return actions;
    }
    actions.push_back({HookAction::Kind::remove, what, {}});
    if (!apply) co_return actions;
    const std::string nothing;
    auto gone =
        co_await send("DELETE", "serviceendpoints(" + text_of(**endpoint, "serviceendpointid") + ")", nothing, what);
    if (!gone) co_return std::unexpected(std::move(gone).error());
    co_return actions;
  }

  Task<Result<std::vector<HookAction>>> list(maps::TableMap map) override {
    std::vector<HookAction> actions;
    auto endpoint = co_await find_endpoint();
    if (!endpoint) co_return std::unexpected(std::move(endpoint).error());
    if (*endpoint) {
      actions.push_back({HookAction::Kind::keep, "service endpoint " + endpoint_name(), text_of(**endpoint, "url")});
    }
    auto steps = co_await steps_of(map);
    if (!steps) co_return std::unexpected(std::move(steps).error());
    for (const odata::Entity& step : *steps) {
      const bool on = text_of(step, "statecode") != "1";
      actions.push_back({HookAction::Kind::keep, "step " + text_of(step, "name"), on ? "enabled" : "disabled"});
    }
    co_return actions;
  }

 private:
  [[nodiscard]] std::string endpoint_name() const { return "dualwrite " + hooks_.link; }
  [[nodiscard]] std::string step_name(const maps::TableMap& map, std::string_view message) const {
    return "dualwrite " + hooks_.link + ": " + map.name + ": " + std::string(message) + " of " + map.dataverse_table;
  }

  Task<Result<std::vector<odata::Entity>>> rows(std::string target, std::string what) {
    http::Headers headers;
    const std::string nothing;
    auto page = co_await service_.scan_page(std::string(root) + target, nothing, std::move(headers), std::move(what));
    if (!page) co_return std::unexpected(std::move(page).error());
    co_return std::move(page->rows);
  }

  Task<Result<http::Response>> send(std::string method, std::string target, std::string body, std::string what) {
    http::Request request(std::move(method), std::string(root) + target);
    request.headers.add("Accept", "application/json");
    request.headers.add("OData-MaxVersion", "4.0");
    request.headers.add("OData-Version", "4.0");
    if (!body.empty()) request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    auto response = co_await service_.call(std::move(request));
    if (!response) co_return std::unexpected(std::move(response).error().while_doing(what));
    if (response->status >= 300) co_return std::unexpected(request_error(response->status, response->body, what));
    co_return response;
  }

  /// The id of a row that has just been created.
  static std::string id_of(const http::Response& response) {
    const std::string_view link = response.headers.get("OData-EntityId");
    const std::size_t open = link.rfind('(');
    const std::size_t close = link.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
    return std::string(link.substr(open + 1, close - open - 1));
  }

  Task<Result<std::optional<odata::Entity>>> find_endpoint() {
    const std::string filter = "contract eq 8 and name eq " + odata::quote(endpoint_name());
    std::string target =
        "serviceendpoints?$select=serviceendpointid,name,url&$filter=" + odata::percent_encode_query(filter);
    std::string what = "reading the service endpoints";
    auto found = co_await rows(std::move(target), std::move(what));
    if (!found) co_return std::unexpected(std::move(found).error());
    if (found->empty()) co_return std::optional<odata::Entity>();
    co_return std::optional<odata::Entity>(std::move(found->front()));
  }

  Task<Result<std::vector<odata::Entity>>> steps_named(std::string beginning) {
    const std::string filter = "startswith(name," + odata::quote(beginning) + ")";
    std::string target =
        "sdkmessageprocessingsteps?$select=sdkmessageprocessingstepid,name,filteringattributes,statecode&$filter=" +
        odata::percent_encode_query(filter);
    std::string what = "reading the registered steps";
    co_return co_await rows(std::move(target), std::move(what));
  }
  Task<Result<std::vector<odata::Entity>>> steps_of(const maps::TableMap& map) {
    return steps_named("dualwrite " + hooks_.link + ": " + map.name + ": ");
  }

  /// The id of our service endpoint; empty in a dry run where there is none yet.
  Task<Result<std::string>> enrol_endpoint(bool apply, std::vector<HookAction>& actions) {
    auto known = co_await find_endpoint();
    if (!known) co_return std::unexpected(std::move(known).error());
    const std::string what = "service endpoint " + endpoint_name();
    const bool same = *known && text_of(**known, "url") == hooks_.url;
    HookAction::Kind kind = same ? HookAction::Kind::keep : HookAction::Kind::change;
    if (!*known) kind = HookAction::Kind::create;
    actions.push_back({kind, what, hooks_.url});
    const std::string id = *known ? text_of(**known, "serviceendpointid") : std::string();
    if (same || !apply) co_return id;
    std::string body;
    odata::ObjectWriter writer(body);
    writer.member("url", Value::string(hooks_.url));
    if (!*known) {
      writer.member("name", Value::string(endpoint_name()));
      writer.member("contract", Value::number("8"));  // a webhook
      writer.member("authtype", Value::number("5"));  // by header
      writer.member("connectionmode", Value::number("1"));
      writer.member("messageformat", Value::number("2"));  // JSON
      writer.member("authvalue", Value::string("<settings><setting name=\"x-dualwrite-key\" value=\"" +
                                               xml_escaped(hooks_.key.reveal()) + "\" /></settings>"));
    }
    writer.close();
    const std::string target = *known ? "serviceendpoints(" + id + ")" : "serviceendpoints";
    auto made = co_await send(*known ? "PATCH" : "POST", target, std::move(body), "registering the " + what);
    if (!made) co_return std::unexpected(std::move(made).error());
    co_return *known ? id : id_of(*made);
  }

  Task<Result<std::string>> find_id(std::string target, std::string id, std::string what) {
    auto found = co_await rows(std::move(target), what);
    if (!found) co_return std::unexpected(std::move(found).error());
    if (found->empty()) co_return fail(Errc::not_found, what + ": there is none", "does the table send such messages?");
    co_return text_of(found->front(), id);
  }

  Task<Result<void>> create_step(const maps::TableMap& map, std::string message, std::string attributes,
                                 std::string endpoint) {
    const std::string what = "registering the step " + message + " of " + map.dataverse_table;
    auto message_id = co_await find_id("sdkmessages?$select=sdkmessageid&$filter=name%20eq%20'" + message + "'",
                                       "sdkmessageid", "looking for the message " + message);
    if (!message_id) co_return std::unexpected(std::move(message_id).error());
    const std::string filter = "primaryobjecttypecode eq " + odata::quote(map.dataverse_table) +
                               " and sdkmessageid/sdkmessageid eq " + *message_id;
    auto filter_id =
        co_await find_id("sdkmessagefilters?$select=sdkmessagefilterid&$filter=" + odata::percent_encode_query(filter),
                         "sdkmessagefilterid", "looking for the message " + message + " of " + map.dataverse_table);
    if (!filter_id) co_return std::unexpected(std::move(filter_id).error());
    std::string body;
    odata::ObjectWriter writer(body);
    writer.member("name", Value::string(step_name(map, message)));
    writer.member("stage", Value::number("40"));
    writer.member("mode", Value::number("1"));
    writer.member("rank", Value::number("1"));
    writer.member("supporteddeployment", Value::number("0"));
    writer.member("asyncautodelete", Value::boolean(true));
    if (!attributes.empty()) writer.member("filteringattributes", Value::string(attributes));
    writer.member("sdkmessageid@odata.bind", Value::string("/sdkmessages(" + *message_id + ")"));
    writer.member("sdkmessagefilterid@odata.bind", Value::string("/sdkmessagefilters(" + *filter_id + ")"));
    writer.member("eventhandler_serviceendpoint@odata.bind", Value::string("/serviceendpoints(" + endpoint + ")"));
    writer.close();
    auto made = co_await send("POST", "sdkmessageprocessingsteps", std::move(body), what);
    if (!made) co_return std::unexpected(std::move(made).error());
    if (message != "Delete") co_return Result<void>();
    // Only an image knows what a deleted row held: its key is how we know which record it was.
    std::string image;
    odata::ObjectWriter writer_of_image(image);
    writer_of_image.member("name", Value::string("pre"));
    writer_of_image.member("entityalias", Value::string("pre"));
    writer_of_image.member("imagetype", Value::number("0"));
    writer_of_image.member("messagepropertyname", Value::string("Target"));
    writer_of_image.member("attributes", Value::string(image_attributes(map)));
    writer_of_image.member("sdkmessageprocessingstepid@odata.bind",
                           Value::string("/sdkmessageprocessingsteps(" + id_of(*made) + ")"));
    writer_of_image.close();
    auto imaged = co_await send("POST", "sdkmessageprocessingstepimages", std::move(image), what + "'s image");
    if (!imaged) co_return std::unexpected(std::move(imaged).error());
    co_return Result<void>();
  }

  static std::string image_attributes(const maps::TableMap& map) {
    std::string out = map.dataverse_id;
    for (const std::size_t column : map.key_columns()) {
      const std::string& name = map.columns[column].dataverse;
      if (!name.empty() && name.find('/') == std::string::npos && map.columns[column].parts[Side::dataverse].empty()) {
        out += "," + name;
      }
    }
    return out;
  }

  Service service_;
  HookSettings hooks_;
};

}  // namespace

std::string_view to_string(HookAction::Kind kind) noexcept {
  switch (kind) {
    case HookAction::Kind::keep:
      return "keep";
    case HookAction::Kind::create:
      return "create";
    case HookAction::Kind::change:
      return "change";
    case HookAction::Kind::remove:
      return "remove";
  }
  return "keep";
}

std::unique_ptr<Webhooks> make_webhooks(Executor executor, Clock& clock, ServiceSettings settings,
                                        std::unique_ptr<http::Transport> transport, Users users, HookSettings hooks) {
  return std::make_unique<DataverseHooks>(executor, clock, std::move(settings), std::move(transport), std::move(users),
                                          std::move(hooks));
}

std::vector<std::string> rights_for(const maps::TableMap& map, Side side) {
  const auto flows_to = [&](Side target) {
    return std::ranges::any_of(map.columns, [&](const maps::Column& column) {
      const Side from = target == Side::finops ? Side::dataverse : Side::finops;
      return !column.key && flows_from(column.direction, from);
    });
  };
  const bool writes = flows_to(side);
  std::vector<std::string> rights;
  if (side == Side::finops) {
    rights.push_back("entity " + map.finops_entity + ": " + (writes ? "read, create, update, delete" : "read") +
                     " (a role with the privilege to " + (writes ? "maintain" : "view") +
                     " that data entity, Integration mode \"Data services\" or \"All\")");
    if (!map.companies.empty()) {
      std::string companies;
      for (const std::string& company : map.companies) companies += (companies.empty() ? "" : ", ") + company;
      rights.push_back("organizations: " + companies);
    }
    return rights;
  }
  rights.push_back("table " + map.dataverse_table + ": " + (writes ? "Read, Create, Write, Delete, Append" : "Read") +
                   " (organization)");
  std::set<std::string> related;
  for (const maps::Column& column : map.columns) {
    if (!column.lookup) continue;
    related.insert(column.lookup->entity_set);
    for (const maps::Lookup& other : column.lookup->others) related.insert(other.entity_set);
  }
  for (const std::string& set : related) {
    rights.push_back("table of " + set + ": " + (writes ? "Read, Append To" : "Read") + " (organization)");
  }
  rights.push_back(
      "to register webhooks only: Service Endpoint, Sdk Message Processing Step and its Image: Read, Create, Write, "
      "Delete; Sdk Message: Read");
  return rights;
}

}  // namespace dualwrite::endpoint
