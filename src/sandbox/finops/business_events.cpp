#include "sandbox/finops/business_events.hpp"

#include <algorithm>
#include <utility>

namespace dualwrite::sandbox::finops {

const EventEndpoint* BusinessEvents::find(std::string_view name) const {
  const auto found = std::ranges::find(endpoints_, name, &EventEndpoint::name);
  return found == endpoints_.end() ? nullptr : &*found;
}

bool BusinessEvents::save_endpoint(EventEndpoint endpoint) {
  const auto old = std::ranges::find(endpoints_, endpoint.name, &EventEndpoint::name);
  if (old != endpoints_.end()) {
    *old = std::move(endpoint);
    return true;
  }
  if (endpoints_.size() >= endpoints_max) return false;
  endpoints_.push_back(std::move(endpoint));
  return true;
}

bool BusinessEvents::remove_endpoint(std::string_view name) {
  std::erase_if(activations_, [&](const Activation& activation) { return activation.endpoint == name; });
  return std::erase_if(endpoints_, [&](const EventEndpoint& endpoint) { return endpoint.name == name; }) != 0;
}

std::optional<std::string> BusinessEvents::activate(Activation activation) {
  if (find(activation.endpoint) == nullptr) return "There is no endpoint '" + activation.endpoint + "'.";
  if (std::ranges::find(activations_, activation) != activations_.end()) return std::nullopt;
  const auto others = std::ranges::count_if(activations_, [&](const Activation& other) {
    return other.event == activation.event && other.is_data_event == activation.is_data_event &&
           other.legal_entity == activation.legal_entity;
  });
  if (static_cast<std::size_t>(others) >= endpoints_per_event_max) {
    return "An event has at most " + std::to_string(endpoints_per_event_max) + " endpoints in a legal entity.";
  }
  activations_.push_back(std::move(activation));
  return std::nullopt;
}

bool BusinessEvents::deactivate(const Activation& activation) {
  return std::erase(activations_, activation) != 0;
}

std::vector<const EventEndpoint*> BusinessEvents::receivers(std::string_view event, bool is_data_event,
                                                            std::string_view legal_entity) const {
  std::vector<const EventEndpoint*> found;
  for (const Activation& activation : activations_) {
    if (activation.event != event || activation.is_data_event != is_data_event) continue;
    if (!activation.legal_entity.empty() && activation.legal_entity != legal_entity) continue;
    const EventEndpoint* endpoint = find(activation.endpoint);
    if (endpoint != nullptr && std::ranges::find(found, endpoint) == found.end()) found.push_back(endpoint);
  }
  return found;
}

void BusinessEvents::failed(const Post& post) {
  if (errors_.size() >= errors_max) errors_.pop_front();
  errors_.push_back(post);
}

std::deque<Post> BusinessEvents::take_errors() {
  return std::exchange(errors_, {});
}

void BusinessEvents::save(Writer& to) const {
  to.number(static_cast<std::int64_t>(endpoints_.size()));
  for (const EventEndpoint& endpoint : endpoints_) {
    to.text(endpoint.name);
    to.text(endpoint.url);
    to.headers(endpoint.headers);
  }
  to.number(static_cast<std::int64_t>(activations_.size()));
  for (const Activation& activation : activations_) {
    to.text(activation.event);
    to.number(activation.is_data_event ? 1 : 0);
    to.text(activation.legal_entity);
    to.text(activation.endpoint);
  }
  to.number(static_cast<std::int64_t>(errors_.size()));
  for (const Post& post : errors_) {
    to.text(post.url);
    to.headers(post.headers);
    to.text(post.body);
    to.text(post.subject);
  }
}

void BusinessEvents::load(Reader& from) {
  *this = BusinessEvents();
  for (std::size_t left = from.count(); left > 0; --left) {
    EventEndpoint endpoint;
    endpoint.name = from.text();
    endpoint.url = from.text();
    endpoint.headers = from.headers();
    endpoints_.push_back(std::move(endpoint));
  }
  for (std::size_t left = from.count(); left > 0; --left) {
    Activation activation;
    activation.event = from.text();
    activation.is_data_event = from.number() != 0;
    activation.legal_entity = from.text();
    activation.endpoint = from.text();
    activations_.push_back(std::move(activation));
  }
  for (std::size_t left = from.count(); left > 0; --left) {
    Post post;
    post.url = from.text();
    post.headers = from.headers();
    post.body = from.text();
    post.subject = from.text();
    errors_.push_back(std::move(post));
  }
}

}  // namespace dualwrite::sandbox::finops
