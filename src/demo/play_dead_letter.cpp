// The fourth act: one change that a person must look after.
//
// In Dataverse a second account of the same party, without an account number and therefore not ours to sync, already
// holds the party that a customer is given in F&O. An alternate key forbids two accounts of one party in a company:
// Dataverse refuses. Somebody deletes that duplicate, which touches neither of the record's two rows, so the daemon has
// no reason to try again, and what settles the record is the replay alone.
#include "demo/acts.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::demo {
namespace {

constexpr const char* column_name = "PartyNumber";
constexpr std::chrono::milliseconds poll_interval{250};

Task<Result<DeadLetterReport>> wait_for_letter(Stage& stage, RecordId record) {
  const auto end = stage.clock.elapsed() + patience;
  while (true) {
    auto letters = co_await stage.admin->open_dead_letters();
    if (!letters) co_return std::unexpected(std::move(letters).error());
    for (const DeadLetterReport& letter : *letters) {
      if (letter.map == record.first && letter.key == record.second) co_return letter;
    }
    if (stage.clock.elapsed() > end) {
      co_return fail(Errc::limit, "waiting for a dead letter of " + record.first + " " + record.second +
                                      ": there was none in two minutes, although Dataverse cannot take the change");
    }
    auto waited = co_await stage.pause(poll_interval);
    if (!waited) co_return std::unexpected(std::move(waited).error());
  }
}

std::string bind_value(const ColumnPair& lookup, const std::string& key) {
  return "/" + lookup.lookup_set + "(" + lookup.lookup_column + "=" + odata::quote(key) + ")";
}

/// A party, and an account that is nothing but that party's: the row in the way.
Task<Result<std::string>> make_duplicate(Stage& stage, const MapFile& map, const ColumnPair& party,
                                         std::string number) {
  std::string body;
  odata::ObjectWriter of_party(body);
  of_party.member(party.lookup_column, Value::string(number));
  of_party.close();
  Session& dataverse = stage.session(Side::dataverse);
  std::string set = party.lookup_set;
  auto made = co_await dataverse.create(std::move(set), std::move(body));
  if (!made) co_return made;

  body.clear();
  odata::ObjectWriter of_account(body);
  of_account.member("name", Value::string("A duplicate without a number"));
  of_account.member("customertypecode", Value::number("3"));
  of_account.member(party.navigation + "@odata.bind", Value::string(bind_value(party, number)));
  const ColumnPair* company = map.find("dataAreaId");
  if (company != nullptr && company->is_lookup() && !map.companies.empty()) {
    of_account.member(company->navigation + "@odata.bind", Value::string(bind_value(*company, map.companies.front())));
  }
  of_account.close();
  set = map.dataverse_set;
  auto duplicate = co_await dataverse.create(std::move(set), std::move(body));
  co_return duplicate;
}

Task<Result<void>> delete_row(Session& dataverse, std::string target) {
  const std::string what = "DELETE " + target;
  http::Request request("DELETE", std::move(target));
  auto response = co_await dataverse.send(std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  if (response->status > 299) co_return std::unexpected(reply_error(what, *response));
  co_return Result<void>();
}

/// True if it was the replay that closed the letter.
Task<Result<bool>> wait_until_closed(Stage& stage, std::int64_t id) {
  const auto end = stage.clock.elapsed() + patience;
  while (true) {
    auto letter = co_await stage.admin->dead_letter(id);
    if (!letter) co_return std::unexpected(std::move(letter).error());
    if (letter->state == "resolved") {
      stage.say("dead letter " + std::to_string(id) + " closed: " + letter->closed_by);
      co_return letter->closed_by == "replayed";
    }
    if (stage.clock.elapsed() > end) {
      co_return fail(Errc::limit, "waiting for dead letter " + std::to_string(id) + " to close: it is " +
                                      letter->state + ": " + letter->error);
    }
    auto waited = co_await stage.pause(poll_interval);
    if (!waited) co_return std::unexpected(std::move(waited).error());
  }
}

}  // namespace

Task<Result<bool>> play_dead_letter(Stage& stage, RecordId record, Tables tables) {
  const MapFile& map = stage.map(record.first);
  const ColumnPair* lookup = map.find(column_name);
  if (lookup == nullptr || !lookup->is_lookup()) {
    co_return fail(Errc::invalid,
                   "playing the dead letter: the map of customers has no lookup " + std::string(column_name));
  }
  Edit edit;
  edit.map = record.first;
  edit.key = record.second;
  edit.side = Side::finops;
  edit.column = lookup->finops;
  edit.to = "demo-party-" + std::to_string(stage.options.seed);
  std::string number = edit.to;
  auto duplicate = co_await make_duplicate(stage, map, *lookup, std::move(number));
  if (!duplicate) co_return std::unexpected(std::move(duplicate).error());
  const TableRow* row = tables[record.first][Side::finops].find(record.second);
  std::string key = row == nullptr ? "" : row->endpoint_key;
  auto sent = co_await send_edit(stage, std::move(edit), std::move(key));
  if (!sent) co_return std::unexpected(std::move(sent).error());

  auto letter = co_await wait_for_letter(stage, record);
  if (!letter) co_return std::unexpected(std::move(letter).error());
  stage.say("dead letter " + std::to_string(letter->id) + ": " + letter->error);

  std::string target = map.dataverse_set + "(" + *duplicate + ")";
  auto repaired = co_await delete_row(stage.session(Side::dataverse), std::move(target));
  if (!repaired) co_return std::unexpected(std::move(repaired).error());
  auto outcome = co_await stage.admin->replay(letter->id);
  if (!outcome) {
    const Errc code = outcome.error().code();
    if (code != Errc::not_found && code != Errc::precondition) co_return std::unexpected(std::move(outcome).error());
    stage.say("the daemon had closed the dead letter by itself before the replay");
    co_return false;
  }
  if (*outcome == "refused") {
    co_return fail(Errc::refused,
                   "replaying dead letter " + std::to_string(letter->id) + ": refused again after its repair");
  }
  auto closed = co_await wait_until_closed(stage, letter->id);
  co_return closed;
}

}  // namespace dualwrite::demo
