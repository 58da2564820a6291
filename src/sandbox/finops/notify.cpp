// Change notices in the manner of a custom business event (D1).
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

std::string notice(const State& state, const TableSchema& schema, const Row& row, std::string_view operation,
                   const User& user, std::int64_t control_number) {
  const Instant now = state.clock.now();
  std::string company = state.default_company;
  if (schema.by_company) company = std::string(row.get(schema.primary.columns.front()).value_or(""));
  std::string body = "{\"BusinessEventId\":\"DualwriteRecordChanged\",\"BusinessEventLegalEntity\":";
  odata::append_json_string(body, company);
  body += ",\"ContextRecordSubject\":\"\",\"ControlNumber\":" + std::to_string(control_number) + ",\"EventId\":\"" +
          upper(guid_text(new_guid())) + "\",\"EventTime\":\"/Date(" + std::to_string(now.time_since_epoch().count()) +
          ")/\",\"EventTimeIso8601\":\"" + seven_decimals(now) + "\",\"InitiatingUserAADObjectId\":\"{" +
          upper(guid_text(user.id)) +
          "}\",\"MajorVersion\":0,\"MinorVersion\":0,\"ParentContextRecordSubjects\":[],\"Entity\":";
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

void notify_after_commit(Call& call, const TableSchema& schema, const Row& row, std::string_view operation) {
  if (call.state.subscribers.empty() || !call.state.sink) return;
  std::string body = notice(call.state, schema, row, operation, call.user, ++call.state.control_number);
  std::string subject = schema.set + "/" + std::string(operation);
  call.transaction.after_commit([state = &call.state, body = std::move(body), subject = std::move(subject)] {
    for (const Subscriber& subscriber : state->subscribers) {
      Post post;
      post.url = subscriber.url;
      post.subject = subject;
      post.headers = subscriber.headers;
      post.headers.set("Content-Type", "application/json; charset=utf-8");
      post.body = body;
      state->sink(std::move(post));
    }
  });
}

}  // namespace dualwrite::sandbox::finops
