#pragma once
// Plain OData as any client speaks it: what the demo edits and reads with, and nothing of the engine's.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/http/token_source.hpp"
#include "dualwrite/http/transport.hpp"
#include "dualwrite/model/side.hpp"
#include "dualwrite/odata/batch.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::demo {

/// Who the demo is: a person at a client of its own, so that the daemon cannot tell its edits by their author.
struct Login {
  std::string token_url;
  std::string client_id = "editor";
  Secret client_secret{"editor-secret"};
};

/// One side's service. Owned by the stage; calls come from its one thread, several may be under way.
class Session {
 public:
  Session(Executor executor, Clock& clock, Side side, std::string origin, const Login& login);

  [[nodiscard]] Side side() const noexcept { return side_; }
  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }
  /// "/data/" or "/api/data/v9.2/".
  [[nodiscard]] const std::string& root() const noexcept { return root_; }

  /// Sends with a token. A target without a leading '/' is relative to the root. 401 is tried once more with a new
  /// token; 429 and 503 are repeated after Retry-After, and what was never sent is sent again, ten times at most. Any
  /// other status is a success here.
  Task<Result<http::Response>> send(http::Request request);

  /// All rows of a collection, page by page; a thousand pages at most. `on_page` is called with each page's rows.
  using OnPage = std::function<void(std::vector<odata::Entity>)>;
  Task<Result<void>> read_all(std::string target, OnPage on_page);

  /// One object. Errc::not_found for 404.
  Task<Result<odata::Entity>> read_one(std::string target);

  /// Creates a row in Dataverse and gives its key: the last bracket of OData-EntityId.
  Task<Result<std::string>> create(std::string set, std::string body);

  /// Independent parts in one $batch, one answer per part, in order.
  Task<Result<std::vector<odata::BatchResponsePart>>> batch(std::vector<odata::BatchRequestPart> parts);

 private:
  Task<Result<http::Response>> attempt(http::Request request);

  Clock& clock_;
  Side side_;
  std::string origin_;
  std::string root_;
  std::unique_ptr<http::TokenSource> tokens_;
  std::unique_ptr<http::Transport> transport_;
  std::size_t batches_ = 0;
};

/// What a status that is not the hoped-for one means, with the service's own words.
Error reply_error(const std::string& attempt, const http::Response& response);

}  // namespace dualwrite::demo
