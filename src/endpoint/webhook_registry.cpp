// The tables in which Dataverse keeps its webhooks, read and written over the Web API.
#include <algorithm>
#include <set>

#include "dualwrite/base/text.hpp"
#include "dualwrite/endpoint/webhooks.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "endpoint/classify.hpp"
#include "endpoint/service.hpp"

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view root = "/api/data/v9.2/";
constexpr int pages_max = 20;

std::string text_of(const odata::Entity& row, std::string_view name) {
  const Value* value = row.find(name);
  return value == nullptr || value->is_null() ? std::string() : value->text();
}

std::string sorted_list(const std::string& list) {
  std::set<std::string> names;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name = ascii_lower(list.substr(at, end - at));
    if (!name.empty()) names.insert(name);
    at = end + 1;
  }
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

WebhookStep step_of(const odata::Entity& row) {
  WebhookStep step;
  step.id = text_of(row, "sdkmessageprocessingstepid");
  step.name = text_of(row, "name");
  step.columns = sorted_list(text_of(row, "filteringattributes"));
  step.asynchronous = text_of(row, "mode") == "1";
  step.after_commit = text_of(row, "stage") == "40";
  step.enabled = text_of(row, "statecode") != "1";
  return step;
}

class Registry final : public WebhookRegistry {
 public:
  Registry(Executor executor, Clock& clock, ServiceSettings settings, std::unique_ptr<http::Transport> transport,
           Users users)
      : service_(std::move(executor), clock, std::move(settings), std::move(transport), std::move(users)) {}

  Task<Result<std::optional<WebhookService>>> read(std::string name) override {
    const std::string condition = "contract eq 8 and name eq " + odata::quote(name);
    auto found = co_await rows("serviceendpoints?$select=serviceendpointid,name,url,authtype&$filter=" +
                                   odata::percent_encode_query(condition),
                               "reading the service endpoints");
    if (!found) co_return std::unexpected(std::move(found).error());
    if (found->empty()) co_return std::optional<WebhookService>();
    const odata::Entity& row = found->front();
    WebhookService service;
    service.id = text_of(row, "serviceendpointid");
    service.name = text_of(row, "name");
    service.url = text_of(row, "url");
    service.auth_type = text_of(row, "authtype") == "5" ? 5 : 0;
    auto steps = co_await rows(
        "sdkmessageprocessingsteps?$select=sdkmessageprocessingstepid,name,stage,mode,"
        "filteringattributes,statecode&$filter=" +
            odata::percent_encode_query("_eventhandler_value eq " + service.id),
        "reading the steps of " + name);
    if (!steps) co_return std::unexpected(std::move(steps).error());
    for (const odata::Entity& step : *steps) service.steps.push_back(step_of(step));
    for (WebhookStep& step : service.steps) {
      const std::string of_step = "_sdkmessageprocessingstepid_value eq " + step.id;
      auto images =
          co_await rows("sdkmessageprocessingstepimages?$select=sdkmessageprocessingstepimageid,attributes&$filter=" +
                            odata::percent_encode_query(of_step),
                        "reading the images of " + step.name);
      if (!images) co_return std::unexpected(std::move(images).error());
      for (const odata::Entity& image : *images) {
        step.images.push_back(
            {text_of(image, "sdkmessageprocessingstepimageid"), sorted_list(text_of(image, "attributes"))});
      }
    }
    co_return std::optional<WebhookService>(std::move(service));
  }

  Task<Result<std::vector<MessageFilter>>> filters(std::string table) override {
    const std::string names = "name eq 'Create' or name eq 'Update' or name eq 'Delete'";
    auto messages = co_await rows("sdkmessages?$select=sdkmessageid,name&$filter=" + odata::percent_encode_query(names),
                                  "reading the messages");
    if (!messages) co_return std::unexpected(std::move(messages).error());
    const std::string of_table = "primaryobjecttypecode eq " + odata::quote(table);
    auto found = co_await rows("sdkmessagefilters?$select=sdkmessagefilterid,_sdkmessageid_value&$filter=" +
                                   odata::percent_encode_query(of_table),
                               "reading the messages of the table " + table);
    if (!found) co_return std::unexpected(std::move(found).error());
    std::vector<MessageFilter> filters;
    for (const odata::Entity& row : *found) {
      for (const odata::Entity& message : *messages) {
        if (text_of(message, "sdkmessageid") != text_of(row, "_sdkmessageid_value")) continue;
        filters.push_back(
            {text_of(message, "name"), text_of(message, "sdkmessageid"), text_of(row, "sdkmessagefilterid")});
      }
    }
    co_return filters;
  }

  Task<Result<void>> apply(WebhookChange change) override {
    http::Request request(change.method, std::string(root) + change.target);
    request.headers.add("Accept", "application/json");
    request.headers.add("OData-MaxVersion", "4.0");
    request.headers.add("OData-Version", "4.0");
    if (!change.body.empty()) request.headers.add("Content-Type", "application/json");
    // Nothing is made anew where it should have been.
    if (change.method == "PATCH") request.headers.add("If-Match", "*");
    request.body = change.body.reveal();
    auto response = co_await service_.call(std::move(request));
    if (!response) co_return std::unexpected(std::move(response).error().while_doing("trying to " + change.what));
    const bool gone = change.method == "DELETE" && response->status == 404;
    if (gone || (response->status >= 200 && response->status < 300)) co_return Result<void>();
    co_return std::unexpected(request_error(response->status, response->body, "trying to " + change.what));
  }

 private:
  Task<Result<std::vector<odata::Entity>>> rows(std::string target, std::string what) {
    std::vector<odata::Entity> all;
    std::string continuation;
    const std::string first = std::string(root) + target;
    for (int number = 0; number < pages_max; ++number) {
      http::Headers headers;
      auto page = co_await service_.scan_page(first, continuation, std::move(headers), what);
      if (!page) co_return std::unexpected(std::move(page).error());
      std::ranges::move(page->rows, std::back_inserter(all));
      continuation = std::move(page->next);
      if (continuation.empty()) co_return all;
    }
    co_return fail(Errc::limit, what + ": the pages did not end");
  }

  Service service_;
};

}  // namespace

std::unique_ptr<WebhookRegistry> make_webhook_registry(Executor executor, Clock& clock, ServiceSettings settings,
                                                       std::unique_ptr<http::Transport> transport, Users users) {
  return std::make_unique<Registry>(std::move(executor), clock, std::move(settings), std::move(transport),
                                    std::move(users));
}

}  // namespace dualwrite::endpoint
