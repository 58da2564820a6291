// Change tracking: delta links and what they give (A10).
#include <charconv>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/dataverse/cookie.hpp"
#include "sandbox/dataverse/render.hpp"
#include "sandbox/dataverse/rights.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::optional<std::string> attribute(std::string_view xml, std::string_view name) {
  const std::string opening = std::string(name) + "=\"";
  const std::size_t from = xml.find(opening);
  if (from == std::string_view::npos) return std::nullopt;
  const std::size_t start = from + opening.size();
  const std::size_t end = xml.find('"', start);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(xml.substr(start, end - start));
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string token_time(Instant at) {
  const std::string iso = format_instant(at);  // 2026-01-02T03:04:05…
  return iso.substr(5, 2) + "/" + iso.substr(8, 2) + "/" + iso.substr(0, 4) + " " + iso.substr(11, 8);
}

std::optional<Instant> parse_token_time(const std::string& text) {
  if (text.size() != 19) return std::nullopt;
  return parse_instant(text.substr(6, 4) + "-" + text.substr(0, 2) + "-" + text.substr(3, 2) + "T" + text.substr(11) +
                       "Z");
}

/// The service writes the escapes of a delta token with small letters (A10); there are no other letters in it.
std::string escaped_token(const std::string& token) {
  return ascii_lower(odata::percent_encode(token));
}

std::string link(const Call& call, const Table& table, const std::string& option, const std::string& value) {
  const std::string rest = query_without(call.target.raw_query, {"$skiptoken", "$deltatoken"});
  return call.root + table.schema().set + "?" + rest + (rest.empty() ? "" : "&") + option + "=" + value;
}

std::string delta_link(const Call& call, const Table& table, std::int64_t version) {
  const std::string token = std::to_string(version) + "!" + token_time(call.state.clock.now());
  return link(call, table, "$deltatoken", escaped_token(token));
}

Outcome<bool> check_options(const Call& call, const Table& table) {
  if (!table.schema().change_tracking) {
    return refuse(400, "0x80072491", "Change tracking is not enabled for entity '" + table.schema().name + "'.");
  }
  for (const auto& [name, value] : call.target.options) {
    if (name == "$filter" || name == "$orderby" || name == "$expand" || name == "$top" || name == "$apply") {
      return refuse(400, "0x80060888",
                    "The \"" + name + "\" query parameter isn't supported when Change Tracking is enabled.");
    }
  }
  return true;
}

std::size_t page_size(const Call& call) {
  return std::min(call.preferences.page_size.value_or(call.state.page_size), call.state.page_size);
}

struct DeltaStart {
  std::int64_t version = 0;
  std::int64_t until = 0;
};

Outcome<DeltaStart> delta_start(const Call& call, const Table& table, const std::string& token) {
  const std::size_t mark = token.find('!');
  const auto version = number(std::string_view(token).substr(0, mark));
  const auto at = mark == std::string::npos ? std::nullopt : parse_token_time(token.substr(mark + 1));
  if (!version || !at) return refuse(400, "0x80060888", "The $deltatoken is not valid.");
  const bool is_old = call.state.clock.now() - *at > std::chrono::days(call.state.switches.delta_token_days);
  if (is_old || *version < call.state.expired_before || *version < table.forgotten()) {
    return refuse(call.state.switches.expired_delta_status, "0x80044352",
                  "Version stamp associated with the client has expired. Please perform a full sync.");
  }
  return DeltaStart{*version, call.state.visible_version()};
}

}  // namespace

Outcome<Cookie> parse_cookie(const std::string& token) {
  const auto wrong = refuse(400, "0x80060888", "The $skiptoken is not valid.");
  const auto page = attribute(token, "pagenumber");
  const auto place = attribute(token, "pagingcookie");
  const auto tracking = attribute(token, "istracking");
  if (!page || !place || !tracking) return wrong;
  Cookie cookie;
  cookie.page = parse_count(*page).value_or(1);
  cookie.is_tracking = *tracking == "True";
  const auto pieces = split_top_level(*place, ';');
  for (const std::string_view piece : pieces) {
    const std::size_t equals = piece.find(':');
    if (equals == std::string_view::npos) return wrong;
    const std::string_view name = piece.substr(0, equals);
    const std::string_view value = piece.substr(equals + 1);
    if (name == "after") {
      const auto key = guid_bytes(value);
      if (!key) return wrong;
      cookie.after_key = *key;
      continue;
    }
    const auto given = number(value);
    if (!given || *given < 0) return wrong;
    if (name == "offset") cookie.offset = static_cast<std::size_t>(*given);
    if (name == "version") cookie.version = *given;
    if (name == "from") cookie.from = *given;
    if (name == "until") cookie.until = *given;
  }
  return cookie;
}

std::string text_of(const Cookie& cookie) {
  std::string place;
  if (!cookie.after_key.empty()) place += "after:" + guid_text(cookie.after_key) + ";";
  if (cookie.offset != 0) place += "offset:" + std::to_string(cookie.offset) + ";";
  if (cookie.version != 0) place += "version:" + std::to_string(cookie.version) + ";";
  if (cookie.from != 0) place += "from:" + std::to_string(cookie.from) + ";";
  if (cookie.until != 0) place += "until:" + std::to_string(cookie.until) + ";";
  return "<cookie pagenumber=\"" + std::to_string(cookie.page) + "\" pagingcookie=\"" + place + "\" istracking=\"" +
         (cookie.is_tracking ? "True" : "False") + "\" />";
}

std::string next_link(const Call& call, const Table& table, const Cookie& cookie) {
  return link(call, table, "$skiptoken", odata::percent_encode_query(text_of(cookie)));
}

Outcome<http::Response> tracked_list(Call& call, const Table& table) {
  if (auto may = check_right(call, table.schema(), "Read"); !may) return std::unexpected(may.error());
  if (auto allowed = check_options(call, table); !allowed) return std::unexpected(allowed.error());
  auto query = parse_query_options(call.state.database, table, call.target.options, dialect(), {"$skiptoken"});
  if (!query) return std::unexpected(query.error());
  Cookie cookie;
  cookie.is_tracking = true;
  // The link at the end must cover what changes while the pages are read, so it starts at the first page.
  cookie.version = call.state.visible_version();
  if (const std::string* token = call.target.option("$skiptoken")) {
    auto read = parse_cookie(*token);
    if (!read) return std::unexpected(read.error());
    cookie = *read;
  }
  PageStart start;
  start.rows_max = page_size(call);
  start.after_key = cookie.after_key;
  const PageOfRows page = select_rows(table, *query, start);

  const Rendering how = rendering_of(call, table, *query);
  std::string body = "{" + context_member(call, how) + "\"value\":[";
  for (std::size_t i = 0; i < page.hits.size(); ++i) {
    if (i != 0) body += ',';
    append_row(body, how, *page.hits[i].record);
  }
  body += ']';
  if (page.has_more) {
    cookie.after_key = *page.hits.back().key;
    ++cookie.page;
    body += ",\"@odata.nextLink\":";
    odata::append_json_string(body, next_link(call, table, cookie));
  } else {
    body += ",\"@odata.deltaLink\":";
    odata::append_json_string(body, delta_link(call, table, cookie.version));
  }
  body += '}';
  http::Response response = json_response(200, std::move(body));
  add_applied(call, response, "odata.track-changes");
  return response;
}

Outcome<http::Response> delta(Call& call, const Table& table, const std::string& token) {
  if (auto may = check_right(call, table.schema(), "Read"); !may) return std::unexpected(may.error());
  if (auto allowed = check_options(call, table); !allowed) return std::unexpected(allowed.error());
  auto query =
      parse_query_options(call.state.database, table, call.target.options, dialect(), {"$deltatoken", "$skiptoken"});
  if (!query) return std::unexpected(query.error());
  DeltaStart start;
  std::int64_t from = 0;
  std::size_t number_of_page = 1;
  if (const std::string* skip = call.target.option("$skiptoken")) {
    auto cookie = parse_cookie(*skip);
    if (!cookie) return std::unexpected(cookie.error());
    start = {cookie->version, cookie->until};
    from = cookie->from;
    number_of_page = cookie->page;
  } else {
    auto begun = delta_start(call, table, token);
    if (!begun) return std::unexpected(begun.error());
    start = *begun;
    from = start.version;
  }
  // A row that changes between two pages moves behind `until` and comes with the next delta link.
  const std::size_t rows_max = page_size(call);
  std::vector<Hit> hits = table.changed_after(start.version, start.until, rows_max + 1);
  const bool has_more = hits.size() > rows_max;
  if (has_more) hits.resize(rows_max);

  if (call.target.segments.size() == 2) {  // /$count?$deltatoken=…
    const std::size_t pending = table.changed_after(start.version, start.until, SIZE_MAX).size() +
                                table.deleted_after(start.version, start.until).size();
    return text_response(200, "text/plain", std::to_string(pending));
  }

  const Rendering how = rendering_of(call, table, *query);
  std::string body = "{" + context_member(call, how, "/$delta");
  std::string rows;
  for (const Hit& hit : hits) {
    if (!rows.empty()) rows += ',';
    append_row(rows, how, *hit.record);
  }
  if (has_more) {
    Cookie next;
    next.page = number_of_page + 1;
    next.is_tracking = true;
    next.version = hits.back().record->version;
    next.from = from;
    next.until = start.until;
    body += "\"@odata.nextLink\":";
    odata::append_json_string(body, next_link(call, table, next));
  } else {
    // Deletions close the last page. They are listed from the token's own version, however many pages came before.
    for (const Table::Deletion* deletion : table.deleted_after(from, start.until)) {
      if (!rows.empty()) rows += ',';
      rows += "{\"@odata.context\":\"" + call.root + "$metadata#" + table.schema().set + "/$deletedEntity\",\"id\":\"" +
              guid_text(deletion->key) + "\",\"reason\":\"deleted\"}";
    }
    body += "\"@odata.deltaLink\":";
    odata::append_json_string(body, delta_link(call, table, start.until));
  }
  body += ",\"value\":[" + rows + "]}";
  http::Response response = json_response(200, std::move(body));
  add_applied(call, response);
  return response;
}

}  // namespace dualwrite::sandbox::dataverse
