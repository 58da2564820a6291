#include "sync/lane_queue.hpp"

#include <algorithm>
#include <cassert>

namespace dualwrite::sync {

void Dirt::fold(MarkSeq seq, const Mark& mark, std::optional<SeenRow> row) {
  marks.push_back(seq);
  const Side side = mark.side;
  switch (mark.source) {
    case CaptureSource::replay:
    case CaptureSource::repair:
      read_both = true;
      break;
    case CaptureSource::choice:
      read_both = true;
      choice = side;
      break;
    case CaptureSource::initial:
      initial = true;
      break;
    default:
      captured = true;
      break;
  }
  dirty[side] = true;
  if (told) told->token.clear();  // the row may have changed
  // Proof that a row was deleted stays: a keyed read confirms it before anything is done, and an event about an earlier
  // edit may come after the one about the deletion.
  deleted[side] = deleted[side] || mark.deleted;
  learn_time(side, mark.time);
  if (side == Side::dataverse) learn_key(mark.endpoint_key);
  if (row) {
    seen[side] = std::move(row);
  } else {
    seen[side].reset();  // something happened after the row was read
  }
}

void Dirt::learn_key(std::string key) {
  if (key.empty()) return;
  ask_by_key = ask_by_key || (!dataverse_key.empty() && key != dataverse_key);
  dataverse_key = std::move(key);
}

void Dirt::learn_time(Side side, const EditTime& other) {
  EditTime& known = time[side];
  if (other.source == TimeSource::none) return;
  if (known.source == TimeSource::none || other.source < known.source) {
    known = other;  // a stamp is better than an event, and an event better than a window
  } else if (other.source == known.source && known.source == TimeSource::window) {
    known.from = std::min(known.from, other.from);  // the edit was in one of the two
    known.to = std::max(known.to, other.to);
  } else if (other.source == known.source && other.to > known.to) {
    known = other;
  }
}

void Dirt::merge(Dirt&& later) {
  if (told && !later.marks.empty()) told->token.clear();
  marks.insert(marks.end(), later.marks.begin(), later.marks.end());
  for (const Side side : both_sides) {
    dirty[side] = dirty[side] || later.dirty[side];
    deleted[side] = deleted[side] || later.deleted[side];
    learn_time(side, later.time[side]);
    if (later.dirty[side]) seen[side] = std::move(later.seen[side]);
  }
  learn_key(std::move(later.dataverse_key));
  if (!later.finops_key.empty()) finops_key = std::move(later.finops_key);
  ask_by_key = ask_by_key || later.ask_by_key;
  read_both = read_both || later.read_both;
  if (later.choice) choice = later.choice;
  initial = initial || later.initial;
  captured = captured || later.captured;
}

void LaneQueue::add(const RecordKey& key, MarkSeq seq, const Mark& mark, std::optional<SeenRow> row) {
  Lane& lane = lanes_[key];
  const bool was_initial = lane.dirt.initial;
  if (lane.busy) row.reset();  // read while the lane was writing: it may be older than what is being written
  lane.dirt.fold(seq, mark, std::move(row));
  marked(key, lane, was_initial);
}

void LaneQueue::adopt(const RecordKey& key, Dirt dirt) {
  Lane& lane = lanes_[key];
  const bool was_initial = lane.dirt.initial;
  if (lane.busy) {
    for (const Side side : both_sides) dirt.seen[side].reset();
  }
  lane.dirt.merge(std::move(dirt));
  marked(key, lane, was_initial);
}

void LaneQueue::count_deletion(Lane& lane, bool deletion) {
  if (deletion == lane.deletion) return;
  lane.deletion = deletion;
  deletions_ = deletion ? deletions_ + 1 : deletions_ - 1;
}

void LaneQueue::count_initial_parked(Lane& lane, bool parked) {
  if (parked == lane.initial_parked) return;
  lane.initial_parked = parked;
  initial_parked_ = parked ? initial_parked_ + 1 : initial_parked_ - 1;
}

bool LaneQueue::is_deletion(const RecordKey& key) const {
  const auto found = lanes_.find(key);
  return found != lanes_.end() && found->second.deletion;
}

std::vector<RecordKey> LaneQueue::marked_deleted() const {
  std::vector<RecordKey> keys;
  for (const auto& [key, lane] : lanes_) {
    if (lane.deletion) keys.push_back(key);
  }
  return keys;
}

void LaneQueue::marked(const RecordKey& key, Lane& lane, bool was_initial) {
  if (lane.dirt.deletion()) count_deletion(lane, true);
  if (lane.dirt.initial && !was_initial) ++initial_;
  if (lane.busy) {
    lane.remarked = true;
    return;
  }
  if (lane.wait == Wait::parent) {
    count_initial_parked(lane, lane.dirt.initial);
    return;
  }
  if (lane.wait == Wait::delayed && lane.dirt.attempts > 0) return;  // keep its distance from a service in trouble
  make_ready(key, lane);
}

std::vector<std::pair<RecordKey, Dirt>> LaneQueue::take(std::size_t max, std::chrono::milliseconds now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const RecordKey key = due_.begin()->second;
    const auto found = lanes_.find(key);
    assert(found != lanes_.end());
    make_ready(key, found->second);
  }
  std::vector<std::pair<RecordKey, Dirt>> taken;
  while (taken.size() < max && !ready_.empty()) {
    RecordKey key = std::move(ready_.front());
    ready_.pop_front();
    Lane& lane = lanes_.at(key);
    lane.queued = false;
    if (lane.busy) continue;  // claimed meanwhile: unclaim() queues it again
    lane.busy = true;
    lane.remarked = false;
    if (lane.dirt.initial) --initial_;
    taken.emplace_back(std::move(key), std::move(lane.dirt));
    lane.dirt = Dirt();
    if (taken.back().second.initial) {
      lane.dirt.initial = true;  // still counted while it is being worked on
      ++initial_;
    }
  }
  return taken;
}

void LaneQueue::done(const RecordKey& key) {
  const auto found = lanes_.find(key);
  assert(found != lanes_.end() && found->second.busy);
  Lane& lane = found->second;
  lane.busy = false;
  count_deletion(lane, lane.dirt.deletion());
  if (lane.dirt.initial) --initial_;
  if (!lane.remarked) {
    lanes_.erase(found);
    return;
  }
  lane.dirt.initial = false;
  make_ready(key, lane);
}

bool LaneQueue::claim(const RecordKey& key) {
  Lane& lane = lanes_[key];
  if (lane.busy) return false;
  stop_waiting(key, lane);
  lane.busy = true;
  lane.remarked = !lane.dirt.marks.empty();
  return true;
}

void LaneQueue::unclaim(const RecordKey& key) {
  const auto found = lanes_.find(key);
  assert(found != lanes_.end() && found->second.busy);
  Lane& lane = found->second;
  lane.busy = false;
  if (lane.remarked) {
    make_ready(key, lane);
  } else if (!lane.queued) {
    lanes_.erase(found);
  }
}

LaneQueue::Lane& LaneQueue::give_back(const RecordKey& key, Dirt dirt) {
  Lane& lane = lanes_.at(key);
  assert(lane.busy);
  lane.busy = false;
  dirt.merge(std::move(lane.dirt));  // `initial` stays counted as it was
  lane.dirt = std::move(dirt);
  count_deletion(lane, lane.dirt.deletion());
  return lane;
}

void LaneQueue::again(const RecordKey& key, Dirt dirt, std::chrono::milliseconds at) {
  Lane& lane = give_back(key, std::move(dirt));
  wait(key, lane, Wait::delayed, at);
}

void LaneQueue::park_on_parent(const RecordKey& key, Dirt dirt, const std::vector<RecordRef>& parents,
                               std::chrono::milliseconds at) {
  Lane& lane = give_back(key, std::move(dirt));
  wait(key, lane, Wait::parent, at);
  lane.parents = parents;
  for (const RecordRef& parent : parents) children_.emplace(parent, key);
  ++parked_;
  count_initial_parked(lane, lane.dirt.initial);
}

void LaneQueue::park_for_proof(const RecordKey& key, Dirt dirt, std::chrono::milliseconds at) {
  const bool remarked = lanes_.at(key).remarked;
  Lane& lane = give_back(key, std::move(dirt));
  if (remarked) {
    make_ready(key, lane);
    return;
  }
  count_deletion(lane, false);
  wait(key, lane, Wait::proof, at);
  ++parked_;
  count_initial_parked(lane, lane.dirt.initial);
}

void LaneQueue::release_proofs() {
  for (auto& [key, lane] : lanes_) {
    if (lane.wait == Wait::proof) make_ready(key, lane);
  }
}

void LaneQueue::release(const RecordRef& parent) {
  std::vector<RecordKey> keys;
  const auto range = children_.equal_range(parent);
  for (auto at = range.first; at != range.second; ++at) keys.push_back(at->second);
  for (const RecordKey& key : keys) {
    const auto found = lanes_.find(key);
    if (found != lanes_.end() && found->second.wait == Wait::parent) make_ready(key, found->second);
  }
}

bool LaneQueue::is_waiting(const RecordKey& key, Side side, bool delayed) const {
  const auto found = lanes_.find(key);
  if (found == lanes_.end() || found->second.busy) return false;
  const Lane& lane = found->second;
  const bool waits = lane.wait == Wait::ready || (delayed && lane.wait == Wait::delayed);
  return waits && lane.dirt.dirty[side] && !lane.dirt.seen[side];
}

std::optional<std::chrono::milliseconds> LaneQueue::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void LaneQueue::wait(const RecordKey& key, Lane& lane, Wait kind, std::chrono::milliseconds at) {
  lane.wait = kind;
  lane.due = at;
  due_.emplace(at, key);
}

void LaneQueue::stop_waiting(const RecordKey& key, Lane& lane) {
  if (lane.wait == Wait::ready) return;
  const auto range = due_.equal_range(lane.due);
  for (auto at = range.first; at != range.second; ++at) {
    if (at->second == key) {
      due_.erase(at);
      break;
    }
  }
  if (lane.wait == Wait::parent || lane.wait == Wait::proof) --parked_;
  count_initial_parked(lane, false);
  if (lane.wait == Wait::proof) count_deletion(lane, lane.dirt.deletion());
  for (const RecordRef& parent : lane.parents) {
    const auto children = children_.equal_range(parent);
    for (auto at = children.first; at != children.second; ++at) {
      if (at->second == key) {
        children_.erase(at);
        break;
      }
    }
  }
  lane.parents.clear();
  lane.wait = Wait::ready;
}

void LaneQueue::make_ready(const RecordKey& key, Lane& lane) {
  stop_waiting(key, lane);
  if (lane.queued || lane.busy) return;
  lane.queued = true;
  ready_.push_back(key);
}

}  // namespace dualwrite::sync
