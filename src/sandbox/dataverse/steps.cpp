#include "sandbox/dataverse/steps.hpp"

#include <algorithm>

#include "dualwrite/odata/uri.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

// B2: a larger body loses its parameters and images.
constexpr std::size_t body_bytes_max = 256 * 1024;
constexpr std::string_view step_tables[]{"serviceendpoint", "sdkmessageprocessingstep",
                                         "sdkmessageprocessingstepimage"};

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
  for (const auto& [name, value] : parse_settings(authvalue)) {
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

std::string_view to_string(Message message) noexcept {
  switch (message) {
    case Message::create:
      return "Create";
    case Message::update:
      return "Update";
    case Message::remove:
      return "Delete";
  }
  return "";
}

Outcome<bool> check_step(const State& state, const Row& row) {
  const Table& table = state.table("sdkmessageprocessingstep");
  const std::string mode = text_of(table, row, "mode").value_or("1");
  if (mode == "0") {
    return refuse(400, "0x80040203", "Synchronous steps (mode 0) are not supported by this sandbox yet. Use mode 1.");
  }
  if (text_of(table, row, "stage").value_or("40") != "40") {
    return refuse(400, "0x80040203", "An asynchronous step must be registered in stage 40 (post-operation).");
  }
  return true;
}

void Steps::written(const TableSchema& schema) {
  if (std::ranges::find(step_tables, schema.name) != std::end(step_tables)) is_stale_ = true;
}

bool Steps::wants(Message message, TableId table) {
  if (is_stale_) load();
  return std::ranges::any_of(steps_, [&](const Step& step) { return step.message == message && step.table == table; });
}

void Steps::load() {
  is_stale_ = false;
  steps_.clear();
  const Table& table = state_.table("sdkmessageprocessingstep");
  for (const auto& [key, record] : table.rows()) {
    if (text_of(table, record.row, "statecode") == "1") continue;
    const Hit message = follow(state_, table, record.row, "sdkmessageid");
    const Hit filter = follow(state_, table, record.row, "sdkmessagefilterid");
    const Hit endpoint = follow(state_, table, record.row, "eventhandler");
    if (!message || !filter || !endpoint) continue;
    const Table& endpoints = state_.table("serviceendpoint");
    const auto kind = message_of(text_of(state_.table("sdkmessage"), message.record->row, "name").value_or(""));
    const auto table_name =
        text_of(state_.table("sdkmessagefilter"), filter.record->row, "primaryobjecttypecode").value_or("");
    const TableSchema* target = state_.database.schema.find_name(table_name);
    const auto url = text_of(endpoints, endpoint.record->row, "url");
    if (!kind || target == nullptr || !url) continue;
    Step step;
    step.id = key;
    step.name = text_of(table, record.row, "name").value_or("");
    step.message = *kind;
    step.table = target->id;
    step.filter = columns_of(*target, text_of(table, record.row, "filteringattributes").value_or(""));
    step.url = *url;
    apply_credentials(step, text_of(endpoints, endpoint.record->row, "authtype").value_or(""),
                      text_of(endpoints, endpoint.record->row, "authvalue").value_or(""));
    step.images = images_of(state_, key, *target);
    steps_.push_back(std::move(step));
  }
}

void Steps::fire(const Event& event) {
  if (is_stale_) load();
  if (!state_.sink) return;
  for (const Step& step : steps_) {
    if (step.message != event.message || step.table != event.table) continue;
    const bool is_filtered = event.message == Message::update && !step.filter.empty();
    if (is_filtered && std::ranges::none_of(step.filter, [&](ColumnId column) { return event.changed.has(column); })) {
      continue;
    }
    Post post;
    post.url = step.url;
    post.subject = state_.database.table(event.table).schema().name + "/" + std::string(to_string(event.message));
    post.headers = step.headers;
    post.headers.add("Content-Type", "application/json; charset=utf-8");
    post.headers.add("x-ms-dynamics-organization", state_.host);
    post.headers.add("x-ms-dynamics-entity-name", state_.database.table(event.table).schema().name);
    post.headers.add("x-ms-dynamics-request-name", std::string(to_string(event.message)));
    post.headers.add("x-ms-correlation-request-id", guid_text(new_guid()));
    post.body = remote_context(state_, event, step, false);
    if (post.body.size() > body_bytes_max) {
      post.headers.add("x-ms-dynamics-msg-size-exceeded", "true");
      post.body = remote_context(state_, event, step, true);
    }
    state_.sink(std::move(post));
  }
}

}  // namespace dualwrite::sandbox::dataverse
