# What is planted, where, and who catches it. README.md says why each is wrong.
planted_bug(NAME last_write_wins
  FILE src/plan/merge.cpp
  FIND [=[    const Provenance how = provenance(column, mine, base, ours);
    if (!how.is_edit()) {]=]
  PLANT [=[    const Provenance how;
    if (!how.is_edit()) {]=]
  BY enumeration ORACLE "needless drop" WORLD SetsDeletesAndCreatesWithAMishap OPERATIONS small)

planted_bug(NAME tie_counts_as_before
  FILE src/plan/merge.cpp
  FIND [=[      if (certainly_before(theirs, mine)) {]=]
  PLANT [=[      if (theirs.source != TimeSource::none && theirs.to <= mine.from) {]=]
  BY enumeration ORACLE "misjudged" WORLD EveryTimeTiedAndFinopsBreaksTies OPERATIONS small)

planted_bug(NAME tombstone_dropped_early
  FILE src/plan/deletion.cpp
  FIND [=[  plan_.next.turns.clear();
  if (!plan_.next.tombstone) plan_.next.tombstone = Instant{};  // decide puts the time
}

void Planner::plan_removal]=]
  PLANT [=[  plan_.next.turns.clear();
}

void Planner::plan_removal]=]
  BY enumeration ORACLE "resurrected" WORLD EveryTimeTiedAndDataverseBreaksTies OPERATIONS small)

planted_bug(NAME no_if_match
  FILE src/sync/write.cpp
  FIND [=[      write.guard = each.write.guard;]=]
  PLANT [=[      write.guard.clear();]=]
  BY simulation ORACLE "O2 no silent loss" SEEDS 400)

planted_bug(NAME intent_not_kept
  FILE src/plan/view.cpp
  FIND [=[    if (intent.decided_at < oldest) return true;]=]
  PLANT [=[    if (intent.decided_at <= oldest || seen.row) return true;]=]
  BY enumeration ORACLE "resurrected" WORLD EveryTimeTiedAndDataverseBreaksTies OPERATIONS full)

planted_bug(NAME foreign_token
  FILE src/plan/settle.cpp
  FIND [=[    if (same) state.token = reply.token;
    settled.again = !same;]=]
  PLANT [=[    state.token = reply.token;]=]
  BY enumeration ORACLE "diverged" WORLD FinopsIsReadRightAfterAWriteAndOnlyScanned OPERATIONS small)

planted_bug(NAME echo_written_back
  FILE src/plan/plan.cpp
  FIND [=[      const bool differs = value != (*state.shadow)[column];]=]
  PLANT [=[      const bool differs = agreed[column].origin != side;]=]
  BY simulation ORACLE "O5 no echo" SEEDS 400)

planted_bug(NAME retyped_value_swallowed
  FILE src/plan/merge.cpp
  FIND [=[      if (how.may_be_edit()) lose(column, side, mine, seen.time, in_doubt_rule);
    } else if (theirs_moved]=]
  PLANT [=[    } else if (theirs_moved]=]
  BY enumeration ORACLE "silent loss" WORLD OldValuesTypedAgain OPERATIONS small)

planted_bug(NAME agreed_after_the_write
  FILE src/sync/decide.cpp
  FIND [=[  } else if (plan.changed || !item.sent.empty()) {]=]
  PLANT [=[  } else if (plan.changed && item.sent.empty()) {]=]
  AND_FILE src/sync/write.cpp
  AND_FIND [=[    transaction.put(item.coupling);
  }
  if (transaction.empty()) co_return;]=]
  AND_PLANT [=[    if (item.fate == Fate::done) transaction.put(item.coupling);
  }
  if (transaction.empty()) co_return;]=]
  BY simulation ORACLE "O11 no needless loss" SEEDS 400)

planted_bug(NAME checkpoint_before_marks
  FILE src/sync/link.cpp
  FIND [=[  for (const Change& change : changes) extra.mark(change.mark);
  if (extra.empty()) co_return Result<void>();]=]
  PLANT [=[  if (with_checkpoint) {
    auto moved = co_await services_.store.commit(std::move(extra));
    if (!moved) co_return std::unexpected(std::move(moved).error());
    extra = store::Transaction();
    services_.pass(CrashPoint::checkpoint);
  }
  for (const Change& change : changes) extra.mark(change.mark);
  if (extra.empty()) co_return Result<void>();]=]
  BY simulation ORACLE "O1 convergence" SEEDS 400)

planted_bug(NAME every_mark_settled
  FILE src/store/sqlite/writes.cpp
  FIND [=["DELETE FROM mark WHERE seq = ? RETURNING map"]=]
  PLANT [=["DELETE FROM mark WHERE (map, key) IN (SELECT map, key FROM mark WHERE seq = ?) RETURNING map"]=]
  AND_FILE src/sync/lane_queue.cpp
  AND_FIND [=[  if (!lane.remarked) {
    lanes_.erase(found);]=]
  AND_PLANT [=[  if (!lane.queued) {
    lanes_.erase(found);]=]
  BY simulation ORACLE "O1 convergence" SEEDS 400)

planted_bug(NAME letter_replayed_blindly
  FILE src/sync/letters.cpp
  FIND [=[  Change change = replay_of(*letter);
  co_return co_await act_on(std::move(*letter), std::move(change));]=]
  PLANT [=[  std::vector<RecordRef> wanted;
  wanted.push_back(letter->record);
  auto couplings = co_await services_.store.couplings(std::move(wanted));
  if (couplings && couplings->front() && couplings->front()->sides[letter->side].shadow) {
    const maps::TableMap& map = find(letter->record.map)->runtime.map();
    std::vector<endpoint::RowWrite> writes(1);
    writes.front().record = letter->record.key;
    writes.front().key = couplings->front()->sides[letter->side].key;
    writes.front().intent = services_.next_intent();
    std::string body = "{";
    for (const maps::Column& column : map.columns) {
      const std::string member = "\"" + column.name() + "\":\"";
      const std::size_t found = letter->attempted.find(member);
      if (column.key || found == std::string::npos) continue;
      const std::size_t from = found + member.size();
      body += (body.size() > 1 ? "," : "") + ("\"" + (letter->side == Side::finops ? column.finops : column.dataverse));
      body += "\":\"" + letter->attempted.substr(from, letter->attempted.find('"', from) - from) + "\"";
    }
    writes.front().body = body + "}";
    auto replies = co_await services_.endpoint(letter->side).write(map, std::move(writes));
  }
  Change change = replay_of(*letter);
  co_return co_await act_on(std::move(*letter), std::move(change));]=]
  BY simulation ORACLE "O2 no silent loss" SEEDS 400)

planted_bug(NAME other_sides_guard
  FILE src/plan/plan.cpp
  FIND [=[    write.guard = state.token;]=]
  PLANT [=[    write.guard = plan_.next.sides[other(side)].token;]=]
  BY enumeration ORACLE "endless" WORLD EveryTimeTiedAndDataverseBreaksTies OPERATIONS small)

planted_bug(NAME tombstone_not_stored
  FILE src/plan/deletion.cpp
  FIND [=[  plan_.next.turns.clear();
  if (!plan_.next.tombstone) plan_.next.tombstone = Instant{};  // decide puts the time
}

void Planner::plan_removal]=]
  PLANT [=[  plan_.next.turns.clear();
}

void Planner::plan_removal]=]
  BY simulation ORACLE "O3 no resurrection" SEEDS 400 START 1000010)

planted_bug(NAME column_mixed_up
  FILE src/plan/plan.cpp
  FIND [=[      if (!differs || !flows_from(policy.direction, other(side))) continue;
      write.cells.emplace_back(column, value);]=]
  PLANT [=[      if (!differs || !flows_from(policy.direction, other(side))) continue;
      write.cells.emplace_back(column, agreed[column + 1 < agreed.size() ? column : column - 1].value);]=]
  BY simulation ORACLE "O4 no phantom" SEEDS 100)

planted_bug(NAME choice_forgotten
  FILE src/sync/letters.cpp
  FIND [=[  co_return co_await act_on(std::move(*letter), std::move(change));
}

Task<Result<std::int64_t>> Link::replay_all]=]
  PLANT [=[  co_return ReplayOutcome::queued;
}

Task<Result<std::int64_t>> Link::replay_all]=]
  BY simulation ORACLE "O6 quiescence" SEEDS 40 START 1000001 GROUP 1)

planted_bug(NAME second_try_unguarded
  FILE src/sync/write.cpp
  FIND [=[      write.guard = each.write.guard;]=]
  PLANT [=[      if (item.dirt.attempts == 0) write.guard = each.write.guard;]=]
  BY simulation ORACLE "O7 order" SEEDS 400 START 1000020)

planted_bug(NAME letter_never_closed
  FILE src/sync/decide.cpp
  FIND [=[  if (open == Letter::none) return;]=]
  PLANT [=[  if (open != Letter::held) return;]=]
  BY simulation ORACLE "O8 dead-letter truth" SEEDS 400 START 1000040)

planted_bug(NAME put_off_and_forgotten
  FILE src/sync/lane_queue.cpp
  FIND [=[  due_.emplace(at, key);
]=]
  PLANT [=[  if (kind != Wait::delayed) due_.emplace(at, key);
]=]
  BY simulation ORACLE "O9 liveness" SEEDS 40 GROUP 1)

planted_bug(NAME mark_kept_and_forgotten
  FILE src/sync/lane_queue.cpp
  FIND [=[  if (!lane.remarked) {
    lanes_.erase(found);]=]
  PLANT [=[  if (!lane.queued) {
    lanes_.erase(found);]=]
  BY simulation ORACLE "O10 restart equivalence" SEEDS 400 START 1000040)

planted_bug(NAME every_time_a_window
  FILE src/sync/round.cpp
  FIND [=[    const std::optional<Side> master = item.dirt.initial]=]
  PLANT [=[    for (const Side side : both_sides) {
      EditTime& time = item.seen[side].time;
      if (time.source != TimeSource::none) time = EditTime(Instant{}, now, TimeSource::window);
    }
    const std::optional<Side> master = item.dirt.initial]=]
  BY simulation ORACLE "O12 journal truth" SEEDS 400 START 31)

planted_bug(NAME edit_never_restores
  FILE src/plan/deletion.cpp
  FIND [=[  if (!views_[rest].has || policy == DeletePolicy::delete_wins) return]=]
  PLANT [=[  if (!views_[rest].has || policy == DeletePolicy::delete_wins || policy == DeletePolicy::edit_restores) return]=]
  BY simulation ORACLE "O12 journal truth" SEEDS 400 START 1000030)

planted_bug(NAME loss_called_doubtful
  FILE src/plan/merge.cpp
  FIND [=[    lose(column, side, (*seen.row)[column], seen.time, judgement.why, type);]=]
  PLANT [=[    lose(column, side, (*seen.row)[column], seen.time, in_doubt_rule, type);]=]
  BY simulation ORACLE "O12 journal truth" SEEDS 400)

planted_bug(NAME never_turning
  FILE src/plan/turns.cpp
  FIND [=[  return found->points >= points_max;]=]
  PLANT [=[  return false;]=]
  BY simulation ORACLE "O13 oscillation" SEEDS 40 START 1000001 GROUP 1)

planted_bug(NAME group_decided_apart
  FILE src/plan/merge.cpp
  FIND [=[  const std::vector<std::size_t> columns = group_of(first);
  bool mine_edited]=]
  PLANT [=[  if (first < policy.columns.size()) return false;
  const std::vector<std::size_t> columns = group_of(first);
  bool mine_edited]=]
  BY simulation ORACLE "O14 one group" SEEDS 400 START 1000050)

planted_bug(NAME once_agreed_never_typed
  FILE src/plan/merge.cpp
  FIND [=[    const Provenance how = provenance(column, mine, base, ours);
    if (!how.is_edit()) {]=]
  PLANT [=[    Provenance how = provenance(column, mine, base, ours);
    for (const Turns& turn : turns) how.unchanged = how.unchanged || (turn.column == column && turn.before == mine);
    if (!how.is_edit()) {]=]
  BY simulation ORACLE "O2 no silent loss" SEEDS 400 START 1000020)
