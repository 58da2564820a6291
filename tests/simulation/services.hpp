#pragma once
// The two services: the sandbox's own, without sockets, each on a clock of its own.
#include <memory>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "sandbox/dataverse/service.hpp"
#include "sandbox/finops/service.hpp"
#include "sandbox/schema.hpp"
#include "sandbox/tokens.hpp"
#include "simulation/ledger.hpp"
#include "simulation/terms.hpp"

namespace dualwrite::simulation {

/// A wall clock that goes by the simulated time and may be wrong.
class WrongClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
  [[nodiscard]] std::chrono::milliseconds elapsed() const override { return steady_.elapsed(); }
  Task<void> sleep(std::chrono::milliseconds duration) override { return steady_.sleep(duration); }
  /// How far it is ahead.
  std::chrono::milliseconds offset{0};

 private:
  SystemClock steady_;
};

extern const std::string dataverse_origin;
extern const std::string finops_origin;
extern const std::string token_url;

class Services {
 public:
  /// Events go to the sinks once their transaction is committed.
  Services(std::uint64_t seed, const Terms& terms, sandbox::PostSink webhooks, sandbox::PostSink notices);

  PerSide<WrongClock> clocks;
  bool plug_ins_off = false;
  /// The narrow column takes anything from now on.
  void widen() noexcept;
  [[nodiscard]] bool has_narrow() const noexcept { return narrow_ != nullptr; }
  [[nodiscard]] bool is_narrow() const noexcept { return narrow_ != nullptr && narrow_->length_max > 0; }

  http::Response handle(Side side, const http::Request& request);
  http::Response handle_token(const http::Request& request);

  /// A request of a person, at once and without the network. `target` is relative to the service's root.
  http::Response ask(Side side, std::string method, std::string target, std::string body = {},
                     http::Headers headers = {});

  [[nodiscard]] Image image(Side side) const;
  /// True if what is written there may become something else.
  [[nodiscard]] bool alters(Side side) const noexcept { return terms_.has_plug_ins(side); }
  /// The versions of the rows as clients see them.
  [[nodiscard]] std::map<std::string, std::string> etags(Side side) const;
  /// The version of a row, to see that it was written: empty if there is none.
  [[nodiscard]] std::map<std::string, std::int64_t> versions(Side side) const;
  /// What addresses the row on that side: "VendorsV2(…)" or "msdyn_vendors(GUID)". Empty if there is none.
  [[nodiscard]] std::string address(Side side, const std::string& account) const;
  /// Accounts by what names their rows in requests and events: their GUIDs, and themselves in quotes.
  [[nodiscard]] std::map<std::string, std::string> handles() const;
  /// The body of a create by a person.
  [[nodiscard]] std::string new_row(Side side, const std::string& account, const Cells& cells) const;
  [[nodiscard]] static std::string change(Side side, std::size_t column, const std::string& value);

  void subscribe_finops(const std::string& url);
  void revoke_tokens() { tokens_.revoke_all(); }
  void expire_deltas() { dataverse_.expire_delta_tokens(); }

 private:
  template <class F>
  void for_each_row(Side side, F f) const;
  std::string token_for(Side side);
  http::Response run(Side side, const http::Request& request);
  void alter(Side side, http::Request& request) const;
  void fill_blanks(Side side);

  sandbox::SandboxSettings make_settings();

  const Terms& terms_;
  sandbox::Column* narrow_ = nullptr;  ///< of a schema of our own
  sandbox::SandboxSettings settings_;
  sandbox::TokenService tokens_;
  mutable sandbox::dataverse::Service dataverse_;
  mutable sandbox::finops::Service finops_;
  PerSide<std::string> bearer_;
  std::string company_id_;
};

}  // namespace dualwrite::simulation
