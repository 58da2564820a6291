#include "simulation/answers.hpp"

namespace dualwrite::simulation {

Task<std::size_t> Answers::answer(bool oscillations) {
  if (!node_.alive()) co_return 0;
  const Node::Visit here = node_.visit();
  store::Filter open;
  open.state = store::DeadLetterState::open;
  auto letters = co_await node_.control().dead_letters(open);
  if (!letters) co_return 0;
  std::size_t questions = 0;
  for (const store::DeadLetter& letter : *letters) {
    if (letter.error_class == store::DeadLetterClass::refused && services_.has_narrow()) {
      ++questions;
      if (!node_.alive()) break;
      store::DeadLetter refused = letter;
      co_await act_on_refused(std::move(refused));
      continue;
    }
    const bool conflict = letter.error_class == store::DeadLetterClass::conflict;
    const bool oscillation = letter.error_class == store::DeadLetterClass::oscillation && oscillations;
    if (!conflict && !oscillation) continue;
    ++questions;
    if (!node_.alive()) break;
    const Side winner = dice_.chance(500) ? Side::finops : Side::dataverse;
    const std::string account = account_of(letter.record.key);
    trace_(std::string(to_string(winner)) + " is chosen for " + account + ": " + letter.error);
    choices_.push_back({account, winner, ledger_.now()});
    auto outcome = co_await node_.control().resolve(letter.id, winner);
    if (!outcome) trace_("  " + outcome.error().message());
  }
  co_return questions;
}

Task<void> Answers::act_on_refused(store::DeadLetter letter) {
  const std::string account = account_of(letter.record.key);
  if (services_.is_narrow() && dice_.chance(200)) {
    trace_("given up: " + account + ": " + letter.error);
    std::string reason = "too long";
    auto discarded = co_await node_.control().discard(letter.id, std::move(reason));
    if (discarded) discarded_.insert(account);
    co_return;
  }
  if (services_.is_narrow() && dice_.chance(300)) {
    trace_("the narrow column is widened");
    services_.widen();
  }
  trace_("replayed: " + account + ": " + letter.error);
  auto outcome = co_await node_.control().replay(letter.id);
  if (!outcome) trace_("  " + outcome.error().message());
}

}  // namespace dualwrite::simulation
