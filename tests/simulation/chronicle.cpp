#include "simulation/chronicle.hpp"

#include <algorithm>
#include <ranges>

namespace dualwrite::simulation {

void Chronicle::note(Side side, const Image& image, const std::map<std::string, std::string>& etags, Author author,
                     Number number, Moment now) {
  for (auto& [account, versions] : rows_[side]) {
    if (etags.contains(account) || versions.back().until != never) continue;
    versions.back().until = number;
    versions.back().row_ended = true;
  }
  for (const auto& [account, etag] : etags) {
    Versions& versions = rows_[side][account];
    const Cells& cells = image.at(account);
    if (!versions.empty() && versions.back().until == never) {
      Version& before = versions.back();
      if (before.etag == etag && before.cells == cells) continue;
      before.until = number;
    }
    Version& version = versions.emplace_back();
    version.from = number;
    version.at = now;
    version.author = author;
    version.etag = etag;
    version.cells = cells;
  }
}

const Chronicle::Versions& Chronicle::of(Side side, const std::string& account) const {
  static const Versions none;
  const auto row = rows_[side].find(account);
  return row == rows_[side].end() ? none : row->second;
}

const Chronicle::Version* Chronicle::version(Side side, const std::string& account, const std::string& etag) const {
  for (const Version& version : of(side, account) | std::views::reverse) {
    if (version.etag == etag) return &version;
  }
  return nullptr;
}

bool Chronicle::stands(Side side, const std::string& account, const std::string& etag) const {
  for (const Version& version : of(side, account) | std::views::reverse) {
    if (version.row_ended) return false;
    if (version.etag == etag) return true;
  }
  return false;
}

bool Chronicle::held(const Place& place, Side side, const std::string& value, Number since, Number until) const {
  return std::ranges::any_of(of(side, place.account), [&](const Version& version) {
    return version.until > since && version.from < until && version.cells[place.column] == value;
  });
}

const Chronicle::Version* Chronicle::last(Side side, const std::string& account) const {
  const Versions& versions = of(side, account);
  return versions.empty() ? nullptr : &versions.back();
}

}  // namespace dualwrite::simulation
