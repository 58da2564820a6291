#include "integration/sync/meters.hpp"

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::test {
namespace {

constexpr const char* map_text = R"({
  "name": "meters",
  "finops": {"entity": "MeterReadings"},
  "dataverse": {"table": "contoso_meterreading", "set": "contoso_meterreadings", "id": "contoso_meterreadingid"},
  "columns": [
    {"finops": "MeterId", "dataverse": "contoso_meterid", "key": true},
    {"finops": "Description", "dataverse": "contoso_description"},
    {"finops": "Remarks", "dataverse": "contoso_remarks"},
    {"finops": "Instructions", "dataverse": "contoso_instructions"},
    {"finops": "PulseCount", "dataverse": "contoso_pulsecount", "type": "integer"},
    {"finops": "Visits", "dataverse": "contoso_visits", "type": "integer"},
    {"finops": "Quantity", "dataverse": "contoso_quantity", "type": "decimal", "scale": 10},
    {"finops": "Amount", "dataverse": "contoso_amount", "type": "decimal", "scale": 4},
    {"finops": "InstalledOn", "dataverse": "contoso_installedon", "type": "date"},
    {"finops": "ReadAt", "dataverse": "contoso_readat", "type": "datetime"}
  ]})";

std::string key_url(const std::string& set, const std::string& key, const std::string& id) {
  return set + "(" + key + "=" + odata::percent_encode(odata::quote(id)) + ")";
}

std::string finops_url(const std::string& id) {
  return key_url("MeterReadings", "MeterId", id);
}

std::string dataverse_url(const std::string& id) {
  return key_url("contoso_meterreadings", "contoso_meterid", id);
}

std::string body_of(const std::string& column, const std::string& json) {
  return "{\"" + column + "\":" + json + "}";
}

/// The JSON of a member of a flat object. A string ends at the first quote that no backslash hides.
std::string cut_cell(const std::string& body, const std::string& column) {
  const std::string name = "\"" + column + "\":";
  const std::size_t at = body.find(name);
  if (at == std::string::npos) return "(no column)";
  const std::size_t begin = at + name.size();
  std::size_t end = begin;
  if (body[begin] == '"') {
    for (++end; end < body.size() && body[end] != '"'; ++end) {
      if (body[end] == '\\') ++end;
    }
    ++end;
  } else {
    end = body.find_first_of(",}", begin);
  }
  return body.substr(begin, end - begin);
}

Task<std::string> cell(User& user, std::string path, std::string column) {
  auto response = co_await user.send("GET", std::move(path));
  if (response.status == 404) co_return "(no row)";
  if (response.status != 200) co_return "(status " + std::to_string(response.status) + ")";
  co_return cut_cell(response.body, column);
}

}  // namespace

std::string json_string(const std::string& text) {
  std::string out;
  append_json_quoted(out, text);
  return out;
}

std::vector<maps::TableMap> meter_maps() {
  auto map = maps::read_map("meters.json", map_text);
  if (!map) throw std::runtime_error(maps::to_string(map.error().front()));
  std::vector<maps::TableMap> all;
  all.push_back(std::move(*map));
  return all;
}

Task<int> add_finops_meter(Stage& stage, std::string id, std::string column, std::string json) {
  std::string body = "{\"MeterId\":" + json_string(id) + ",\"" + column + "\":" + json + "}";
  auto response = co_await stage.finops().send("POST", "MeterReadings", std::move(body));
  co_return response.status;
}

Task<int> add_dataverse_meter(Stage& stage, std::string id, std::string column, std::string json) {
  std::string body = "{\"contoso_meterid\":" + json_string(id) + ",\"" + column + "\":" + json + "}";
  auto response = co_await stage.dataverse().send("POST", "contoso_meterreadings", std::move(body));
  co_return response.status;
}

Task<int> patch_finops_meter(Stage& stage, std::string id, std::string column, std::string json) {
  auto response = co_await stage.finops().send("PATCH", finops_url(id), body_of(column, json));
  co_return response.status;
}

Task<int> patch_dataverse_meter(Stage& stage, std::string id, std::string column, std::string json) {
  auto response = co_await stage.dataverse().send("PATCH", dataverse_url(id), body_of(column, json));
  co_return response.status;
}

Task<int> delete_finops_meter(Stage& stage, std::string id) {
  auto response = co_await stage.finops().send("DELETE", finops_url(id));
  co_return response.status;
}

Task<int> delete_dataverse_meter(Stage& stage, std::string id) {
  auto response = co_await stage.dataverse().send("DELETE", dataverse_url(id));
  co_return response.status;
}

Task<std::string> finops_cell(Stage& stage, std::string id, std::string column) {
  std::string path = finops_url(id);
  co_return co_await cell(stage.finops(), std::move(path), std::move(column));
}

Task<std::string> dataverse_cell(Stage& stage, std::string id, std::string column) {
  std::string path = dataverse_url(id);
  co_return co_await cell(stage.dataverse(), std::move(path), std::move(column));
}

Task<bool> finops_reads(Stage& stage, std::string id, std::string column, std::string json) {
  co_return co_await stage.until([&]() -> Task<bool> {
    const std::string now = co_await finops_cell(stage, id, column);
    co_return now == json;
  });
}

Task<bool> dataverse_reads(Stage& stage, std::string id, std::string column, std::string json) {
  co_return co_await stage.until([&]() -> Task<bool> {
    const std::string now = co_await dataverse_cell(stage, id, column);
    co_return now == json;
  });
}

Task<std::optional<store::DeadLetter>> open_letter_of(Stage& stage, std::string id) {
  const std::string key = ascii_lower(id);
  std::optional<store::DeadLetter> found;
  co_await stage.until([&]() -> Task<bool> {
    store::Filter filter;
    filter.state = store::DeadLetterState::open;
    filter.limit = 1000;
    auto letters = co_await stage.control().dead_letters(std::move(filter));
    if (!letters) co_return false;
    for (const store::DeadLetter& letter : *letters) {
      if (letter.record.key.text() == key) found = letter;
    }
    co_return found.has_value();
  });
  co_return found;
}

}  // namespace dualwrite::test
