#include "sandbox/dataverse/body.hpp"

#include <algorithm>

#include "sandbox/dataverse/collections.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/values.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view bind_suffix = "@odata.bind";

std::unexpected<Refusal> unknown_column(const TableSchema& schema, std::string_view name) {
  return refuse(400, "0x80041103",
                "'" + schema.name + "' entity doesn't contain attribute with Name = '" + std::string(name) + "'.");
}

std::unexpected<Refusal> updates_related(std::string_view navigation) {
  return refuse(400, "0x80048d19",
                "Update of related records ('" + std::string(navigation) +
                    "') is not supported: nested rows can be created together with a new row only.");
}

class Reader {
 public:
  Reader(const Call& call, const Table& table, bool is_create)
      : call_(call), schema_(table.schema()), is_create_(is_create) {}

  /// Rows to be created with a new one, which they will point to.
  Outcome<bool> collection(const std::string& name, const std::string& json, Body& body) const {
    if (!find_collection(call_.state.database.schema, schema_, name)) return unknown_column(schema_, name);
    if (!is_create_) return updates_related(name);
    const auto page = odata::parse_page("{\"value\":" + json + "}");
    if (!page) return refuse(400, "0x80048d19", page.error().message());
    for (const odata::Entity& entity : page->entities) body.members.emplace_back(name, entity);
    return true;
  }

  Outcome<bool> member(std::string_view name, const Value& value, Body& body) const {
    if (const std::size_t slash = name.find('/'); slash != std::string_view::npos) {
      return nested(name.substr(0, slash), name.substr(slash + 1), value, body);
    }
    if (name.ends_with(bind_suffix)) return bind(name.substr(0, name.size() - bind_suffix.size()), value, body);
    if (name.find('@') != std::string_view::npos) return true;  // other annotations carry nothing to store
    if (const auto column = schema_.find_wire(name)) return cell(*column, value, body);
    if (const auto found = schema_.by_navigation.find(name); found != schema_.by_navigation.end()) {
      if (!value.is_null()) {
        return refuse(400, "0x80048d19", "A reference is set with '" + std::string(name) + "@odata.bind'.");
      }
      if (!schema_.column(found->second.column).read_only) body.cells.set(found->second.column, std::nullopt);
      return true;
    }
    return unknown_column(schema_, name);
  }

 private:
  Outcome<bool> nested(std::string_view navigation, std::string_view name, const Value& value, Body& body) const {
    const auto found = schema_.by_navigation.find(navigation);
    if (found == schema_.by_navigation.end()) return unknown_column(schema_, navigation);
    if (!is_create_) {
      return updates_related(navigation);
    }
    if (schema_.column(found->second.column).read_only) return true;
    auto at = std::ranges::find(body.nested, navigation, &std::pair<std::string, odata::Entity>::first);
    if (at == body.nested.end()) at = body.nested.insert(at, {std::string(navigation), odata::Entity()});
    at->second.members.emplace_back(name, value);
    return true;
  }

  Outcome<bool> cell(ColumnId id, const Value& value, Body& body) const {
    const Column& column = schema_.column(id);
    if (id == schema_.primary.columns.front()) {
      auto key = accept(call_.state, schema_, column, value);
      if (!key) return std::unexpected(key.error());
      if (is_create_ && *key) body.key = **key;
      return true;
    }
    if (column.type == Type::lookup) {
      return refuse(400, "0x80048d19",
                    "CRM do not support direct update of Entity Reference properties, Use Navigation properties "
                    "instead. ('" +
                        column.wire + "')");
    }
    if (column.read_only || (column.create_only && !is_create_)) return true;
    auto text = accept(call_.state, schema_, column, value);
    if (!text) return std::unexpected(text.error());
    body.cells.set(id, std::move(*text));
    return true;
  }

  Outcome<bool> bind(std::string_view navigation, const Value& value, Body& body) const {
    const auto found = schema_.by_navigation.find(navigation);
    if (found == schema_.by_navigation.end()) return unknown_column(schema_, navigation);
    const Column& column = schema_.column(found->second.column);
    if (value.is_null()) {
      if (!column.read_only) body.cells.set(found->second.column, std::nullopt);
      return true;
    }
    if (value.kind() != Value::Kind::string) {
      return refuse(400, "0x80048d19", "'" + std::string(navigation) + "@odata.bind' must be a string.");
    }
    auto key = resolve_bind(call_, column, navigation, value.text());
    if (!key) return std::unexpected(key.error());
    if (!column.read_only) body.cells.set(found->second.column, std::move(*key));
    return true;
  }

  const Call& call_;
  const TableSchema& schema_;
  bool is_create_;
};

}  // namespace

Outcome<Body> read_body(const Call& call, const Table& table, bool is_create) {
  const auto entity = odata::parse_entity(call.request.body.empty() ? "{}" : call.request.body);
  if (!entity) {
    return refuse(400, "0x80048d19",
                  "Error identified in Payload provided by the user for Entity :'" + table.schema().set + "'. " +
                      entity.error().message());
  }
  return read_entity(call, table, *entity, is_create);
}

Outcome<Body> read_entity(const Call& call, const Table& table, const odata::Entity& entity, bool is_create) {
  Body body;
  const Reader reader(call, table, is_create);
  for (const auto& [name, value] : entity.members) {
    auto read = reader.member(name, value, body);
    if (!read) return std::unexpected(read.error());
  }
  for (const auto& [name, json] : entity.arrays) {
    if (name.find('@') != std::string::npos) continue;
    if (auto taken = reader.collection(name, json, body); !taken) return std::unexpected(taken.error());
  }
  return body;
}

}  // namespace dualwrite::sandbox::dataverse
