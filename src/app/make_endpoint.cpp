#include "app/make_endpoint.hpp"

#include <stdexcept>

#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/token_source.hpp"

namespace dualwrite::app {
namespace {

std::unique_ptr<endpoint::Endpoint> make(Executor executor, Clock& clock, Side side,
                                         const config::EndpointSettings& settings, std::string id, OnSent on_sent) {
  http::ClientSettings client;
  client.connections_max = settings.connections_max;
  client.ca_file = settings.ca_file;
  http::ClientSettings row_client = client;
  row_client.on_sent = std::move(on_sent);
  auto transport = http::make_client(executor, settings.url, std::move(row_client));
  http::Url token_url;
  if (!http::parse_url(settings.token_url, token_url))
    throw std::invalid_argument(settings.token_url + " is not a URL");
  auto token_transport = http::make_client(executor, http::origin_of(token_url), client);
  http::ClientCredentials credentials;
  credentials.token_url = settings.token_url;
  credentials.client_id = settings.client_id;
  credentials.client_secret = settings.client_secret;
  credentials.scope = settings.scope;
  credentials.resource = settings.resource;
  auto tokens = http::make_token_source(executor, clock, std::move(credentials), std::move(token_transport));
  endpoint::ServiceSettings service;
  service.url = settings.url;
  service.requests_max = settings.connections_max;
  service.request_limit = settings.request_limit;
  service.engine_id = std::move(id);
  if (side == Side::finops) {
    return endpoint::make_finops(executor, clock, std::move(service), std::move(transport), std::move(tokens));
  }
  return endpoint::make_dataverse(executor, clock, std::move(service), std::move(transport), std::move(tokens));
}

}  // namespace

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
