// Business events (D1): the one for changes, and who gets it.
#include <algorithm>

#include "dualwrite/base/time.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::finops {
namespace {

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

/// "2026-01-02T03:04:05.6780000Z"
std::string seven_decimals(Instant at) {
  std::string text = format_instant(at);
  text.pop_back();
  const std::size_t point = text.find('.');
  if (point == std::string::npos) text += '.';
  const std::size_t decimals = point == std::string::npos ? 0 : text.size() - point - 1;
  return text + std::string(7 - decimals, '0') + "Z";
}

/// What every business event has, up to its own members.
std::string envelope(const State& state, std::string_view event, std::string_view company, const std::string& who,
                     const std::string& control_number) {
  const Instant now = state.clock.now();
  std::string body = "{\"BusinessEventId\":\"" + std::string(event) + "\",\"BusinessEventLegalEntity\":";
  odata::append_json_string(body, company);
  return body + ",\"ContextRecordSubject\":\"\",\"ControlNumber\":" + control_number + ",\"EventId\":\"" +
         upper(guid_text(new_guid())) + "\",\"EventTime\":\"/Date(" + std::to_string(now.time_since_epoch().count()) +
         ")/\",\"EventTimeIso8601\":\"" + seven_decimals(now) + "\",\"InitiatingUserAADObjectId\":\"{" + upper(who) +
         "}\",\"MajorVersion\":0,\"MinorVersion\":0,\"ParentContextRecordSubjects\":[]";
}

std::string notice(const State& state, const TableSchema& schema, const Row& row, std::string_view operation,
                   const User& user, std::int64_t control_number, std::string_view company) {
  std::string body = envelope(state, change_event, company, guid_text(user.id), std::to_string(control_number));
  body += ",\"Entity\":";
  odata::append_json_string(body, schema.set);
  body += ",\"Operation\":\"" + std::string(operation) + "\",\"Key\":{";
  bool is_first = true;
  for (const ColumnId id : schema.primary.columns) {
    if (!is_first) body += ',';
    is_first = false;
    odata::append_json_string(body, schema.column(id).name);
    body += ':';
    append_cell(body, schema.column(id), cell_of(schema, row, id).value_or(""));
  }
  return body + "}}";
}

}  // namespace

std::string test_event(const State& state) {
  return envelope(state, "BusinessEventsTestEndpointContract", state.default_company,
                  "00000000-0000-0000-0000-000000000000", "-9223372036854775808") +
         "}";
}

void notify_after_commit(Call& call, const TableSchema& schema, const Record& record, std::string_view operation) {
  State& state = call.state;
  if (!state.sink || (state.subscribers.empty() && state.events.activations().empty())) return;
  std::string company = state.company_of(call.user);
  if (schema.by_company) company = std::string(record.row.get(schema.primary.columns.front()).value_or(""));
  Post business;
  business.subject = schema.set + "/" + std::string(operation);
  business.body = notice(state, schema, record.row, operation, call.user, ++state.control_number, company);
  Post data;
  data.subject = business.subject;
  if (!state.events.receivers(data.subject, true, company).empty()) {
    data.body = data_event(state, schema, record, operation, call.user);
  }
  data.headers.add("x-ms-dynamics-organization", "sandbox");
  data.headers.add("x-ms-dynamics-entity-name", virtual_table(schema));
  data.headers.add("x-ms-dynamics-request-name", "OnExternal" + std::string(operation));
  call.transaction.after_commit(
      [to = &state, business = std::move(business), data = std::move(data), company = std::move(company)] {
        const auto send = [to](Post post, const std::string& url, const http::Headers& headers) {
          post.url = url;
          for (const auto& [name, value] : headers.fields()) post.headers.set(name, value);
          post.headers.set("Content-Type", "application/json; charset=utf-8");
          to->sink(std::move(post));
        };
        for (const Subscriber& subscriber : to->subscribers) send(business, subscriber.url, subscriber.headers);
        for (const EventEndpoint* endpoint : to->events.receivers(change_event, false, company)) {
          send(business, endpoint->url, endpoint->headers);
        }
        if (data.body.empty()) return;
        for (const EventEndpoint* endpoint : to->events.receivers(data.subject, true, company)) {
          send(data, endpoint->url, endpoint->headers);
        }
      });
}

}  // namespace dualwrite::sandbox::finops
