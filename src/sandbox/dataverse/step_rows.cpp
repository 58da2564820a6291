// How steps, their endpoints and their images stand in their tables.
#include <algorithm>
#include <cstdlib>

#include "dualwrite/http/message.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/dataverse/steps.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::optional<std::string> text_of(const Table& table, const Row& row, std::string_view column) {
  const auto text = row.get(*table.schema().find_name(column));
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

/// The row that a lookup points to.
Hit follow(const State& state, const Table& table, const Row& row, std::string_view lookup) {
  const ColumnId id = *table.schema().find_name(lookup);
  const auto key = row.get(id);
  if (!key) return {};
  return state.database.table(table.schema().column(id).targets.front().table).find(*key);
}

std::string unescaped(std::string_view xml) {
  static constexpr std::pair<std::string_view, char> entities[]{
      {"&quot;", '"'}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}};
  std::string text;
  while (!xml.empty()) {
    const auto entity = std::ranges::find_if(entities, [&](const auto& entry) { return xml.starts_with(entry.first); });
    if (entity != std::end(entities)) {
      text.push_back(entity->second);
      xml.remove_prefix(entity->first.size());
    } else {
      text.push_back(xml.front());
      xml.remove_prefix(1);
    }
  }
  return text;
}

std::string attribute(std::string_view element, std::string_view name) {
  for (const char quote : {'"', '\''}) {
    const std::string opening = std::string(name) + "=" + quote;
    const std::size_t at = element.find(opening);
    if (at == std::string_view::npos) continue;
    const std::size_t start = at + opening.size();
    const std::size_t end = element.find(quote, start);
    if (end != std::string_view::npos) return unescaped(element.substr(start, end - start));
  }
  return {};
}

/// <settings><setting name="x" value="y" /></settings>
std::vector<std::pair<std::string, std::string>> parse_settings(std::string_view xml) {
  std::vector<std::pair<std::string, std::string>> settings;
  constexpr std::string_view opening = "<setting ";
  for (std::size_t at = xml.find(opening); at != std::string_view::npos; at = xml.find(opening, at + 1)) {
    const std::string_view element = xml.substr(at, xml.find('>', at) - at);
    settings.emplace_back(attribute(element, "name"), attribute(element, "value"));
  }
  return settings;
}

void apply_credentials(Step& step, const std::string& authtype, const std::string& authvalue) {
  const auto add_option = [&](const std::string& name, const std::string& value) {
    step.url += step.url.find('?') == std::string::npos ? '?' : '&';
    step.url += odata::percent_encode(name) + "=" + odata::percent_encode(value);
  };
  if (authtype == "4") add_option("code", authvalue);
  const auto settings = parse_settings(authvalue);
  if (settings.empty() && !authvalue.empty() && authtype == "5") step.broken = BrokenCredentials::headers;
  if (settings.empty() && !authvalue.empty() && authtype == "6") step.broken = BrokenCredentials::query;
  for (const auto& [name, value] : settings) {
    if (authtype == "5" && !name.empty()) step.headers.add(name, value);
    if (authtype == "6" && !name.empty()) add_option(name, value);
  }
}

std::vector<ColumnId> columns_of(const TableSchema& schema, const std::string& list) {
  std::vector<ColumnId> columns;
  for (const std::string_view name : split_top_level(list, ',')) {
    if (const auto column = schema.find_name(name)) columns.push_back(*column);
  }
  return columns;
}

std::optional<Message> message_of(const std::string& name) {
  if (name == "Create") return Message::create;
  if (name == "Update") return Message::update;
  if (name == "Delete") return Message::remove;
  return std::nullopt;
}

std::vector<Image> images_of(const State& state, const std::string& step_key, const TableSchema& schema) {
  const Table& table = state.table("sdkmessageprocessingstepimage");
  const ColumnId step = *table.schema().find_name("sdkmessageprocessingstepid");
  std::vector<Image> images;
  for (const auto& [key, record] : table.rows()) {
    if (record.row.get(step) != std::string_view(step_key)) continue;
    const std::string type = text_of(table, record.row, "imagetype").value_or("0");
    Image image;
    image.alias = text_of(table, record.row, "entityalias").value_or("image");
    image.pre = type == "0" || type == "2";
    image.post = type == "1" || type == "2";
    image.columns = columns_of(schema, text_of(table, record.row, "attributes").value_or(""));
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace

std::vector<Step> read_steps(const State& state) {
  std::vector<Step> steps;
  const Table& table = state.table("sdkmessageprocessingstep");
  const Table& endpoints = state.table("serviceendpoint");
  const auto number = [&](const Row& row, std::string_view column, int otherwise) {
    const auto text = text_of(table, row, column);
    return text ? std::atoi(text->c_str()) : otherwise;
  };
  for (const auto& [key, record] : table.rows()) {
    if (text_of(table, record.row, "statecode") == "1") continue;
    const Hit message = follow(state, table, record.row, "sdkmessageid");
    const Hit filter = follow(state, table, record.row, "sdkmessagefilterid");
    const Hit endpoint = follow(state, table, record.row, "eventhandler");
    if (!message || !filter || !endpoint) continue;
    const auto kind = message_of(text_of(state.table("sdkmessage"), message.record->row, "name").value_or(""));
    const auto table_name =
        text_of(state.table("sdkmessagefilter"), filter.record->row, "primaryobjecttypecode").value_or("");
    const TableSchema* target = state.database.schema.find_name(table_name);
    const auto url = text_of(endpoints, endpoint.record->row, "url");
    if (!kind || target == nullptr || !url) continue;
    Step step;
    step.id = key;
    step.name = text_of(table, record.row, "name").value_or("");
    step.message = *kind;
    step.table = target->id;
    step.stage = number(record.row, "stage", 40);
    step.is_sync = number(record.row, "mode", 1) == 0;
    step.rank = number(record.row, "rank", 1);
    step.can_be_bypassed = text_of(table, record.row, "canbebypassed") != "0";
    step.user_id = text_of(table, record.row, "impersonatinguserid").value_or("");
    step.filter = columns_of(*target, text_of(table, record.row, "filteringattributes").value_or(""));
    step.url = *url;
    apply_credentials(step, text_of(endpoints, endpoint.record->row, "authtype").value_or(""),
                      text_of(endpoints, endpoint.record->row, "authvalue").value_or(""));
    step.images = images_of(state, key, *target);
    steps.push_back(std::move(step));
  }
  std::ranges::sort(steps, {}, [](const Step& step) { return std::pair(step.rank, std::string_view(step.id)); });
  return steps;
}

Outcome<bool> check_endpoint(const State& state, const Row& row) {
  const Table& table = state.table("serviceendpoint");
  if (text_of(table, row, "contract").value_or("8") != "8") return true;
  const auto authtype = text_of(table, row, "authtype");
  if (authtype && *authtype != "4" && *authtype != "5" && *authtype != "6") {
    return refuse(400, "0x80040203",
                  "A webhook's authtype must be WebhookKey (4), HttpHeader (5) or "
                  "HttpQueryString (6).");
  }
  http::Url url;
  if (!http::parse_url(text_of(table, row, "url").value_or(""), url)) {
    return refuse(400, "0x80040203", "The url of a webhook must be an absolute http or https address.");
  }
  if (!state.switches.webhook_any_port && url.port != "80" && url.port != "443") {
    return refuse(400, "0x80040203", "The url of a webhook may have the ports 80 and 443 only.");
  }
  return true;
}

Outcome<bool> check_step(const State& state, const Row& row) {
  const Table& table = state.table("sdkmessageprocessingstep");
  const bool is_sync = text_of(table, row, "mode").value_or("1") == "0";
  const std::string stage = text_of(table, row, "stage").value_or("40");
  if (stage != "10" && stage != "20" && stage != "40") {
    return refuse(400, "0x80040203", "A step can be registered in stage 10, 20 or 40 only.");
  }
  if (!is_sync && stage != "40") {
    return refuse(400, "0x80040203", "An asynchronous step must be registered in stage 40 (post-operation).");
  }
  const Hit endpoint = follow(state, table, row, "eventhandler");
  const bool is_webhook =
      !endpoint || text_of(state.table("serviceendpoint"), endpoint.record->row, "contract").value_or("8") == "8";
  if (is_sync && !is_webhook) {
    return refuse(400, "0x80040203", "Only a webhook can be called synchronously; register the step with mode 1.");
  }
  return true;
}

Outcome<bool> check_image(const State& state, const Row& row) {
  const Table& images = state.table("sdkmessageprocessingstepimage");
  const Table& steps = state.table("sdkmessageprocessingstep");
  const Hit step = follow(state, images, row, "sdkmessageprocessingstepid");
  if (!step) return true;
  const Hit message = follow(state, steps, step.record->row, "sdkmessageid");
  const auto name = message ? text_of(state.table("sdkmessage"), message.record->row, "name") : std::nullopt;
  const std::string type = text_of(images, row, "imagetype").value_or("0");
  const bool has_pre = type == "0" || type == "2";
  const bool has_post = type == "1" || type == "2";
  if (name == "Create" && has_pre) return refuse(400, "0x80040203", "Pre-images are not supported for Create.");
  if (name == "Delete" && has_post) return refuse(400, "0x80040203", "Post-images are not supported for Delete.");
  if (has_post && text_of(steps, step.record->row, "stage").value_or("40") != "40") {
    return refuse(400, "0x80040203", "Post-images are supported in stage 40 only.");
  }
  const std::string property = text_of(images, row, "messagepropertyname").value_or("");
  const std::string_view wanted = name == "Create" ? "id" : "Target";
  if (name && property != wanted) {
    return refuse(400, "0x80040203",
                  "The messagepropertyname of an image of " + *name + " must be '" + std::string(wanted) + "'.");
  }
  return true;
}

}  // namespace dualwrite::sandbox::dataverse
