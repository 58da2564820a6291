#include "simulation/people.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "dualwrite/odata/uri.hpp"

namespace dualwrite::simulation {

using std::chrono::milliseconds;

namespace {

constexpr int edits_max = 14;
/// People in a hurry type several things within the time of a round, then rest.
constexpr int hurried_edits_max = 60;
constexpr std::int64_t hurried_pace = 300;
constexpr std::int64_t hurried_rest = 30000;
constexpr std::size_t typed_max = 8;
constexpr std::uint64_t long_values = 250;  // in a thousand, where the other side's column is narrow

}  // namespace

People::People(Executor executor, Clock& clock, Dice& dice, const Terms& terms, Services& services, Ledger& ledger,
               Coupled coupled, Known known, Trace trace, bool hurried)
    : executor_(std::move(executor)),
      clock_(clock),
      dice_(dice),
      terms_(terms),
      services_(services),
      ledger_(ledger),
      coupled_(std::move(coupled)),
      known_(std::move(known)),
      trace_(std::move(trace)),
      accounts_(1 + dice.below(4)),
      deletes_(dice.chance(600) ? dice.below(200) : 0),
      creates_(dice.chance(600) ? dice.below(500) : 0),
      retypes_(dice.chance(400) ? dice.below(400) : 0),
      pace_(dice.chance(500) ? 2000 : 30000),
      hurried_(hurried) {}

void People::subscribe() {
  const auto id_of = [this](const std::string& target, const char* column) {
    const http::Response reply = services_.ask(Side::dataverse, "GET", target);
    const auto rows = nlohmann::json::parse(reply.body);
    return rows.at("value").at(0).at(column).get<std::string>();
  };
  nlohmann::json endpoint;
  endpoint["name"] = "simulation";
  endpoint["url"] = "http://127.0.0.1:4/ingest/dataverse";
  endpoint["contract"] = 8;
  endpoint["authtype"] = 5;
  endpoint["authvalue"] = "<settings><setting name=\"x-dualwrite-key\" value=\"key\" /></settings>";
  endpoint["connectionmode"] = 1;
  endpoint["messageformat"] = 2;
  endpoint["messagecharset"] = 0;
  endpoint["userclaim"] = 1;
  const http::Response made = services_.ask(Side::dataverse, "POST", "serviceendpoints", endpoint.dump());
  expect_done(made, "registering the service endpoint");
  const std::string_view location = made.headers.get("OData-EntityId");
  const std::string service(location.substr(location.rfind('(') + 1, 36));
  for (const std::string message : {"Create", "Update", "Delete"}) {
    const std::string message_id =
        id_of("sdkmessages?$select=sdkmessageid&$filter=name%20eq%20'" + message + "'", "sdkmessageid");
    const std::string filter_id = id_of(
        "sdkmessagefilters?$select=sdkmessagefilterid&$filter=primaryobjecttypecode%20eq%20'msdyn_vendor'%20and%20"
        "sdkmessageid/sdkmessageid%20eq%20" +
            message_id,
        "sdkmessagefilterid");
    nlohmann::json step;
    step["name"] = "simulation " + message;
    step["stage"] = 40;
    step["mode"] = 1;
    step["rank"] = 1;
    step["supporteddeployment"] = 0;
    step["asyncautodelete"] = true;
    step["sdkmessageid@odata.bind"] = "/sdkmessages(" + message_id + ")";
    step["sdkmessagefilterid@odata.bind"] = "/sdkmessagefilters(" + filter_id + ")";
    step["eventhandler_serviceendpoint@odata.bind"] = "/serviceendpoints(" + service + ")";
    expect_done(services_.ask(Side::dataverse, "POST", "sdkmessageprocessingsteps", step.dump()), "registering a step");
  }
  services_.subscribe_finops("http://127.0.0.1:4/ingest/finops");
}

void People::begin() {
  // A company whose last row goes would count as one that may not be seen any more: one row stays.
  create(Side::finops, "stays");
  for (std::uint64_t number = 1; number <= accounts_; ++number) {
    const std::string account = "a" + std::to_string(number);
    const std::uint64_t where = dice_.below(4);
    if (where != 1) create(Side::finops, account);
    if (where != 0) create(Side::dataverse, account);
  }
}

Task<void> People::edit() {
  TaskGroup both(executor_, [this](const std::string& name, const std::string& what) {
    ledger_.violate("the harness broke", name + ": " + what);
  });
  for (const Side side : both_sides) {
    const int edits = static_cast<int>(dice_.below(hurried_ ? hurried_edits_max : edits_max));
    both.spawn("people of " + std::string(to_string(side)), [this, side, edits] { return edit_side(side, edits); });
  }
  co_await both.drained();
}

Task<void> People::edit_side(Side side, int edits) {
  for (int number = 0; number < edits; ++number) {
    const milliseconds pause = hurried_ ? hurried_pause() : dice_.pause(0, pace_);
    co_await clock_.sleep(pause);
    co_await one_edit(side);
  }
}

milliseconds People::hurried_pause() {
  return dice_.pause(0, dice_.chance(800) ? hurried_pace : hurried_rest);
}

Task<void> People::one_edit(Side side) {
  const std::string account = "a" + std::to_string(1 + dice_.below(accounts_));
  const std::string address = services_.address(side, account);
  if (address.empty()) {
    if (dice_.chance(creates_)) create(side, account);
  } else if (dice_.chance(deletes_)) {
    std::string name = account;
    co_await remove(side, std::move(name));
  } else {
    const Place place{account, dice_.below(columns)};
    const std::string value = value_for(side, place);
    write(side, place, value);
  }
}

std::string People::value_for(Side side, const Place& place) {
  const bool narrow = terms_.narrow == place.column;
  std::vector<std::string>& typed = typed_[place];
  if (!typed.empty() && dice_.chance(retypes_)) return typed[dice_.below(typed.size())];
  std::string value = "v" + std::to_string(++number_) + (terms_.has(PlugIn::cut, place.column) ? ".5" : "");
  if (narrow && side != terms_.narrow_side && dice_.chance(long_values)) return value + " is too long";
  if (typed.size() < typed_max) typed.push_back(value);
  return value;
}

Cells People::new_cells(Side side, const std::string& account) {
  Cells cells;
  for (std::size_t column = 0; column < columns; ++column) {
    const bool blank = terms_.has(PlugIn::fill, column) && dice_.chance(500);
    if (!blank) cells[column] = value_for(side, {account, column});
  }
  return cells;
}

void People::write(Side side, const Place& place, const std::string& value) {
  note_known(place.account);
  const std::string before = services_.image(side).at(place.account)[place.column];
  http::Headers headers;
  if (side == Side::dataverse) headers.add("If-Match", "*");
  trace_(std::string(to_string(side)) + " user " + place.account + " " + column_names[place.column] + " = " + value);
  const std::string address = services_.address(side, place.account);
  expect_done(services_.ask(side, "PATCH", address, Services::change(side, place.column, value), std::move(headers)),
              "an edit");
  note_done(side);
  ledger_.wrote(side, place, before, services_.image(side).at(place.account)[place.column]);
}

void People::note_known(const std::string& account) {
  const PerSide<std::string> known = known_(account);
  for (const Side side : both_sides) ledger_.note_known(side, account, known[side]);
}

void People::note_done(Side side) {
  ledger_.note_versions(side, services_.image(side), services_.etags(side), Author::person);
}

void People::shorten(const std::set<std::string>& accounts) {
  if (!terms_.narrow) return;
  const Side side = other(terms_.narrow_side);
  const Image image = services_.image(side);
  for (const std::string& account : accounts) {
    const auto row = image.find(account);
    if (row == image.end()) continue;
    const Place place{account, *terms_.narrow};
    write(side, place, "v" + std::to_string(++number_));
  }
}

void People::create(Side side, const std::string& account) {
  note_known(account);
  const Cells cells = new_cells(side, account);
  trace_(std::string(to_string(side)) + " user creates " + account + " " + cells[0] + " " + cells[1] + " " + cells[2]);
  const char* set = side == Side::finops ? "VendorsV2?cross-company=true" : "msdyn_vendors";
  expect_done(services_.ask(side, "POST", set, services_.new_row(side, account, cells)), "a create");
  note_done(side);
  ledger_.created(side, account, services_.image(side).at(account));
}

Task<void> People::remove(Side side, std::string account) {
  std::string name = account;
  const std::optional<PerSide<std::string>> known = co_await coupled_(std::move(name));
  // A row that somebody has made since is another one: the daemon has yet to hear of it.
  const bool coupled = known && ledger_.chronicle().stands(Side::finops, account, (*known)[Side::finops]) &&
                       ledger_.chronicle().stands(Side::dataverse, account, (*known)[Side::dataverse]);
  const std::string address = services_.address(side, account);
  if (address.empty()) co_return;  // the daemon was quicker
  const Cells cells = services_.image(side).at(account);
  trace_(std::string(to_string(side)) + " user deletes " + account + (coupled ? "" : ", which is not coupled"));
  note_known(account);
  expect_done(services_.ask(side, "DELETE", address), "a delete");
  note_done(side);
  ledger_.removed(side, account, cells, coupled);
}

void People::expect_done(const http::Response& response, const std::string& what) {
  if (response.status >= 200 && response.status < 300) return;
  throw std::runtime_error(what + ": " + std::to_string(response.status) + " " + response.body.substr(0, 300));
}

}  // namespace dualwrite::simulation
