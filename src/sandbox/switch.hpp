#pragma once
// One row of the table of switches, and how rows are made of a settings struct's members. The default is not written
// down here: it is what a settings struct that nobody touched holds.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/sandbox/sandbox.hpp"

namespace dualwrite::sandbox {

struct Switch {
  std::string name;
  std::string facts;
  std::string meaning;
  std::string values;
  std::function<std::string(const SandboxSettings&)> get;
  std::function<bool(SandboxSettings&, std::string_view)> set;  ///< false: no such value
};
using Switches = std::vector<Switch>;

/// The switches of each part, in its own file; switches.cpp puts them together.
Switches common_switches();
namespace dataverse {
Switches switches();
}
namespace finops {
Switches switches();
}

/// Which numbers a switch takes, both included. Durations count in the unit that their name ends with.
struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

namespace switch_detail {

inline SandboxSettings& part(SandboxSettings& settings, const SandboxSettings*) {
  return settings;
}
inline DataverseSwitches& part(SandboxSettings& settings, const DataverseSwitches*) {
  return settings.dataverse;
}
inline FinopsSwitches& part(SandboxSettings& settings, const FinopsSwitches*) {
  return settings.finops;
}

template <class Part, class T>
T& member(SandboxSettings& settings, T Part::* at) {
  return part(settings, static_cast<const Part*>(nullptr)).*at;
}
template <class Part, class T>
const T& member(const SandboxSettings& settings, T Part::* at) {
  return member(const_cast<SandboxSettings&>(settings), at);  // only read
}

template <class T>
std::int64_t count_of(const T& value) {
  if constexpr (requires { value.count(); }) {
    return static_cast<std::int64_t>(value.count());
  } else {
    return static_cast<std::int64_t>(value);
  }
}

template <class T>
T of_count(std::int64_t count) {
  if constexpr (requires(T value) { value.count(); }) {
    return T(static_cast<typename T::rep>(count));
  } else {
    return static_cast<T>(count);
  }
}

}  // namespace switch_detail

template <class Part>
Switch flag_switch(std::string name, bool Part::* at, std::string facts, std::string meaning) {
  return {std::move(name),
          std::move(facts),
          std::move(meaning),
          "true, false",
          [at](const SandboxSettings& settings) {
            return std::string(switch_detail::member(settings, at) ? "true" : "false");
          },
          [at](SandboxSettings& settings, std::string_view value) {
            if (value != "true" && value != "false") return false;
            switch_detail::member(settings, at) = value == "true";
            return true;
          }};
}

/// A whole number, or a duration of chrono.
template <class Part, class T>
Switch number_switch(std::string name, T Part::* at, Bounds bounds, std::string facts, std::string meaning) {
  return {std::move(name),
          std::move(facts),
          std::move(meaning),
          std::to_string(bounds.least) + " to " + std::to_string(bounds.most),
          [at](const SandboxSettings& settings) {
            return std::to_string(switch_detail::count_of(switch_detail::member(settings, at)));
          },
          [at, bounds](SandboxSettings& settings, std::string_view value) {
            std::int64_t number = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
            if (error != std::errc() || end != value.data() + value.size()) return false;
            if (number < bounds.least || number > bounds.most) return false;
            switch_detail::member(settings, at) = switch_detail::of_count<T>(number);
            return true;
          }};
}

/// One of a few words; T is an enumeration or a text.
template <class Part, class T>
Switch word_switch(std::string name, T Part::* at, std::vector<std::pair<std::string, T>> words, std::string facts,
                   std::string meaning) {
  std::string values;
  for (const auto& [word, value] : words) values += (values.empty() ? "" : ", ") + word;
  return {std::move(name),
          std::move(facts),
          std::move(meaning),
          std::move(values),
          [at, words](const SandboxSettings& settings) {
            for (const auto& [word, value] : words)
              if (value == switch_detail::member(settings, at)) return word;
            return std::string();
          },
          [at, words](SandboxSettings& settings, std::string_view given) {
            for (const auto& [word, value] : words) {
              if (word != given) continue;
              switch_detail::member(settings, at) = value;
              return true;
            }
            return false;
          }};
}

}  // namespace dualwrite::sandbox
