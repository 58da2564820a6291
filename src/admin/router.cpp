#include "admin/router.hpp"

#include <algorithm>
#include <optional>

#include "admin/problem.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::admin {
namespace {

constexpr std::size_t parts_max = 16;

using Refusal = std::unexpected<http::Response>;

std::string quoted(std::string_view text) {
  std::string out;
  append_json_quoted(out, text.substr(0, 100));
  return out;
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

/// "did you mean …?", or all names there are.
std::string choice_hint(std::string_view word, const std::vector<std::string_view>& names) {
  if (names.empty()) return "it takes none";
  const std::string_view near = nearest(word, names);
  return near.empty() ? "it takes " + joined(names) : "did you mean " + std::string(near) + "?";
}

std::string_view path_of(std::string_view target) noexcept {
  return target.substr(0, target.find('?'));
}

std::string_view query_of(std::string_view target) noexcept {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty() && parts.size() <= parts_max) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

/// What the parts in braces took, still percent-encoded; nothing if the path does not fit.
std::optional<NamedTexts> capture(const std::vector<std::string_view>& pattern,
                                  const std::vector<std::string_view>& parts) {
  if (pattern.size() != parts.size()) return std::nullopt;
  NamedTexts captures;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      if (parts[i].empty()) return std::nullopt;
      captures.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), parts[i]);
    } else if (pattern[i] != parts[i]) {
      return std::nullopt;
    }
  }
  return captures;
}

http::Response no_such_path(std::string_view path) {
  return problem(404, "no_such_path", "there is nothing at " + quoted(path),
                 "GET /api/v1/openapi.json describes everything there is");
}

http::Response method_not_allowed(const http::Request& request, const std::string& allowed) {
  http::Response response =
      problem(405, "method_not_allowed",
              quoted(request.method) + " is not possible at " + quoted(path_of(request.target)), "it takes " + allowed);
  response.headers.set("Allow", allowed);
  return response;
}

std::expected<NamedTexts, http::Response> read_query(const Route& route, std::string_view text) {
  if (text.empty()) return NamedTexts();
  auto options = odata::parse_query(text);
  if (!options) return Refusal(problem(400, "invalid", "the query cannot be read: " + options.error().message()));
  const std::vector<std::string_view> known(route.query.begin(), route.query.end());
  NamedTexts query;
  for (auto& [name, value] : *options) {
    if (std::ranges::find(known, name) == known.end()) {
      return Refusal(
          problem(400, "unknown_parameter", "unknown query parameter " + quoted(name), choice_hint(name, known)));
    }
    const bool repeated = std::ranges::any_of(query, [&name](const auto& other) { return other.first == name; });
    if (repeated) return Refusal(problem(400, "invalid", "the query parameter " + quoted(name) + " is given twice"));
    if (value.empty()) return Refusal(problem(400, "invalid", "the query parameter " + quoted(name) + " is empty"));
    query.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::optional<http::Response> check_members(const Route& route, const maps::JsonNode& body) {
  std::vector<std::string_view> known;
  for (const Member& member : route.body) known.push_back(member.name);
  for (const maps::JsonNode& member : body.children) {
    if (std::ranges::find(known, member.name) == known.end()) {
      return problem(400, "unknown_member", "unknown member " + quoted(member.name) + " in the body",
                     choice_hint(member.name, known));
    }
    if (member.kind != maps::JsonNode::Kind::string || member.text.empty()) {
      return problem(400, "invalid",
                     "the body's member " + quoted(member.name) + " must be a string that is not empty");
    }
  }
  for (const Member& member : route.body) {
    if (member.required && body.find(member.name) == nullptr) {
      return problem(400, "invalid", "the body has no member " + quoted(member.name));
    }
  }
  return std::nullopt;
}

std::expected<std::optional<maps::JsonNode>, http::Response> read_body(const Route& route,
                                                                       const http::Request& request) {
  if (request.body.size() > body_bytes_max) {
    return Refusal(problem(413, "body_too_large", "the body is larger than 1 MB"));
  }
  if (route.body.empty()) return std::nullopt;
  const bool required = std::ranges::any_of(route.body, &Member::required);
  if (request.body.empty()) {
    if (!required) return std::nullopt;
    return Refusal(problem(400, "invalid", "the request has no body",
                           "send a JSON object with " + quoted(route.body.front().name)));
  }
  const std::string_view type = request.headers.get("Content-Type");
  if (!equal_ignoring_case(type.substr(0, type.find(';')), "application/json")) {
    return Refusal(problem(415, "unsupported_media_type", "the body is not declared as JSON",
                           "send Content-Type: application/json"));
  }
  std::vector<maps::Mistake> mistakes;
  auto body = maps::parse_json("body", request.body, mistakes);
  if (!mistakes.empty()) {
    const maps::Mistake& first = mistakes.front();
    return Refusal(
        problem(400, "invalid", "the body, line " + std::to_string(first.line) + ": " + first.what, first.hint));
  }
  if (!body || body->kind != maps::JsonNode::Kind::object) {
    return Refusal(problem(400, "invalid", "the body is not a JSON object"));
  }
  if (auto refusal = check_members(route, *body)) return Refusal(std::move(*refusal));
  return body;
}

}  // namespace

std::expected<Match, http::Response> match_route(const http::Request& request) {
  const std::string_view path = path_of(request.target);
  if (!path.starts_with('/')) return Refusal(no_such_path(path));
  const std::vector<std::string_view> parts = parts_of(path);
  std::vector<std::string_view> allowed;
  std::string_view fitting;  // methods are those of the first path that fits
  for (const Route& route : routes()) {
    if (!fitting.empty() && route.path != fitting) continue;
    auto captures = capture(parts_of(route.path), parts);
    if (!captures) continue;
    fitting = route.path;
    if (route.method != request.method) {
      allowed.push_back(route.method);
      continue;
    }
    Match match;
    match.route = &route;
    match.captures = std::move(*captures);
    return match;
  }
  if (allowed.empty()) return Refusal(no_such_path(path));
  return Refusal(method_not_allowed(request, joined(allowed)));
}

std::expected<Call, http::Response> read_call(Match match, const http::Request& request) {
  for (auto& [name, text] : match.captures) {
    auto decoded = odata::percent_decode(text);
    if (!decoded || !is_utf8(*decoded)) {
      return Refusal(problem(400, "invalid", "the path part {" + name + "} is not percent-encoded UTF-8"));
    }
    text = *std::move(decoded);
  }
  auto query = read_query(*match.route, query_of(request.target));
  if (!query) return Refusal(std::move(query).error());
  auto body = read_body(*match.route, request);
  if (!body) return Refusal(std::move(body).error());
  return Call(std::move(match.captures), *std::move(query), *std::move(body));
}

}  // namespace dualwrite::admin
