#include <utility>

#include "admin/access.hpp"
#include "admin/problem.hpp"
#include "admin/router.hpp"

namespace dualwrite::admin {

struct Api::State {
  Services services;
  ApiSettings settings;

  State(Services s, ApiSettings a) : services(std::move(s)), settings(std::move(a)) {}
};

Api::Api(sync::Control& control, Metrics& metrics, Clock& clock, std::string version, ApiSettings settings,
         ReadinessCheck readiness)
    : state_(std::make_unique<State>(Services(control, metrics, clock, std::move(version), std::move(readiness)),
                                     std::move(settings))) {}

Api::~Api() = default;

Task<http::Response> Api::handle(http::Request request) {
  auto match = match_route(request);
  // A stranger does not learn which paths there are.
  if (!match || !match->route->is_open) {
    if (auto refusal = refuse_access(request, state_->settings.key)) co_return std::move(*refusal);
  }
  if (!match) co_return std::move(match).error();
  const Route& route = *match->route;
  auto call = read_call(*std::move(match), request);
  if (!call) co_return std::move(call).error();
  Call checked = *std::move(call);
  co_return co_await route.handler(state_->services, std::move(checked));
}

}  // namespace dualwrite::admin
