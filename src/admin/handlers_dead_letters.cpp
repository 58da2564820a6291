#include "admin/filters.hpp"
#include "admin/handlers.hpp"
#include "admin/pages.hpp"
#include "admin/problem.hpp"
#include "admin/render.hpp"

namespace dualwrite::admin {

Task<http::Response> get_dead_letters(const Services& services, Call call) {
  const auto filter = read_filter(services, call);
  if (!filter) co_return filter.error();
  store::Filter wanted = *filter;
  const auto letters = co_await services.control.dead_letters(std::move(wanted));
  if (!letters) co_return problem(letters.error());
  JsonWriter json;
  open_page(json);
  for (const store::DeadLetter& letter : *letters)
    render(json, {}, services.control.map_name(letter.record.map), letter);
  close_page(json, *letters, filter->limit);
  co_return json_reply(200, std::move(json).take());
}

Task<http::Response> get_dead_letter(const Services& services, Call call) {
  const auto id = read_id(call);
  if (!id) co_return id.error();
  const auto letter = co_await services.control.dead_letter(*id);
  if (!letter) co_return problem(letter.error());
  co_return json_reply(200, dead_letter_document(services.control.map_name(letter->record.map), *letter));
}

namespace {

http::Response outcome_reply(store::DeadLetterId id, const Result<sync::ReplayOutcome>& outcome) {
  if (!outcome) return problem(outcome.error());
  JsonWriter json;
  json.open_object();
  json.number("id", id.value());
  json.text("outcome", sync::to_string(*outcome));
  json.close();
  return json_reply(200, std::move(json).take());
}

}  // namespace

Task<http::Response> replay_dead_letter(const Services& services, Call call) {
  const auto id = read_id(call);
  if (!id) co_return id.error();
  const auto outcome = co_await services.control.replay(*id);
  co_return outcome_reply(*id, outcome);
}

Task<http::Response> resolve_dead_letter(const Services& services, Call call) {
  const auto id = read_id(call);
  if (!id) co_return id.error();
  const auto winner = read_side(call, "winner", "it names the side whose value or deletion counts");
  if (!winner) co_return winner.error();
  const auto outcome = co_await services.control.resolve(*id, *winner);
  co_return outcome_reply(*id, outcome);
}

Task<http::Response> replay_dead_letters(const Services& services, Call call) {
  auto filter = read_filter(services, call);
  if (!filter) co_return filter.error();
  filter->state = store::DeadLetterState::open;
  store::Filter wanted = *std::move(filter);
  const auto queued = co_await services.control.replay_all(std::move(wanted));
  if (!queued) co_return problem(queued.error());
  JsonWriter json;
  json.open_object();
  json.number("queued", *queued);
  json.close();
  co_return json_reply(202, std::move(json).take());
}

Task<http::Response> discard_dead_letter(const Services& services, Call call) {
  const auto id = read_id(call);
  if (!id) co_return id.error();
  std::string reason = call.body("reason");
  const Result<void> discarded = co_await services.control.discard(*id, std::move(reason));
  if (!discarded) co_return problem(discarded.error());
  const auto letter = co_await services.control.dead_letter(*id);
  if (!letter) co_return problem(letter.error());
  co_return json_reply(200, dead_letter_document(services.control.map_name(letter->record.map), *letter));
}

}  // namespace dualwrite::admin
