#pragma once
// One request as the handlers see it: matched, checked against its route, and taken apart.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/admin/admin.hpp"
#include "dualwrite/maps/json_document.hpp"

namespace dualwrite::admin {

/// What every handler may use. Owned by the Api.
struct Services {
  sync::Control& control;
  Metrics& metrics;
  Clock& clock;
  std::string version;
  Instant started_at;
  Api::ReadinessCheck readiness;

  Services(sync::Control& c, Metrics& m, Clock& k, std::string v, Api::ReadinessCheck r)
      : control(c), metrics(m), clock(k), version(std::move(v)), started_at(k.now()), readiness(std::move(r)) {}
};

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

/// Names are those of the route; a text that was not given is empty.
class Call {
 public:
  Call() = default;
  Call(NamedTexts captures, NamedTexts query, std::optional<maps::JsonNode> body)
      : captures_(std::move(captures)), query_(std::move(query)), body_(std::move(body)) {}

  [[nodiscard]] const std::string& path(std::string_view name) const noexcept { return find(captures_, name); }
  [[nodiscard]] const std::string& query(std::string_view name) const noexcept { return find(query_, name); }
  /// The body's member of that name, which is a string; empty if it is not given.
  [[nodiscard]] const std::string& body(std::string_view name) const noexcept {
    const maps::JsonNode* member = body_ ? body_->find(name) : nullptr;
    return member == nullptr ? none() : member->text;
  }

 private:
  static const std::string& none() noexcept {
    static const std::string empty;
    return empty;
  }
  static const std::string& find(const NamedTexts& in, std::string_view name) noexcept {
    for (const auto& [key, text] : in) {
      if (key == name) return text;
    }
    return none();
  }

  NamedTexts captures_;
  NamedTexts query_;
  std::optional<maps::JsonNode> body_;
};

}  // namespace dualwrite::admin
