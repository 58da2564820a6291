#include "endpoint/match.hpp"

#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"

namespace dualwrite::endpoint {
namespace {

std::string condition(const maps::Column& column, Side side, const Value& value) {
  const std::string& name = side == Side::finops ? column.finops : column.dataverse;
  const bool bare = column.type == maps::Type::integer || column.type == maps::Type::decimal;
  return name + " eq " + (bare ? value.text() : odata::quote(value.text()));
}

RowRead row_of(const Endpoint& endpoint, const maps::TableMap& map, odata::Entity entity) {
  RowRead read;
  auto key = endpoint.key_of(map, entity);
  if (!key) {
    read.error = std::move(key).error();
    return read;
  }
  read.kind = RowRead::Kind::present;
  read.key = std::move(*key);
  read.entity = std::move(entity);
  return read;
}

}  // namespace

std::string match_filter(const maps::TableMap& map, Side side, const MatchQuery& query) {
  std::string filter;
  if (const auto company = map.company_column()) {
    filter = condition(map.columns[*company], side, Value::string(maps::company_of(map, query.record)));
  }
  for (const ColumnValue& cell : query.cells) {
    if (!filter.empty()) filter += " and ";
    filter += condition(map.columns[cell.column], side, cell.value);
  }
  return filter;
}

std::vector<MatchReply> match_replies(const Endpoint& endpoint, const maps::TableMap& map, std::size_t queries,
                                      const std::vector<odata::BatchResponsePart>& parts) {
  std::vector<MatchReply> replies(queries);
  for (std::size_t index = 0; index < queries; ++index) {
    MatchReply& reply = replies[index];
    if (index >= parts.size()) {
      reply.error = Error(Errc::in_doubt, "the batch was not answered to its end");
      continue;
    }
    const odata::BatchResponsePart& part = parts[index];
    if (part.status != 200) {
      reply.error = request_error(part.status, part.body, "looking for a row of " + endpoint.url());
      continue;
    }
    auto page = odata::parse_page(part.body);
    if (!page) {
      reply.error = std::move(page).error();
      continue;
    }
    for (odata::Entity& entity : page->entities) {
      if (reply.rows.size() == match_rows_max) break;
      reply.rows.push_back(row_of(endpoint, map, std::move(entity)));
    }
  }
  return replies;
}

}  // namespace dualwrite::endpoint
