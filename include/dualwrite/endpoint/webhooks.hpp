#pragma once
// What Dataverse is asked to call when rows of a map's table change: a service endpoint, and a step for each message
// (learn.microsoft.com, power-apps/developer/data-platform/use-webhooks and register-web-hook). What should be there
// and how to come to it is decided here, purely; WebhookRegistry reads and does it.
#include <memory>
#include <string>
#include <vector>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/base/secret.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::endpoint {

/// What a row held before the message, sent along with it.
struct WebhookImage {
  std::string id;
  std::string columns;  ///< logical names with commas between them, in alphabetical order
};

/// One message of one table, called after it was committed.
struct WebhookStep {
  std::string id;
  std::string name;
  std::string message;       ///< Create, Update or Delete
  std::string table;         ///< logical name
  std::string columns;       ///< Update only: nothing is sent unless one of these was written
  bool asynchronous = true;  ///< mode 1; a synchronous step could make users' saves fail
  bool after_commit = true;  ///< stage 40
  bool enabled = true;       ///< statecode 0
  std::vector<WebhookImage> images;
};

/// A service endpoint with all its steps.
struct WebhookService {
  std::string id;
  std::string name;
  std::string url;
  int auth_type = 5;  ///< 5: a header that holds the key
  std::vector<WebhookStep> steps;
};

/// What a map needs.
struct WebhookWish {
  WebhookService service;  ///< with this map's steps only; ids are chosen by name, so that asking twice changes nothing
  Secret key;              ///< empty: the ingest listener asks for none
};

/// The names of what a link registers: everything of it is found again by them.
std::string webhook_service_name(const std::string& link);

/// `url` is where Dataverse reaches the ingest listener, without its path.
WebhookWish wish_for(const std::string& link, const maps::TableMap& map, const std::string& url, Secret key);

/// What the service has of messages and tables, by the names that a step needs.
struct MessageFilter {
  std::string message;
  std::string message_id;
  std::string filter_id;
};

/// One request, and what it is for.
struct WebhookChange {
  std::string what;  ///< for people: "create the step \"…\""
  std::string method;
  std::string target;  ///< below the Web API's root
  Secret body;         ///< it may hold the key
};

/// From what is there to what is wished. `there` is nullptr where nothing is. A key that is there cannot be read, so it
/// is not compared: `renew_key` sends it again. Errc::not_found: the table knows no such message.
Result<std::vector<WebhookChange>> changes_to_register(const WebhookWish& wish, const WebhookService* there,
                                                       const std::vector<MessageFilter>& filters, bool renew_key);

/// Takes away the map's steps, and the service endpoint with its last step. Steps of other maps stay.
std::vector<WebhookChange> changes_to_unregister(const std::string& link, const std::string& map,
                                                 const WebhookService* there);

/// How a step that is there differs from the one that is wished; empty if it does not.
std::string difference(const WebhookStep& wished, const WebhookStep& there);

/// The steps of that map among those of its link.
std::vector<WebhookStep> steps_of(const std::string& link, const std::string& map, const WebhookService& there);

/// Talks to one Dataverse. Runs on the executor that it was made with.
class WebhookRegistry {
 public:
  virtual ~WebhookRegistry() = default;
  /// The service endpoint of that name with its steps and their images; nothing if there is none.
  virtual Task<Result<std::optional<WebhookService>>> read(std::string name) = 0;
  virtual Task<Result<std::vector<MessageFilter>>> filters(std::string table) = 0;
  virtual Task<Result<void>> apply(WebhookChange change) = 0;
};

/// `clock` must outlive it.
std::unique_ptr<WebhookRegistry> make_webhook_registry(Executor executor, Clock& clock, ServiceSettings settings,
                                                       std::unique_ptr<http::Transport> transport, Users users);

}  // namespace dualwrite::endpoint
