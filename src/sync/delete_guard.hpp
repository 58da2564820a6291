#pragma once
// Deletions that are proven row by row may still be a mistake as a whole: more than the limit wait for a person. Memory
// only: after a restart a map that is held asks once more. Pure.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dualwrite/capture/scan.hpp"
#include "dualwrite/model/record.hpp"
#include "dualwrite/model/side.hpp"

namespace dualwrite::sync {

class DeleteGuard {
 public:
  /// Deletions sent within this time count together.
  static constexpr std::chrono::minutes window{10};

  using Among = std::function<bool(const RecordKey&)>;

  enum class Verdict : std::uint8_t {
    send,  ///< few enough: these may go out
    wait,  ///< too many records are marked as deleted; look at them before any deletion is sent
    hold,  ///< more than the limit: a person must decide
  };

  /// What to do with deletions that are about to be sent. `marked` is how many records of the map are marked as
  /// deleted and not approved, `limit` how many deletions may go out within the window, `now` steady time.
  Verdict judge(const std::vector<RecordKey>& about_to, std::size_t marked, std::int64_t limit,
                std::chrono::milliseconds now);
  /// How many deletions the last verdict counted.
  [[nodiscard]] std::size_t counted() const noexcept { return waiting_.size() + sent_.size(); }
  /// Deletions that were judged and not yet sent.
  [[nodiscard]] const capture::RecordKeys& waiting() const noexcept { return waiting_; }

  [[nodiscard]] bool is_approved(const RecordKey& key) const { return approved_.contains(key); }
  /// The approvals that a scan of that side may use.
  [[nodiscard]] capture::RecordKeys approved(Side scanned) const;
  /// How many approved records are also among those.
  [[nodiscard]] std::size_t count_approved(const Among& among) const;

  /// What an approval would let through; `scanned` is the side whose scans do not show the rows. While something is
  /// held, what comes on top is not added: a person approves what was shown.
  void hold(const capture::RecordKeys& records, std::optional<Side> scanned);
  [[nodiscard]] bool holds() const noexcept { return !held_.empty(); }
  /// Returns how many records were approved.
  std::size_t approve_held();
  /// The map is no longer held: nothing is left to approve.
  void drop_held() noexcept { held_.clear(); }

  /// What a scan of that side does not see at all, by company; replaces what was known.
  void set_hidden(Side side, std::vector<capture::HiddenCompany> companies);
  [[nodiscard]] const std::map<std::string, capture::RecordKeys>& hidden(Side side) const noexcept {
    return hidden_[side];
  }
  /// The records of a company out of sight, by the side where they are missing.
  [[nodiscard]] PerSide<capture::RecordKeys> hidden_in(const std::string& company) const;
  /// Approves the deletion of rows that scans of that side do not show.
  void approve_rows(Side scanned, const capture::RecordKeys& records);

  /// A complete scan has used these approvals: they last for two scans, or, once the record is `marked` as deleted,
  /// until it comes to an end.
  void scan_done(const capture::RecordKeys& used, const Among& marked);
  /// The record has come to an end.
  void settled(const RecordKey& key);
  /// The record waits for proof: its deletion is not about to be sent any more.
  void unproven(const RecordKey& key);

 private:
  struct Approval {
    std::optional<Side> scanned;  ///< it is about rows that scans of that side do not show
    int scans_left = 0;
    bool confirmed = false;  ///< scans have confirmed the deletion, and it is on its way
  };
  struct Sent {
    std::chrono::milliseconds at{};
    bool under_way = true;  ///< its record has not yet come to an end
  };
  void approve(const RecordKey& key, std::optional<Side> scanned);

  std::unordered_map<RecordKey, Approval> approved_;
  std::unordered_map<RecordKey, std::optional<Side>> held_;
  PerSide<std::map<std::string, capture::RecordKeys>> hidden_;
  capture::RecordKeys waiting_;               ///< real deletions that were not yet sent
  std::unordered_map<RecordKey, Sent> sent_;  ///< within the window
};

}  // namespace dualwrite::sync
