#include "sandbox/snapshots.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "sandbox/state_file.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t listed_max = 1000;
constexpr std::string_view suffix = ".snapshot";

}  // namespace

bool Snapshots::is_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= name_bytes_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<void> Snapshots::put(const std::string& name, std::string content) {
  if (!directory_.empty()) return write_state_file(path_of(name), content);
  if (!in_memory_.contains(name) && in_memory_.size() >= count_max) {
    return fail(Errc::limit, "there are " + std::to_string(count_max) + " snapshots in memory already",
                "remove one, or keep them in a directory with --snapshots");
  }
  in_memory_.insert_or_assign(name, std::move(content));
  return {};
}

Result<std::string> Snapshots::get(const std::string& name) const {
  const auto missing = [&name] { return fail(Errc::not_found, "there is no snapshot " + name); };
  if (directory_.empty()) {
    const auto found = in_memory_.find(name);
    if (found == in_memory_.end()) return missing();
    return found->second;
  }
  auto content = read_state_file(path_of(name));
  if (!content) return std::unexpected(content.error());
  if (!*content) return missing();
  return std::move(**content);
}

bool Snapshots::remove(const std::string& name) {
  if (directory_.empty()) return in_memory_.erase(name) != 0;
  std::error_code ignored;  // then it is not there
  return std::filesystem::remove(path_of(name), ignored);
}

std::vector<std::string> Snapshots::names() const {
  std::vector<std::string> names;
  if (directory_.empty()) {
    for (const auto& [name, content] : in_memory_) names.push_back(name);
    return names;
  }
  std::error_code ignored;  // an unreadable directory has none
  for (const auto& entry : std::filesystem::directory_iterator(directory_, ignored)) {
    const std::string file = entry.path().filename().string();
    if (file.ends_with(suffix) && names.size() < listed_max)
      names.push_back(file.substr(0, file.size() - suffix.size()));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace dualwrite::sandbox
