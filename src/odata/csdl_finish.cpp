// Names resolved and checked, base types folded in.
#include <algorithm>
#include <array>
#include <set>

#include "odata/csdl_build.hpp"

namespace dualwrite::odata::csdl {
namespace {

constexpr std::size_t bases_max = 32;
constexpr std::array<std::string_view, 20> primitive_types{
    "Binary",   "Boolean", "Byte",      "Date",     "DateTimeOffset", "Decimal", "Double",
    "Duration", "Guid",    "Int16",     "Int32",    "Int64",          "SByte",   "Single",
    "Stream",   "String",  "TimeOfDay", "Geometry", "Geography",      "Untyped"};

bool is_primitive(std::string_view type) {
  constexpr std::string_view edm = "Edm.";
  if (!type.starts_with(edm)) return false;
  const std::string_view name = type.substr(edm.size());
  return std::ranges::any_of(primitive_types, [&](std::string_view each) {
    return name == each || (each.starts_with("Geo") && name.starts_with(each));
  });
}

class Finisher {
 public:
  explicit Finisher(Raw& raw) : raw_(raw), document_(raw.document) {}

  std::expected<Document, Problem> run() {
    resolve_aliases();
    if (!index_types() || !apply_remotes() || !fold_bases() || !check_types() || !check_sets()) {
      return std::unexpected(std::move(problem_));
    }
    return std::move(document_);
  }

 private:
  bool wrong(std::uint32_t line, std::string what) {
    problem_ = {line, std::move(what)};
    return false;
  }

  void resolve(std::string& type) const {
    const std::size_t dot = type.rfind('.');
    if (dot == std::string::npos) return;
    const auto alias = raw_.aliases.find(type.substr(0, dot));
    if (alias != raw_.aliases.end()) type.replace(0, dot, alias->second);
  }

  void resolve_aliases() {
    for (EntityType& type : document_.entity_types) {
      resolve(type.base);
      for (Property& property : type.properties) resolve(property.type);
      for (Navigation& navigation : type.navigations) resolve(navigation.type);
    }
    for (EntitySet& set : document_.entity_sets) resolve(set.type);
  }

  bool index_types() {
    for (std::size_t i = 0; i < document_.entity_types.size(); ++i) {
      const EntityType& type = document_.entity_types[i];
      if (!types_.emplace(type.name, i).second) return wrong(type.line, "the type " + type.name + " is there twice");
    }
    for (const EnumType& each : document_.enum_types) {
      if (!enums_.insert(each.name).second) return wrong(each.line, "the type " + each.name + " is there twice");
    }
    return true;
  }

  EntityType* type_of(const std::string& name) {
    const auto found = types_.find(name);
    return found == types_.end() ? nullptr : &document_.entity_types[found->second];
  }

  // What is annotated may be of a kind that is not kept, so an unknown target is no error.
  bool apply_remotes() {
    for (Remote& remote : raw_.remotes) {
      const std::size_t slash = remote.target.find('/');
      std::string name = remote.target.substr(0, slash);
      resolve(name);
      EntityType* type = type_of(name);
      if (type == nullptr) continue;
      if (slash == std::string::npos) {
        if (!remote.key.properties.empty()) type->alternate_keys.push_back(std::move(remote.key));
        continue;
      }
      const auto property = std::ranges::find(type->properties, remote.target.substr(slash + 1), &Property::name);
      if (property != type->properties.end()) apply_flag(*property, remote.flag);
    }
    return true;
  }

  bool fold_bases() {
    std::vector<bool> is_folded(document_.entity_types.size());
    for (std::size_t i = 0; i < is_folded.size(); ++i) {
      if (!fold(i, is_folded, 0)) return false;
    }
    return true;
  }

  // The bound on the depth also ends a circle of types.
  // NOLINTNEXTLINE(misc-no-recursion)
  bool fold(std::size_t index, std::vector<bool>& is_folded, std::size_t depth) {
    EntityType& type = document_.entity_types[index];
    if (is_folded[index]) return true;
    if (!type.base.empty()) {
      const auto base = types_.find(type.base);
      if (base == types_.end()) return wrong(type.line, type.name + " has an unknown base type: " + type.base);
      if (depth >= bases_max) {
        return wrong(type.line,
                     type.name + " has more than " + std::to_string(bases_max) + " base types, or is its own");
      }
      if (!fold(base->second, is_folded, depth + 1)) return false;
      const EntityType& from = document_.entity_types[base->second];
      type.properties.insert(type.properties.begin(), from.properties.begin(), from.properties.end());
      type.navigations.insert(type.navigations.begin(), from.navigations.begin(), from.navigations.end());
      type.alternate_keys.insert(type.alternate_keys.begin(), from.alternate_keys.begin(), from.alternate_keys.end());
      if (type.key.empty()) type.key = from.key;
    }
    is_folded[index] = true;
    return true;
  }

  bool check_types() {
    for (const EntityType& type : document_.entity_types) {
      std::set<std::string_view> names;
      for (const Property& property : type.properties) {
        if (!names.insert(property.name).second) {
          return wrong(property.line, type.name + " has the property " + property.name + " twice");
        }
        if (!is_known(property.type)) {
          return wrong(property.line,
                       "the property " + type.name + "/" + property.name + " has an unknown type: " + property.type);
        }
      }
      for (const std::string& name : type.key) {
        // A path into a complex type is a key too, but names a property here all the same.
        if (!names.contains(std::string_view(name).substr(0, name.find('/')))) {
          return wrong(type.line, "the key of " + type.name + " names a property that it does not have: " + name);
        }
      }
      for (const AlternateKey& key : type.alternate_keys) {
        for (const std::string& name : key.properties) {
          if (names.contains(std::string_view(name).substr(0, name.find('/')))) continue;
          return wrong(type.line,
                       "an alternate key of " + type.name + " names a property that it does not have: " + name);
        }
      }
      if (!check_navigations(type, names)) return false;
    }
    return true;
  }

  bool check_navigations(const EntityType& type, const std::set<std::string_view>& names) {
    for (const Navigation& navigation : type.navigations) {
      const EntityType* far = navigation.type == "Edm.EntityType" ? nullptr : type_of(navigation.type);
      if (far == nullptr && navigation.type != "Edm.EntityType") {
        return wrong(navigation.line, "the navigation property " + type.name + "/" + navigation.name +
                                          " has an unknown type: " + navigation.type);
      }
      for (const auto& [here, there] : navigation.constraints) {
        if (!names.contains(here)) {
          return wrong(navigation.line, "a referential constraint of " + type.name + "/" + navigation.name +
                                            " names a property that is not there: " + here);
        }
        if (far != nullptr && far->find(there) == nullptr) {
          return wrong(navigation.line, "a referential constraint of " + type.name + "/" + navigation.name +
                                            " names a property that " + far->name + " does not have: " + there);
        }
      }
    }
    return true;
  }

  [[nodiscard]] bool is_known(const std::string& type) const {
    return is_primitive(type) || enums_.contains(type) || raw_.other_types.contains(type) || types_.contains(type) ||
           type == "Edm.PrimitiveType" || type == "Edm.ComplexType";
  }

  bool check_sets() {
    std::set<std::string_view> names;
    for (const EntitySet& set : document_.entity_sets) {
      if (!names.insert(set.name).second) return wrong(set.line, "the entity set " + set.name + " is there twice");
      const EntityType* type = type_of(set.type);
      if (type == nullptr) return wrong(set.line, "the entity set " + set.name + " has an unknown type: " + set.type);
      if (type->key.empty() && !type->is_abstract) {
        return wrong(type->line, type->name + " has no key, and the entity set " + set.name + " needs one");
      }
    }
    return true;
  }

  Raw& raw_;
  Document& document_;
  std::unordered_map<std::string, std::size_t> types_;
  std::unordered_set<std::string> enums_;
  Problem problem_;
};

}  // namespace

bool apply_flag(Property& property, std::string_view term) {
  if (term.ends_with(".Computed") || term.ends_with(".Permissions")) {
    property.is_read_only = true;
  } else if (term.ends_with(".Immutable") || term.ends_with(".AllowEdit")) {
    property.is_create_only = true;
  } else if (term.ends_with(".IsRequired")) {
    property.is_required = true;
  } else {
    return false;
  }
  return true;
}

const Property* EntityType::find(std::string_view property) const noexcept {
  const auto found = std::ranges::find(properties, property, &Property::name);
  return found == properties.end() ? nullptr : &*found;
}

const EntityType* Document::find_type(std::string_view name) const noexcept {
  const auto found = std::ranges::find(entity_types, name, &EntityType::name);
  return found == entity_types.end() ? nullptr : &*found;
}

const EnumType* Document::find_enum(std::string_view name) const noexcept {
  const auto found = std::ranges::find(enum_types, name, &EnumType::name);
  return found == enum_types.end() ? nullptr : &*found;
}

std::string_view bare_name(std::string_view qualified) noexcept {
  return qualified.substr(qualified.rfind('.') + 1);
}

std::expected<Document, Problem> finish(Raw raw) {
  return Finisher(raw).run();
}

}  // namespace dualwrite::odata::csdl
