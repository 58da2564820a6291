#include "simulation/answers.hpp"

namespace dualwrite::simulation {

std::string account_of(const RecordKey& key) {
  return key.text().substr(key.text().find('|') + 1);
}

Task<std::size_t> Answers::answer(bool oscillations) {
  if (!node_.alive()) co_return 0;
  const Node::Visit here = node_.visit();
  store::Filter open;
  open.state = store::DeadLetterState::open;
  auto letters = co_await node_.control().dead_letters(open);
  if (!letters) co_return 0;
  std::size_t questions = 0;
  for (const store::DeadLetter& letter : *letters) {
    const bool conflict = letter.error_class == store::DeadLetterClass::conflict;
    const bool oscillation = letter.error_class == store::DeadLetterClass::oscillation && oscillations;
    if (!conflict && !oscillation) continue;
    ++questions;
    if (!node_.alive()) break;
    const Side winner = dice_.chance(500) ? Side::finops : Side::dataverse;
    const std::string account = account_of(letter.record.key);
    trace_(std::string(to_string(winner)) + " is chosen for " + account + ": " + letter.error);
    chosen_.emplace(account, winner);
    auto outcome = co_await node_.control().resolve(letter.id, winner);
    if (!outcome) trace_("  " + outcome.error().message());
  }
  co_return questions;
}

}  // namespace dualwrite::simulation
