#pragma once
// Small couplings and observations for the planner's tests: two plain columns, "key" aside.
#include <initializer_list>
#include <string>

#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"
#include "dualwrite/plan/plan.hpp"
#include "dualwrite/plan/settle.hpp"

namespace dualwrite::plan::testing {

inline Instant at(std::int64_t seconds) {
  return Instant(std::chrono::seconds(1000000 + seconds));
}

inline EditTime stamp(std::int64_t from, std::int64_t to) {
  return {at(from), at(to), TimeSource::stamp};
}

inline Row row(std::initializer_list<const char*> texts) {
  Row cells;
  for (const char* text : texts) cells.push_back(text == nullptr ? Value::null() : Value::string(text));
  return cells;
}

inline Policy two_columns() {
  Policy policy;
  policy.columns.resize(2);
  return policy;
}

/// Both sides hold `values`, agreed on at time 0.
inline Coupling coupled(const Row& values) {
  Coupling coupling;
  coupling.record = RecordRef(MapId(1), RecordKey("usmf|1"));
  coupling.agreed.emplace();
  for (const Value& value : values) coupling.agreed->emplace_back(value, stamp(0, 0), Side::finops);
  for (const Side side : both_sides) {
    coupling.sides[side].shadow = values;
    coupling.sides[side].key = "row";
    coupling.sides[side].token = "v0";
  }
  return coupling;
}

inline Observation present(const Row& values, Token token, EditTime time = {}) {
  Observation seen;
  seen.key = "row";
  seen.row = values;
  seen.token = std::move(token);
  seen.time = time;
  return seen;
}

inline Observation gone(bool proven = true) {
  Observation seen;
  seen.deletion_proven = proven;
  return seen;
}

inline Plan run(const Coupling& coupling, const Observation& finops, const Observation& dataverse,
                const Policy& policy = two_columns(), std::optional<Side> master = std::nullopt) {
  const PerSide<Observation> seen(finops, dataverse);
  const Input input{coupling, seen, policy, master, Instant{}};
  return plan(input);
}

/// The same after a person has chosen a side for what was held before.
inline Plan choose(const Coupling& coupling, const Observation& finops, const Observation& dataverse,
                   const Policy& policy, Side choice) {
  const PerSide<Observation> seen(finops, dataverse);
  const Input input{coupling, seen, policy, std::nullopt, Instant{}, choice, Instant{}};
  return plan(input);
}

}  // namespace dualwrite::plan::testing
