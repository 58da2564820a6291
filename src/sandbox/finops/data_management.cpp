#include "sandbox/finops/data_management.hpp"

#include <algorithm>

#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::finops {
namespace {

constexpr std::string_view prefix = "/_blob/";

/// Makes room for one more.
template <class Map>
void drop_oldest(Map& map, std::size_t most) {
  if (map.size() < most) return;
  map.erase(std::ranges::min_element(map, {}, [](const auto& entry) { return entry.second.age; }));
}

}  // namespace

void DataManagement::put_execution(const std::string& id, Execution execution) {
  if (!executions_.contains(id)) drop_oldest(executions_, executions_max);
  executions_.insert_or_assign(id, Aged{std::move(execution), ++last_age_});
}

const Execution* DataManagement::find(const std::string& id) const {
  const auto found = executions_.find(id);
  return found == executions_.end() ? nullptr : &found->second.execution;
}

std::string DataManagement::new_blob(std::string content) {
  drop_oldest(blobs_, blobs_max);
  std::string name = guid_text(new_guid());
  blobs_.emplace(name, Blob{guid_text(new_guid()), std::move(content), ++last_age_});
  return name;
}

std::string DataManagement::path_of(const std::string& blob) const {
  const auto found = blobs_.find(blob);
  return found == blobs_.end() ? std::string() : std::string(prefix) + blob + "?sig=" + found->second.signature;
}

std::optional<std::string> DataManagement::blob_at(std::string_view url) const {
  const std::size_t at = url.find(prefix);
  if (at == std::string_view::npos) return std::nullopt;
  const auto found =
      std::ranges::find_if(blobs_, [&](const auto& blob) { return url.substr(at) == path_of(blob.first); });
  return found == blobs_.end() ? std::nullopt : std::optional(found->first);
}

http::Response DataManagement::handle(const http::Request& request) {
  const auto name = blob_at(request.target);
  if (!name) return http::Response(403);
  Blob& blob = blobs_.at(*name);
  if (request.method == "PUT") {
    blob.content = request.body;
    return http::Response(201);
  }
  if (request.method != "GET") return http::Response(405);
  http::Headers headers;
  headers.add("Content-Type", "application/octet-stream");
  return {200, std::move(headers), blob.content};
}

void DataManagement::save(Writer& to) const {
  to.number(static_cast<std::int64_t>(last_age_));
  to.number(static_cast<std::int64_t>(executions_.size()));
  for (const auto& [id, aged] : executions_) {
    to.text(id);
    to.text(aged.execution.outcome);
    to.text(aged.execution.error);
    to.text(aged.execution.blob);
    to.number(aged.execution.ends_at.time_since_epoch().count());
    to.number(static_cast<std::int64_t>(aged.age));
  }
  to.number(static_cast<std::int64_t>(blobs_.size()));
  for (const auto& [name, blob] : blobs_) {
    to.text(name);
    to.text(blob.signature);
    to.text(blob.content);
    to.number(static_cast<std::int64_t>(blob.age));
  }
}

void DataManagement::load(Reader& from) {
  executions_.clear();
  blobs_.clear();
  last_age_ = static_cast<std::uint64_t>(from.number());
  for (std::size_t left = from.count(); left > 0; --left) {
    const std::string id(from.text());
    Aged aged;
    aged.execution.outcome = from.text();
    aged.execution.error = from.text();
    aged.execution.blob = from.text();
    aged.execution.ends_at = Instant(Instant::duration(from.number()));
    aged.age = static_cast<std::uint64_t>(from.number());
    executions_.insert_or_assign(id, std::move(aged));
  }
  for (std::size_t left = from.count(); left > 0; --left) {
    const std::string name(from.text());
    Blob blob;
    blob.signature = from.text();
    blob.content = from.text();
    blob.age = static_cast<std::uint64_t>(from.number());
    blobs_.insert_or_assign(name, std::move(blob));
  }
}

bool is_blob(std::string_view target) {
  return target.starts_with(prefix);
}

}  // namespace dualwrite::sandbox::finops
