#pragma once
// An OData v4 service of which only $metadata is known beforehand: its sets, and what each of them turns out to do.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "endpoint/odata_set.hpp"
#include "endpoint/service.hpp"

namespace dualwrite::endpoint {

/// How all rows of a set can be read.
enum class Paging : std::uint8_t {
  unknown,  ///< too few rows to tell; then they fit into one reply
  links,    ///< the service cuts its replies, and links them
  keys,     ///< by "key gt the last one": nothing is left out, whatever is deleted meanwhile
  skip,     ///< by $skip: a row deleted meanwhile makes another one slip through until the next scan
  whole,    ///< in one reply
};
std::string_view to_string(Paging paging) noexcept;

/// What was found out about a set by reading it. Nothing where there was no row to try it with.
struct Abilities {
  Paging paging = Paging::unknown;
  std::optional<bool> etags;     ///< rows carry an ETag
  std::optional<bool> filters;   ///< $filter is obeyed
  std::optional<bool> quotes;    ///< $filter understands a text with an apostrophe in it
  std::optional<bool> folds;     ///< $filter knows tolower()
  std::optional<bool> if_match;  ///< a stale If-Match is refused; found out by the first guarded write
};

class ODataService {
 public:
  explicit ODataService(Service& service) : service_(service) {}

  /// By $metadata, read once; `anew` reads it again. Nothing if there is no such set.
  Task<Result<const ODataSet*>> find(std::string set, bool anew);
  /// The same without asking: nullptr if $metadata has not been read, or has no such set.
  [[nodiscard]] const ODataSet* known(const std::string& set) const;
  /// Every set's name, by the $metadata that was read last.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Reads a few rows to find out what is not known yet. `names` are those that the map reads.
  Task<Result<Abilities>> explore(const ODataSet& set);
  [[nodiscard]] Abilities& abilities(const std::string& set) { return abilities_[set]; }

  /// A page of rows. `query` is "?…", percent-encoded.
  Task<Result<odata::Page>> rows(std::string set, std::string query, std::string prefer);
  /// Path of the set below the service's root.
  [[nodiscard]] std::string target(const std::string& set) const { return service_.settings().root + set; }

 private:
  Task<Result<Paging>> explore_paging(const ODataSet& set);
  Task<Result<bool>> finds(const ODataSet& set, std::string filter, std::optional<odata::Entity> expected);

  Service& service_;
  std::optional<odata::csdl::Document> metadata_;
  std::map<std::string, std::unique_ptr<ODataSet>> sets_;
  std::map<std::string, Abilities> abilities_;
};

}  // namespace dualwrite::endpoint
