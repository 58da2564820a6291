// Which rows a write's lookups are to lead to, asked in one batch for all writes of a round. Nothing is remembered from
// round to round: a related row may be renumbered at any time.
#include "dualwrite/maps/reference.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

constexpr std::size_t questions_max = 100;  // in one batch

using Answers = std::map<maps::Question, Result<std::vector<std::string>>>;

/// True if the service says no to what was asked, as against being away or wanting to be left alone.
bool is_about_question(const Error& error) {
  return error.code() == Errc::invalid || error.code() == Errc::not_found || error.code() == Errc::refused;
}

void cannot_send(endpoint::WriteReply& reply, endpoint::WriteOutcome outcome, std::string why) {
  reply.outcome = outcome;
  reply.answered = outcome != endpoint::WriteOutcome::retry;
  reply.error = std::move(why);
}

std::string named(const maps::Inquiry& inquiry) {
  std::string out = inquiry.columns.size() == 1 ? "column " : "columns ";
  for (std::size_t index = 0; index < inquiry.columns.size(); ++index) {
    out += (index == 0 ? "" : ", ") + inquiry.columns[index];
  }
  return out + ": ";
}

/// The first place where there is such a row; nothing, and the reply says why, if there is none or more than one.
std::optional<maps::Bound> choose(const maps::Inquiry& inquiry, const Answers& answers, endpoint::WriteReply& reply) {
  std::string tried;
  for (const maps::Inquiry::Place& place : inquiry.places) {
    const maps::Question& question = place.question;
    const Result<std::vector<std::string>>& answer = answers.at(question);
    if (!answer) {
      cannot_send(reply, endpoint::WriteOutcome::refused, named(inquiry) + answer.error().text());
      return std::nullopt;
    }
    const std::vector<std::string>& ids = *answer;
    if (ids.size() == 1) return maps::Bound{place.navigation, "/" + question.set + "(" + ids.front() + ")"};
    if (ids.size() > 1) {
      cannot_send(reply, endpoint::WriteOutcome::refused,
                  named(inquiry) + "more than one row of " + question.set + " has " + question.filter);
      return std::nullopt;
    }
    tried += (tried.empty() ? "no row of " : ", nor of ") + question.set + " has " + question.filter;
  }
  cannot_send(reply, endpoint::WriteOutcome::parent_missing, named(inquiry) + tried);
  return std::nullopt;
}

}  // namespace

Task<void> Round::find_related() {
  Answers answers;
  for (Item& item : items_) {
    for (Sent& sent : item.sent) {
      if (sent.write.side != Side::dataverse || sent.write.kind == WriteKind::remove) continue;
      auto inquiries = maps::inquiries(map_.map(), item.key, sent.write.cells, sent.before);
      if (!inquiries) {
        sent.unsent = true;
        cannot_send(sent.reply, endpoint::WriteOutcome::refused, inquiries.error().text());
        continue;
      }
      sent.inquiries = std::move(*inquiries);
      for (const maps::Inquiry& inquiry : sent.inquiries) {
        for (const maps::Inquiry::Place& place : inquiry.places) answers[place.question];
      }
    }
  }
  if (answers.empty()) co_return;
  const std::optional<Error> failure = co_await ask(answers);
  for (Item& item : items_) {
    for (Sent& sent : item.sent) {
      for (const maps::Inquiry& inquiry : sent.inquiries) {
        if (failure) cannot_send(sent.reply, endpoint::WriteOutcome::retry, failure->text());
        auto bound = failure ? std::nullopt : choose(inquiry, answers, sent.reply);
        sent.unsent = !bound;
        if (!bound) break;
        sent.bindings[inquiry.navigation] = std::move(*bound);
      }
    }
  }
}

Task<std::optional<Error>> Round::ask(Answers& questions) {
  std::vector<maps::Question> batch;
  for (auto next = questions.begin(); next != questions.end();) {
    batch.push_back(next->first);
    ++next;
    if (batch.size() < questions_max && next != questions.end()) continue;
    auto failure = co_await ask_some(batch, questions);
    if (failure) co_return failure;
    batch.clear();
  }
  co_return std::nullopt;
}

/// One question that the service refuses fails the batch: then each is asked alone, and holds up nobody else.
Task<std::optional<Error>> Round::ask_some(std::vector<maps::Question> some, Answers& questions) {
  auto found = co_await services_.endpoint(Side::dataverse).find_ids(some);
  if (found) {
    for (std::size_t index = 0; index < some.size(); ++index) questions[some[index]] = std::move((*found)[index]);
    co_return std::nullopt;
  }
  if (!is_about_question(found.error())) co_return std::move(found).error();
  if (some.size() == 1) {
    questions[some.front()] = std::unexpected(std::move(found).error());
    co_return std::nullopt;
  }
  for (const maps::Question& each : some) {
    std::vector<maps::Question> alone(1, each);
    auto failure = co_await ask_some(std::move(alone), questions);
    if (failure) co_return failure;
  }
  co_return std::nullopt;
}

}  // namespace dualwrite::sync
