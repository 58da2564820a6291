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

/// What talks to a service, whoever uses it.
struct Parts {
  Parts(std::unique_ptr<http::Transport> t, endpoint::Users u) : transport(std::move(t)), users(std::move(u)) {}
  std::unique_ptr<http::Transport> transport;
  endpoint::Users users;
  endpoint::ServiceSettings service;
};

Parts make_parts(const Executor& executor, Clock& clock, const config::EndpointSettings& settings, std::string id,
                 OnSent on_sent) {
  http::ClientSettings client;
  client.connections_max = settings.connections_max;
  client.ca_file = settings.ca_file;
  http::ClientSettings row_client = client;
  row_client.proxy = http::proxy_for(settings.url, http::proxy_environment());
  row_client.on_sent = std::move(on_sent);
  std::vector<std::unique_ptr<http::TokenSource>> users;
  users.push_back(make_tokens(executor, clock, settings, client));
  for (const config::EndpointSettings& user : settings.more_users) {
    users.push_back(make_tokens(executor, clock, user, client));
  }
  Parts parts(http::make_client(executor, settings.url, std::move(row_client)), endpoint::Users(std::move(users)));
  parts.service.url = settings.url;
  parts.service.requests_max = settings.connections_max;
  parts.service.request_limit = settings.request_limit;
  parts.service.engine_id = std::move(id);
  parts.service.root = settings.root;
  parts.service.unguarded = settings.unguarded;
  parts.service.asks_for_dual_write = true;
  parts.service.on_premises = settings.dialect == "finops-onprem";
  return parts;
}

Error not_made(const config::EndpointSettings& settings, Side side, const std::exception& error) {
  return {Errc::invalid, "preparing requests to " + settings.url + ": " + error.what(),
          "check the URLs and \"caFile\" of " + std::string(to_string(side)) + " in the configuration"};
}

}  // namespace

Result<std::unique_ptr<endpoint::Endpoint>> make_endpoint(Executor executor, Clock& clock, Side side,
                                                          const config::EndpointSettings& settings,
                                                          std::string engine_id, OnSent on_sent) {
  try {
    Parts parts = make_parts(executor, clock, settings, std::move(engine_id), std::move(on_sent));
    if (settings.dialect == "odata") {
      return endpoint::make_odata(std::move(executor), clock, side, std::move(parts.service),
                                  std::move(parts.transport), std::move(parts.users));
    }
    const auto make = side == Side::finops ? endpoint::make_finops : endpoint::make_dataverse;
    return make(std::move(executor), clock, std::move(parts.service), std::move(parts.transport),
                std::move(parts.users));
  } catch (const std::exception& error) {
    return std::unexpected(not_made(settings, side, error));
  }
}

Result<std::unique_ptr<endpoint::WebhookRegistry>> make_webhooks(Executor executor, Clock& clock,
                                                                 const config::EndpointSettings& settings) {
  try {
    Parts parts = make_parts(executor, clock, settings, {}, {});
    return endpoint::make_webhook_registry(std::move(executor), clock, std::move(parts.service),
                                           std::move(parts.transport), std::move(parts.users));
  } catch (const std::exception& error) {
    return std::unexpected(not_made(settings, Side::dataverse, error));
  }
}

}  // namespace dualwrite::app
