#include "endpoint/dual_write.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"

namespace dualwrite::endpoint {
namespace {

/// True if the text names the word by itself, not as a part of another one.
bool names(std::string_view text, std::string_view word) {
  const auto in_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  const std::string lower = ascii_lower(text);
  const std::string wanted = ascii_lower(word);
  for (std::size_t at = lower.find(wanted); at != std::string::npos; at = lower.find(wanted, at + 1)) {
    const bool begins = at == 0 || !in_word(lower[at - 1]);
    const std::size_t end = at + wanted.size();
    if (begins && (end == lower.size() || !in_word(lower[end]))) return true;
  }
  return false;
}

}  // namespace

Task<Result<std::optional<std::string>>> active_dual_write(Service& service, std::string table, std::string set) {
  const std::string what = "asking whether Microsoft's dual-write is active";
  http::Headers headers;
  std::string target = "/api/data/v9.2/msdyn_dualwriteruntimeconfigs";
  auto body = co_await service.get(std::move(target), std::move(headers), what);
  if (!body) {
    // Not installed, or not ours to read: then nobody can tell.
    const Errc code = body.error().code();
    const bool unknown = code == Errc::not_found || code == Errc::forbidden || code == Errc::invalid;
    if (unknown) co_return std::optional<std::string>();
    co_return std::unexpected(std::move(body).error());
  }
  auto page = odata::parse_page(*body);
  if (!page) co_return std::unexpected(std::move(page).error().while_doing(what));
  for (const odata::Entity& row : page->entities) {
    for (const auto& [name, value] : row.members) {
      if (value.kind() != Value::Kind::string || (!names(value.text(), table) && !names(value.text(), set))) continue;
      const Value* title = row.find("msdyn_name");
      co_return std::optional<std::string>(title == nullptr || title->is_null() ? name : title->text());
    }
  }
  co_return std::optional<std::string>();
}

Task<Result<std::string>> organization_of(Service& service) {
  const std::string what = "asking for the organisation";
  http::Headers headers;
  std::string target = "/api/data/v9.2/WhoAmI";
  auto body = co_await service.get(std::move(target), std::move(headers), what);
  if (!body) co_return std::unexpected(std::move(body).error());
  auto answer = odata::parse_entity(*body);
  if (!answer) co_return std::unexpected(std::move(answer).error().while_doing(what));
  const Value* id = answer->find("OrganizationId");
  co_return id == nullptr ? std::string() : id->text();
}

}  // namespace dualwrite::endpoint
