#pragma once
// Who is told of what in F&O (D1, D2): endpoints, what is activated for them, and the log of what could not be told.
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/http/message.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/dispatcher.hpp"

namespace dualwrite::sandbox::finops {

struct EventEndpoint {
  std::string name;
  std::string url;
  http::Headers headers;
};

/// An event that is sent to an endpoint for a legal entity: a business event by its id, or a data event by the entity
/// set and Created, Updated or Deleted.
struct Activation {
  std::string event;  ///< "DualwriteRecordChanged", or "CustomersV3/Created"
  bool is_data_event = false;
  std::string legal_entity;  ///< empty: all
  std::string endpoint;
  friend bool operator==(const Activation&, const Activation&) = default;
};

class BusinessEvents {
 public:
  static constexpr std::size_t endpoints_max = 100;
  static constexpr std::size_t endpoints_per_event_max = 10;  ///< and legal entity, as the real catalog has it
  static constexpr std::size_t errors_max = 1000;             ///< the oldest make room

  [[nodiscard]] const std::vector<EventEndpoint>& endpoints() const noexcept { return endpoints_; }
  [[nodiscard]] const EventEndpoint* find(std::string_view name) const;
  /// Saves it; the same name again replaces it. False: there are as many as there may be.
  bool save_endpoint(EventEndpoint endpoint);
  /// With its activations. False: there is none.
  bool remove_endpoint(std::string_view name);

  [[nodiscard]] const std::vector<Activation>& activations() const noexcept { return activations_; }
  /// What is wrong with it, or nothing.
  std::optional<std::string> activate(Activation activation);
  bool deactivate(const Activation& activation);
  /// The endpoints of an event that happened in that legal entity.
  [[nodiscard]] std::vector<const EventEndpoint*> receivers(std::string_view event, bool is_data_event,
                                                            std::string_view legal_entity) const;

  /// All attempts were in vain.
  void failed(const Post& post);
  [[nodiscard]] const std::deque<Post>& errors() const noexcept { return errors_; }
  /// Empties the log.
  std::deque<Post> take_errors();

  void save(Writer& to) const;
  /// Throws ArchiveError.
  void load(Reader& from);

 private:
  std::vector<EventEndpoint> endpoints_;
  std::vector<Activation> activations_;
  std::deque<Post> errors_;
};

}  // namespace dualwrite::sandbox::finops
