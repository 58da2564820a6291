#include "simulation/services.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/render.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::simulation {

using std::chrono::milliseconds;

const std::string dataverse_origin = "http://127.0.0.1:1";
const std::string finops_origin = "http://127.0.0.1:2";
const std::string token_url = "http://127.0.0.1:3/sandbox/oauth2/v2.0/token";

namespace {

constexpr Instant beginning{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
constexpr const char* company = "usmf";

struct SideNames {
  const char* set;
  const char* account;
  std::array<const char*, columns> cells;
};
const PerSide<SideNames> names(
    SideNames{"VendorsV2", "VendorAccountNumber", {"VendorOrganizationName", "CreditRating", "DUNSNumber"}},
    SideNames{"msdyn_vendors", "msdyn_vendoraccountnumber", {"msdyn_name", "msdyn_creditrating", "msdyn_dunsnumber"}});

}  // namespace

Instant WrongClock::now() const {
  return beginning + steady_.elapsed() + offset;
}

sandbox::SandboxSettings Services::make_settings() {
  sandbox::SandboxSettings settings;
  settings.dataverse_port = 1;
  settings.finops_port = 2;
  settings.token_port = 3;
  settings.default_company = company;
  settings.dataverse_page_size = 3;  // small, so that a handful of rows has several pages
  settings.finops_page_size = 3;
  if (!terms_.narrow) return settings;
  const Side side = terms_.narrow_side;
  auto schema = std::make_shared<sandbox::Schema>(side == Side::finops ? *sandbox::finops_schema()
                                                                       : *sandbox::dataverse_schema());
  for (sandbox::TableSchema& table : schema->tables) {
    if (table.set != names[side].set) continue;
    narrow_ = &table.columns.at(*table.find_name(names[side].cells[*terms_.narrow]));
    narrow_->length_max = narrow_length;
    narrow_->truncates = false;
  }
  if (narrow_ == nullptr) throw std::runtime_error("there is no column to be narrow");
  (side == Side::finops ? settings.finops_schema : settings.dataverse_schema) = std::move(schema);
  return settings;
}

void Services::widen() noexcept {
  if (narrow_ != nullptr) narrow_->length_max = 0;
}

Services::Services(std::uint64_t seed, const Terms& terms, sandbox::PostSink webhooks, sandbox::PostSink notices)
    : terms_(terms),
      settings_(make_settings()),
      tokens_(clocks[Side::dataverse], settings_),
      dataverse_(clocks[Side::dataverse], settings_, tokens_, std::move(webhooks)),
      finops_(clocks[Side::finops], settings_, tokens_, std::move(notices)) {
  sandbox::seed_new_guids(seed);
  tokens_.set_ports(1, 2);
  dataverse_.set_origin(dataverse_origin);
  finops_.set_origin(finops_origin);
  const http::Response found =
      ask(Side::dataverse, "GET", "cdm_companies?$select=cdm_companyid&$filter=cdm_companycode%20eq%20'usmf'");
  const auto page = odata::parse_page(found.body);
  if (!page || page->entities.size() != 1) throw std::runtime_error("no company: " + found.body);
  company_id_ = page->entities.front().find("cdm_companyid")->text();
}

http::Response Services::handle(Side side, const http::Request& request) {
  http::Response response = run(side, request);
  response.headers.set("Date", format_http_date(clocks[side].now()));
  return response;
}

http::Response Services::run(Side side, const http::Request& request) {
  const auto handle = [&](const http::Request& asked) {
    return side == Side::finops ? finops_.handle(asked) : dataverse_.handle(asked);
  };
  if (plug_ins_off || !terms_.has_plug_ins(side) || request.method == "GET") return handle(request);
  http::Request changed = request;
  alter(side, changed);
  http::Response response = handle(changed);
  if (response.status < 300) fill_blanks(side);  // not where a person's token has just been revoked
  return response;
}

/// What plug-ins do before the operation: the values in the body are changed.
void Services::alter(Side side, http::Request& request) const {
  for (std::size_t column = 0; column < columns; ++column) {
    const PlugIn plug_in = terms_.plug_ins[column][side];
    if (plug_in == PlugIn::none || plug_in == PlugIn::fill) continue;
    const std::string member = "\"" + std::string(names[side].cells[column]) + "\":\"";
    std::size_t at = request.body.find(member);
    while (at != std::string::npos) {
      at += member.size();
      const std::size_t end = request.body.find('"', at);
      const std::string value = altered(plug_in, request.body.substr(at, end - at));
      request.body.replace(at, end - at, value);
      at = request.body.find(member, at);
    }
  }
}

/// What workflows do after the operation: a write of their own, with a version and an event of its own.
void Services::fill_blanks(Side side) {
  for (std::size_t column = 0; column < columns; ++column) {
    if (terms_.plug_ins[column][side] != PlugIn::fill) continue;
    for (const auto& [account, cells] : image(side)) {
      if (!cells[column].empty()) continue;
      http::Headers headers;
      if (side == Side::dataverse) headers.add("If-Match", "*");
      const std::string value = altered(PlugIn::fill, cells[column]);
      const http::Response done =
          ask(side, "PATCH", address(side, account), change(side, column, value), std::move(headers));
      if (done.status >= 300) throw std::runtime_error("a blank was not filled: " + done.body);
    }
  }
}

http::Response Services::handle_token(const http::Request& request) {
  return tokens_.handle(request);
}

void Services::subscribe_finops(const std::string& url) {
  sandbox::finops::Subscriber subscriber;
  subscriber.url = url;
  finops_.state().subscribers.push_back(std::move(subscriber));
}

std::string Services::token_for(Side side) {
  http::Request request("POST", "/sandbox/oauth2/v2.0/token");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const std::string origin = side == Side::finops ? "http%3A%2F%2F127.0.0.1%3A2" : "http%3A%2F%2F127.0.0.1%3A1";
  request.body =
      "grant_type=client_credentials&client_id=editor&client_secret=editor-secret&scope=" + origin + "%2F.default";
  const auto reply = nlohmann::json::parse(tokens_.handle(request).body);
  return reply.at("access_token").get<std::string>();
}

http::Response Services::ask(Side side, std::string method, std::string target, std::string body,
                             http::Headers headers) {
  const std::string root = side == Side::finops ? "/data/" : "/api/data/v9.2/";
  http::Request request(std::move(method), root + target, std::move(headers), std::move(body));
  request.headers.add("Host", (side == Side::finops ? finops_origin : dataverse_origin).substr(7));
  if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (bearer_[side].empty()) bearer_[side] = token_for(side);
    request.headers.set("Authorization", "Bearer " + bearer_[side]);
    http::Response response = run(side, request);
    if (response.status != 401) return response;
    bearer_[side].clear();
  }
  throw std::runtime_error("a fresh token was refused");
}

template <class F>
void Services::for_each_row(Side side, F f) const {
  const sandbox::Database& database = side == Side::finops ? finops_.state().database : dataverse_.state().database;
  for (const sandbox::Table& table : database.tables) {
    if (table.schema().set != names[side].set) continue;
    const sandbox::ColumnId account = *table.schema().find_name(names[side].account);
    for (const auto& [key, record] : table.rows()) {
      f(table, key, record, std::string(record.row.get(account).value_or("")));
    }
  }
}

Image Services::image(Side side) const {
  Image image;
  for_each_row(side, [&](const sandbox::Table& table, const std::string&, const sandbox::Record& record,
                         const std::string& account) {
    Cells& cells = image[account];
    for (std::size_t column = 0; column < columns; ++column) {
      const sandbox::ColumnId id = *table.schema().find_name(names[side].cells[column]);
      cells[column] = record.row.get(id).value_or("");
    }
  });
  return image;
}

std::map<std::string, std::int64_t> Services::versions(Side side) const {
  std::map<std::string, std::int64_t> versions;
  for_each_row(side, [&](const sandbox::Table&, const std::string&, const sandbox::Record& record,
                         const std::string& account) { versions[account] = record.version; });
  return versions;
}

std::map<std::string, std::string> Services::etags(Side side) const {
  std::map<std::string, std::string> etags;
  for_each_row(side, [&](const sandbox::Table& table, const std::string&, const sandbox::Record& record,
                         const std::string& account) {
    etags[account] =
        side == Side::finops ? sandbox::finops::etag_of(table.schema(), record) : sandbox::dataverse::etag_of(record);
  });
  return etags;
}

std::string Services::address(Side side, const std::string& account) const {
  std::string address;
  for_each_row(side,
               [&](const sandbox::Table&, const std::string& key, const sandbox::Record&, const std::string& of_row) {
                 if (of_row != account) return;
                 address = side == Side::finops
                               ? "VendorsV2(dataAreaId='usmf',VendorAccountNumber='" + account + "')?cross-company=true"
                               : "msdyn_vendors(" + sandbox::guid_text(key) + ")";
               });
  return address;
}

std::map<std::string, std::string> Services::handles() const {
  std::map<std::string, std::string> handles;
  for (const Side side : both_sides) {
    for_each_row(
        side, [&](const sandbox::Table&, const std::string& key, const sandbox::Record&, const std::string& account) {
          for (const char* const quote : {"'", "\"", "%27"}) handles[quote + account + quote] = account;
          if (side == Side::dataverse) handles[sandbox::guid_text(key)] = account;
        });
  }
  return handles;
}

std::string Services::new_row(Side side, const std::string& account, const Cells& cells) const {
  std::string body;
  odata::ObjectWriter writer(body);
  writer.member(names[side].account, Value::string(account));
  for (std::size_t column = 0; column < columns; ++column) {
    writer.member(names[side].cells[column], Value::string(cells[column]));
  }
  if (side == Side::finops) {
    writer.member("dataAreaId", Value::string(company));
  } else {
    writer.member("msdyn_company@odata.bind", Value::string("/cdm_companies(" + company_id_ + ")"));
  }
  writer.close();
  return body;
}

std::string Services::change(Side side, std::size_t column, const std::string& value) {
  std::string body;
  odata::ObjectWriter writer(body);
  writer.member(names[side].cells[column], Value::string(value));
  writer.close();
  return body;
}

}  // namespace dualwrite::simulation
