#pragma once
// What the CSDL reader collects before names are checked.
#include <cstdint>
#include <expected>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dualwrite/odata/csdl.hpp"

namespace dualwrite::odata::csdl {

struct Problem {
  std::uint32_t line = 0;
  std::string what;
};

/// An <Annotations Target="…">'s term on a type or property that may stand further below.
struct Remote {
  std::string target;
  AlternateKey key;  ///< if it has properties
  std::string flag;  ///< else a flag of a property: "Computed", "Immutable"
  std::uint32_t line = 0;
};

struct Raw {
  Document document;
  std::unordered_map<std::string, std::string> aliases;
  std::unordered_set<std::string> other_types;  ///< complex types and type definitions, qualified
  std::vector<Remote> remotes;
};

/// Sets the flag that a term means. False if the term means nothing here.
bool apply_flag(Property& property, std::string_view term);

/// Resolves aliases and base types and checks every reference.
std::expected<Document, Problem> finish(Raw raw);

}  // namespace dualwrite::odata::csdl
