#include "admin/filters.hpp"
#include "admin/handlers.hpp"
#include "admin/pages.hpp"
#include "admin/problem.hpp"
#include "admin/render.hpp"
#include "dualwrite/base/text.hpp"

namespace dualwrite::admin {

Task<http::Response> get_conflicts(const Services& services, Call call) {
  auto filter = read_filter(services, call);
  if (!filter) co_return filter.error();
  filter->kind = store::JournalKind::lost;
  store::Filter wanted = *filter;
  const auto entries = co_await services.control.journal(std::move(wanted));
  if (!entries) co_return problem(entries.error());
  JsonWriter json;
  open_page(json);
  for (const store::JournalEntry& entry : *entries) {
    render_conflict(json, services.control.map_name(entry.record.map), entry);
  }
  close_page(json, *entries, filter->limit);
  co_return json_reply(200, std::move(json).take());
}

Task<http::Response> get_activity(const Services& services, Call call) {
  const auto filter = read_filter(services, call);
  if (!filter) co_return filter.error();
  store::Filter wanted = *filter;
  const auto entries = co_await services.control.journal(std::move(wanted));
  if (!entries) co_return problem(entries.error());
  JsonWriter json;
  open_page(json);
  for (const store::JournalEntry& entry : *entries)
    render(json, {}, services.control.map_name(entry.record.map), entry);
  close_page(json, *entries, filter->limit);
  co_return json_reply(200, std::move(json).take());
}

Task<http::Response> get_record(const Services& services, Call call) {
  std::string map = call.path("map");
  // Integration keys are stored in lower case, because neither side minds the case.
  std::string key = ascii_lower(call.path("key"));
  const auto record = co_await services.control.explain(std::move(map), std::move(key));
  if (!record) co_return problem(record.error());
  co_return json_reply(200, record_document(*record));
}

}  // namespace dualwrite::admin
