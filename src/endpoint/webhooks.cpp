#include "dualwrite/endpoint/webhooks.hpp"

#include <algorithm>
#include <set>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/uuid.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view ingest_path = "/ingest/dataverse";
constexpr int auth_by_header = 5;
constexpr int contract_webhook = 8;

/// A JSON object in the making.
class Body {
 public:
  Body& text(std::string_view name, std::string_view value) {
    begin(name);
    append_json_quoted(json_, value);
    return *this;
  }
  Body& number(std::string_view name, int value) {
    begin(name);
    json_ += std::to_string(value);
    return *this;
  }
  Body& yes(std::string_view name) {
    begin(name);
    json_ += "true";
    return *this;
  }
  [[nodiscard]] Secret end() const { return Secret(json_ + "}"); }

 private:
  void begin(std::string_view name) {
    json_ += json_.size() > 1 ? "," : "";
    append_json_quoted(json_, name);
    json_ += ':';
  }
  std::string json_ = "{";
};

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char character : text) {
    switch (character) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += character;
    }
  }
  return out;
}

std::string auth_value(const Secret& key) {
  return R"(<settings><setting name="x-dualwrite-key" value=")" + xml_escaped(key.reveal()) + R"(" /></settings>)";
}

std::string step_prefix(const std::string& link, const std::string& map) {
  return webhook_service_name(link) + "/" + map + ": ";
}

/// What a webhook tells of a row: its own columns, and the lookups' by their logical names, which differ from the
/// navigation properties in case only.
std::string columns_of(const maps::TableMap& map) {
  std::set<std::string> names;
  for (const maps::Column& column : map.columns) {
    for (const std::string& field : column.fields(Side::dataverse)) {
      names.insert(ascii_lower(field.substr(0, field.find('/'))));
    }
  }
  for (const std::string& name : map.filter[Side::dataverse].columns) {
    names.insert(ascii_lower(name.substr(0, name.find('/'))));
  }
  std::string all;
  for (const std::string& name : names) {
    if (!name.empty()) all += (all.empty() ? "" : ",") + name;
  }
  return all;
}

WebhookStep step_for(const std::string& link, const maps::TableMap& map, const char* message) {
  WebhookStep step;
  step.name = step_prefix(link, map.name) + message + " of " + map.dataverse_table;
  step.id = name_uuid("step " + step.name);
  step.message = message;
  step.table = map.dataverse_table;
  if (step.message == "Update") step.columns = columns_of(map);
  if (step.message != "Create") {
    WebhookImage before;
    before.id = name_uuid("image of " + step.name);
    before.columns = columns_of(map);
    step.images.push_back(std::move(before));
  }
  return step;
}

std::string in_quotes(const std::string& name) {
  return "\"" + name + "\"";
}

std::string of(const char* set, const std::string& id) {
  return std::string(set) + "(" + id + ")";
}

WebhookChange change(std::string what, std::string method, std::string target, const Body& body) {
  return {std::move(what), std::move(method), std::move(target), body.end()};
}

WebhookChange removal(std::string what, std::string target) {
  return {std::move(what), "DELETE", std::move(target), Secret()};
}

void add_service(const WebhookWish& wish, const WebhookService* there, bool renew_key,
                 std::vector<WebhookChange>& into) {
  const WebhookService& wished = wish.service;
  const std::string name = in_quotes(wished.name);
  Body body;
  if (there == nullptr) {
    body.text("serviceendpointid", wished.id).text("name", wished.name).text("url", wished.url);
    body.number("contract", contract_webhook).number("authtype", auth_by_header);
    body.text("authvalue", auth_value(wish.key));
    into.push_back(
        change("create the service endpoint " + name + " for " + wished.url, "POST", "serviceendpoints", body));
    return;
  }
  std::string what;
  if (there->url != wished.url) {
    body.text("url", wished.url);
    what = "its URL from " + there->url + " to " + wished.url;
  }
  if (there->auth_type != wished.auth_type || renew_key) {
    body.number("authtype", wished.auth_type).text("authvalue", auth_value(wish.key));
    what += (what.empty() ? "" : ", ") + std::string("its key");
  }
  if (what.empty()) return;
  into.push_back(
      change("change the service endpoint " + name + ": " + what, "PATCH", of("serviceendpoints", there->id), body));
}

void add_image(const WebhookStep& step, const std::string& step_id, std::vector<WebhookChange>& into) {
  for (const WebhookImage& image : step.images) {
    Body body;
    body.text("sdkmessageprocessingstepimageid", image.id).text("name", "pre").text("entityalias", "pre");
    body.number("imagetype", 0).text("messagepropertyname", "Target").text("attributes", image.columns);
    body.text("sdkmessageprocessingstepid@odata.bind", "/" + of("sdkmessageprocessingsteps", step_id));
    into.push_back(change("create the image of what the row held before, for " + in_quotes(step.name), "POST",
                          "sdkmessageprocessingstepimages", body));
  }
}

void add_step(const WebhookStep& step, const MessageFilter& filter, const std::string& service_id,
              std::vector<WebhookChange>& into) {
  Body body;
  body.text("sdkmessageprocessingstepid", step.id).text("name", step.name);
  body.number("stage", 40).number("mode", 1).number("rank", 1).number("supporteddeployment", 0);
  body.yes("asyncautodelete");
  if (!step.columns.empty()) body.text("filteringattributes", step.columns);
  body.text("sdkmessageid@odata.bind", "/" + of("sdkmessages", filter.message_id));
  body.text("sdkmessagefilterid@odata.bind", "/" + of("sdkmessagefilters", filter.filter_id));
  body.text("eventhandler_serviceendpoint@odata.bind", "/" + of("serviceendpoints", service_id));
  into.push_back(change("create the step " + in_quotes(step.name), "POST", "sdkmessageprocessingsteps", body));
  add_image(step, step.id, into);
}

void change_step(const WebhookStep& wished, const WebhookStep& there, std::vector<WebhookChange>& into) {
  const std::string differs = difference(wished, there);
  if (differs.empty()) return;
  const bool images = differs.find("image") != std::string::npos;
  Body body;
  body.number("stage", 40).number("mode", 1).number("statecode", 0).number("statuscode", 1);
  if (!wished.columns.empty()) body.text("filteringattributes", wished.columns);
  into.push_back(change("change the step " + in_quotes(there.name) + ": " + differs, "PATCH",
                        of("sdkmessageprocessingsteps", there.id), body));
  if (!images) return;
  for (const WebhookImage& image : there.images) {
    into.push_back(
        removal("remove an image of " + in_quotes(there.name), of("sdkmessageprocessingstepimages", image.id)));
  }
  add_image(wished, there.id, into);
}

void remove_step(const WebhookStep& step, std::vector<WebhookChange>& into) {
  for (const WebhookImage& image : step.images) {
    into.push_back(
        removal("remove the image of " + in_quotes(step.name), of("sdkmessageprocessingstepimages", image.id)));
  }
  into.push_back(removal("remove the step " + in_quotes(step.name), of("sdkmessageprocessingsteps", step.id)));
}

}  // namespace

std::string webhook_service_name(const std::string& link) {
  return "dualwrite " + link;
}

WebhookWish wish_for(const std::string& link, const maps::TableMap& map, const std::string& url, Secret key) {
  WebhookWish wish;
  wish.key = std::move(key);
  wish.service.name = webhook_service_name(link);
  wish.service.id = name_uuid("service endpoint " + wish.service.name);
  wish.service.url = (url.ends_with('/') ? url.substr(0, url.size() - 1) : url) + std::string(ingest_path);
  wish.service.auth_type = auth_by_header;
  for (const char* message : {"Create", "Update", "Delete"}) {
    wish.service.steps.push_back(step_for(link, map, message));
  }
  return wish;
}

std::vector<WebhookStep> steps_of(const std::string& link, const std::string& map, const WebhookService& there) {
  std::vector<WebhookStep> steps;
  const std::string prefix = step_prefix(link, map);
  std::ranges::copy_if(there.steps, std::back_inserter(steps),
                       [&](const WebhookStep& step) { return step.name.starts_with(prefix); });
  return steps;
}

std::string difference(const WebhookStep& wished, const WebhookStep& there) {
  std::string differs;
  const auto add = [&](const char* what) { differs += (differs.empty() ? "" : ", ") + std::string(what); };
  if (!there.enabled) add("it is turned off");
  if (there.asynchronous != wished.asynchronous) add("it is called before the save ends");
  if (there.after_commit != wished.after_commit) add("its stage");
  if (there.columns != wished.columns) add("the columns that it listens to");
  const bool same_images =
      std::ranges::equal(there.images, wished.images, {}, &WebhookImage::columns, &WebhookImage::columns);
  if (!same_images) add("its image");
  return differs;
}

Result<std::vector<WebhookChange>> changes_to_register(const WebhookWish& wish, const WebhookService* there,
                                                       const std::vector<MessageFilter>& filters, bool renew_key) {
  std::vector<WebhookChange> changes;
  add_service(wish, there, renew_key, changes);
  const std::string service_id = there == nullptr ? wish.service.id : there->id;
  for (const WebhookStep& step : wish.service.steps) {
    const WebhookStep* known = nullptr;
    for (std::size_t index = 0; there != nullptr && index < there->steps.size(); ++index) {
      if (there->steps[index].name == step.name) known = &there->steps[index];
    }
    if (known != nullptr) {
      change_step(step, *known, changes);
      continue;
    }
    const auto filter = std::ranges::find(filters, step.message, &MessageFilter::message);
    if (filter == filters.end()) {
      return fail(Errc::not_found, "Dataverse knows no message " + step.message + " of the table " + step.table,
                  "does the table exist, and may this application user read sdkmessages and sdkmessagefilters?");
    }
    add_step(step, *filter, service_id, changes);
  }
  return changes;
}

std::vector<WebhookChange> changes_to_unregister(const std::string& link, const std::string& map,
                                                 const WebhookService* there) {
  std::vector<WebhookChange> changes;
  if (there == nullptr) return changes;
  const std::vector<WebhookStep> steps = steps_of(link, map, *there);
  for (const WebhookStep& step : steps) remove_step(step, changes);
  // A service endpoint with steps cannot be removed, and without steps nobody needs it.
  if (steps.size() == there->steps.size()) {
    changes.push_back(
        removal("remove the service endpoint " + in_quotes(there->name), of("serviceendpoints", there->id)));
  }
  return changes;
}

}  // namespace dualwrite::endpoint
