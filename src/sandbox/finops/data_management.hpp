#pragma once
// The data management package service (C10): executions, and the blob store that packages go through.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dualwrite/base/time.hpp"
#include "dualwrite/http/message.hpp"
#include "sandbox/archive.hpp"

namespace dualwrite::sandbox::finops {

/// One run of an import or export. It is over, for those who ask, when its time has come.
struct Execution {
  std::string outcome;  ///< Succeeded, PartiallySucceeded or Failed
  std::string error;
  std::string blob;  ///< of an export: the package
  Instant ends_at{};
};

/// Kept in memory: the oldest executions and blobs make room for new ones.
class DataManagement {
 public:
  static constexpr std::size_t executions_max = 1000;
  static constexpr std::size_t blobs_max = 64;

  void put_execution(const std::string& id, Execution execution);
  [[nodiscard]] const Execution* find(const std::string& id) const;

  /// A place that can be written once its URL is known: its name, and the signature without which nobody gets in.
  std::string new_blob(std::string content);
  /// "/_blob/<name>?sig=<signature>"
  [[nodiscard]] std::string path_of(const std::string& blob) const;
  /// The blob that a URL of ours leads to.
  [[nodiscard]] std::optional<std::string> blob_at(std::string_view url) const;
  /// GET and PUT; the signature in the URL is all that is asked for.
  http::Response handle(const http::Request& request);

  void save(Writer& to) const;
  /// Throws ArchiveError.
  void load(Reader& from);

 private:
  struct Blob {
    std::string signature;
    std::string content;
    std::uint64_t age = 0;
  };
  struct Aged {
    Execution execution;
    std::uint64_t age = 0;
  };
  std::map<std::string, Aged> executions_;
  std::map<std::string, Blob> blobs_;
  std::uint64_t last_age_ = 0;
};

bool is_blob(std::string_view target);

/// Files in an archive, uncompressed.
std::string zip_of(const std::map<std::string, std::string>& files);

}  // namespace dualwrite::sandbox::finops
