#include "app/make_endpoint.hpp"

#include <stdexcept>
#include <vector>

#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/proxy.hpp"
#include "dualwrite/http/token_source.hpp"

namespace dualwrite::app {
namespace {

std::unique_ptr<http::TokenSource> make_tokens(Executor executor, Clock& clock,
                                               const config::EndpointSettings& settings, http::ClientSettings client) {
  switch (settings.token_kind) {
    case config::TokenKind::bearer:
      return http::make_fixed_bearer(settings.fixed_token);
    case config::TokenKind::basic:
      return http::make_basic(settings.user, settings.fixed_token);
    case config::TokenKind::none:
      return http::make_no_token();
    case config::TokenKind::client:
      break;
  }
  http::Url token_url;
  if (!http::parse_url(settings.token_url, token_url))
    throw std::invalid_argument(settings.token_url + " is not a URL");
  client.proxy = http::proxy_for(http::origin_of(token_url), http::proxy_environment());
  auto transport = http::make_client(executor, http::origin_of(token_url), client);
  http::ClientCredentials credentials;
  credentials.token_url = settings.token_url;
  credentials.client_id = settings.client_id;
  credentials.client_secret = settings.client_secret;
  credentials.certificate = settings.certificate;
  credentials.scope = settings.scope;
  credentials.resource = settings.resource;
  return http::make_token_source(executor, clock, std::move(credentials), std::move(transport));
}

std::unique_ptr<endpoint::Endpoint> make(Executor executor, Clock& clock, Side side,
                                         const config::EndpointSettings& settings, std::string id, OnSent on_sent) {
  http::ClientSettings client;
  client.connections_max = settings.connections_max;
  client.ca_file = settings.ca_file;
  http::ClientSettings row_client = client;
  row_client.proxy = http::proxy_for(settings.url, http::proxy_environment());
  row_client.on_sent = std::move(on_sent);
  auto transport = http::make_client(executor, settings.url, std::move(row_client));
  std::vector<std::unique_ptr<http::TokenSource>> users;
  users.push_back(make_tokens(executor, clock, settings, client));
  for (const config::EndpointSettings& user : settings.more_users) {
    users.push_back(make_tokens(executor, clock, user, client));
  }
  endpoint::Users tokens(std::move(users));
  endpoint::ServiceSettings service;
  service.url = settings.url;
  service.requests_max = settings.connections_max;
  service.request_limit = settings.request_limit;
  service.engine_id = std::move(id);
  service.root = settings.root;
  service.unguarded = settings.unguarded;
  service.asks_for_dual_write = true;
  service.on_premises = settings.dialect == "finops-onprem";
  if (settings.dialect == "odata") {
    return endpoint::make_odata(executor, clock, side, std::move(service), std::move(transport), std::move(tokens));
  }
  if (side == Side::finops) {
    return endpoint::make_finops(executor, clock, std::move(service), std::move(transport), std::move(tokens));
  }
  return endpoint::make_dataverse(executor, clock, std::move(service), std::move(transport), std::move(tokens));
}

}  // namespace

Result<std::unique_ptr<endpoint::Webhooks>> make_hooks(Executor executor, Clock& clock,
                                                       const config::EndpointSettings& settings,
                                                       endpoint::HookSettings hooks) {
  try {
    http::ClientSettings client;
    client.ca_file = settings.ca_file;
    auto tokens = make_tokens(executor, clock, settings, client);
    client.proxy = http::proxy_for(settings.url, http::proxy_environment());
    auto transport = http::make_client(executor, settings.url, client);
    endpoint::ServiceSettings service;
    service.url = settings.url;
    service.request_limit = settings.request_limit;
    return endpoint::make_webhooks(executor, clock, std::move(service), std::move(transport), std::move(tokens),
                                   std::move(hooks));
  } catch (const std::exception& error) {
    return fail(Errc::invalid, "preparing requests to " + settings.url + ": " + error.what(),
                "check the URLs and \"caFile\" of dataverse in the configuration");
  }
}

Result<std::unique_ptr<endpoint::Endpoint>> make_endpoint(Executor executor, Clock& clock, Side side,
                                                          const config::EndpointSettings& settings,
                                                          std::string engine_id, OnSent on_sent) {
  try {
    return make(std::move(executor), clock, side, settings, std::move(engine_id), std::move(on_sent));
  } catch (const std::exception& error) {
    return fail(Errc::invalid, "preparing requests to " + settings.url + ": " + error.what(),
                "check the URLs and \"caFile\" of " + std::string(to_string(side)) + " in the configuration");
  }
}

}  // namespace dualwrite::app
