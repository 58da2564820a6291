#include "sandbox/dataverse/jobs.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "dualwrite/base/time.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view ready = "0";
constexpr std::string_view completed = "3";
constexpr std::string_view waiting_for_resources = "0";
constexpr std::string_view succeeded = "30";
constexpr std::string_view failed_status = "31";
constexpr std::string_view canceled = "32";

/// "0x80050201" as the column's signed number.
std::string signed_code(std::string_view code) {
  std::uint32_t number = 0;
  if (code.starts_with("0x")) std::from_chars(code.data() + 2, code.data() + code.size(), number, 16);
  return std::to_string(static_cast<std::int32_t>(number));
}

std::string now_of(const State& state) {
  return format_instant(std::chrono::floor<std::chrono::seconds>(state.clock.now()));
}

/// Cells of a job's row by their columns' names.
class Cells {
 public:
  explicit Cells(const TableSchema& schema) : schema_(schema) {}
  Cells& set(std::string_view name, std::string_view text) {
    if (const auto column = schema_.find_name(name); column && !text.empty()) all_.set(*column, std::string(text));
    return *this;
  }
  [[nodiscard]] const Assignments& all() const noexcept { return all_; }

 private:
  const TableSchema& schema_;
  Assignments all_;
};

std::optional<std::string_view> cell(const Table& table, const Row& row, std::string_view name) {
  const auto column = table.schema().find_name(name);
  return column ? row.get(*column) : std::nullopt;
}

}  // namespace

std::string Jobs::add(const Event& event, const Step& step) {
  if (!is_enabled_) return {};
  Table& table = state_.table("asyncoperation");
  const TableSchema& schema = table.schema();
  std::string id = new_guid();
  const std::string now = now_of(state_);
  Cells cells(schema);
  cells.set("asyncoperationid", id)
      .set("name", step.name)
      .set("operationtype", "1")
      .set("messagename", to_string(event.message))
      .set("primaryentitytype", state_.database.schema.tables[event.table].name)
      .set("regardingobjectid", event.key)
      .set("owningextensionid", step.id)
      .set("correlationid", guid_bytes(event.correlation).value_or(""))
      .set("requestid", guid_bytes(event.request).value_or(""))
      .set("depth", "1")
      .set("retrycount", "0")
      .set("statecode", ready)
      .set("statuscode", waiting_for_resources)
      .set("ownerid", event.user_id);
  for (const std::string_view name : {"createdon", "modifiedon"}) cells.set(name, now);
  for (const std::string_view name : {"createdby", "modifiedby"}) cells.set(name, event.user_id);
  Transaction transaction;
  transaction.put(table, id, Record{Row{}.with(cells.all()), ++state_.version, 0});
  transaction.commit();
  return id;
}

void Jobs::ended(const Post& post, PostEnd end, const CallAnswer& answer) {
  if (post.job.empty()) return;
  switch (end) {
    case PostEnd::delivered:
      return complete(post.job, succeeded, {});
    case PostEnd::failed:
      return failed(post.job, failure_of(answer));
    case PostEnd::dropped:
      return complete(post.job, canceled, {});
  }
}

void Jobs::failed(std::string_view job, const CallFailure& failure) {
  complete(job, failed_status, failure);
}

bool Jobs::deletes_itself(const Row& row) const {
  const auto step = cell(state_.table("asyncoperation"), row, "owningextensionid");
  const Table& steps = state_.table("sdkmessageprocessingstep");
  const Hit hit = step ? steps.find(*step) : Hit{};
  return hit && cell(steps, hit.record->row, "asyncautodelete") == "1";
}

void Jobs::complete(std::string_view job, std::string_view status, const CallFailure& failure) {
  if (is_stale_) read_ended();
  Table& table = state_.table("asyncoperation");
  const Hit hit = table.find(job);
  if (!hit || cell(table, hit.record->row, "statecode") == completed) return;
  Transaction transaction;
  if (status == succeeded && deletes_itself(hit.record->row)) {
    transaction.erase(table, std::string(job), ++state_.version);
    return transaction.commit();
  }
  const std::string now = now_of(state_);
  Cells cells(table.schema());
  cells.set("statecode", completed).set("statuscode", status).set("startedon", now).set("completedon", now);
  cells.set("modifiedon", now).set("message", failure.text).set("friendlymessage", failure.text);
  if (!failure.code.empty()) cells.set("errorcode", signed_code(failure.code));
  transaction.put(table, std::string(job), Record{hit.record->row.with(cells.all()), ++state_.version, 0});
  transaction.commit();
  ended_.emplace_back(job);
  drop_oldest();
}

void Jobs::drop_oldest() {
  Table& table = state_.table("asyncoperation");
  while (ended_.size() > ended_max) {
    if (table.find(ended_.front())) {
      Transaction transaction;
      transaction.erase(table, ended_.front(), ++state_.version);
      transaction.commit();
    }
    ended_.pop_front();
  }
}

void Jobs::read_ended() {
  is_stale_ = false;
  const Table& table = state_.table("asyncoperation");
  std::vector<std::pair<std::int64_t, std::string>> found;
  for (const auto& [key, record] : table.rows()) {
    if (cell(table, record.row, "statecode") == completed) found.emplace_back(record.version, key);
  }
  std::ranges::sort(found);
  ended_.clear();
  for (auto& [version, key] : found) ended_.push_back(std::move(key));
}

}  // namespace dualwrite::sandbox::dataverse
