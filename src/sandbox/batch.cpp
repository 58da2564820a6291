#include "sandbox/batch.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/batch.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox {
namespace {

std::size_t after_origin(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || scheme > 8) return 0;
  return std::min(url.find('/', scheme + 3), url.size());
}

}  // namespace

class BatchRun::State {
 public:
  State(const http::Request& outer, BatchRules rules) : outer_(outer), rules_(std::move(rules)) {}

  http::Response go_on(const RunPart& run) {
    if (!parts_) {
      if (auto refusal = parse()) return rules_.error(*refusal);
    }
    run_ = &run;
    const std::vector<odata::BatchRequestPart>& parts = *parts_;
    while (next_ < parts.size()) {
      const std::size_t i = next_;
      std::size_t end = i + 1;
      while (parts[i].change_set >= 0 && end < parts.size() && parts[end].change_set == parts[i].change_set) ++end;
      if (rules_.guard != nullptr) rules_.guard->begin_unit();
      const int failure = parts[i].change_set >= 0 ? change_set(parts, i, end) : single(parts[i]);
      if (rules_.guard != nullptr) rules_.guard->end_unit();
      next_ = end;
      if (failure != 0 && rules_.stops_at_failure) {
        return answer(rules_.outer_status_is_failure ? failure : 200);
      }
    }
    return answer(200);
  }

 private:
  std::optional<Refusal> parse() {
    if (outer_.method != "POST") return Refusal(405, "0x80060888", "$batch takes POST only.");
    odata::BatchLimits limits;
    limits.parts_max = rules_.parts_max;
    auto parts = odata::parse_batch_request(outer_.headers.get("Content-Type"), outer_.body, limits);
    if (!parts) return Refusal(400, "0x80060888", parts.error().message());
    const auto lacks_id = [](const odata::BatchRequestPart& part) {
      return part.change_set >= 0 && part.content_id.empty();
    };
    if (rules_.needs_content_ids && std::ranges::any_of(*parts, lacks_id)) {
      return Refusal(400, {}, "A request within a change set must have the header Content-ID.");
    }
    parts_ = std::move(*parts);
    return std::nullopt;
  }

  [[nodiscard]] WriteGate* gate() const { return rules_.guard != nullptr ? rules_.guard->gate() : nullptr; }

  /// Commits, or gives the failure that came in its place.
  std::optional<http::Response> commit(Transaction& transaction) const {
    auto failure = rules_.guard != nullptr ? rules_.guard->before_commit(transaction) : std::nullopt;
    if (!failure) transaction.commit();
    return failure;
  }

  /// 0, or the status of the failure.
  int single(const odata::BatchRequestPart& part) {
    Transaction transaction(gate());
    http::Response response = run(part, transaction, true);
    if (response.status < 400) {
      if (auto failed = commit(transaction)) response = std::move(*failed);
    }
    const int failure = response.status >= 400 ? response.status : 0;
    add(std::move(response), part.content_id, -1);
    return failure;
  }

  int change_set(const std::vector<odata::BatchRequestPart>& parts, std::size_t begin, std::size_t end) {
    Transaction transaction(gate());
    std::vector<http::Response> responses;
    for (std::size_t i = begin; i < end; ++i) {
      http::Response response = run(parts[i], transaction, false);
      if (response.status >= 400) {
        const int status = response.status;
        transaction.rollback();
        add(std::move(response), rules_.names_failed_part ? parts[i].content_id : std::string(), -1);
        return status;
      }
      responses.push_back(std::move(response));
    }
    if (auto failed = commit(transaction)) {
      const int status = failed->status;
      transaction.rollback();
      add(std::move(*failed), {}, -1);
      return status;
    }
    for (std::size_t i = begin; i < end; ++i) {
      add(std::move(responses[i - begin]), parts[i].content_id, parts[begin].change_set);
    }
    return 0;
  }

  http::Response run(const odata::BatchRequestPart& part, Transaction& transaction, bool may_read) {
    if (!may_read && part.method == "GET") {
      return rules_.error(Refusal(400, "0x80060888", "A GET request is not allowed within a change set."));
    }
    auto target = target_of(part.url);
    if (!target) return rules_.error(target.error());
    http::Request request(part.method, std::move(*target));
    if (outer_.headers.has("Host")) request.headers.add("Host", std::string(outer_.headers.get("Host")));
    const bool may_have_conditions = may_read || rules_.if_match_in_change_sets;
    for (const auto& [name, value] : part.headers) {
      if (may_have_conditions || !equal_ignoring_case(name, "If-Match")) request.headers.add(name, value);
    }
    request.body = part.body;
    std::string created;
    http::Response response = (*run_)(request, transaction, content_ids_, created);
    if (response.status < 400 && !part.content_id.empty() && !created.empty()) {
      content_ids_.insert_or_assign(part.content_id, std::move(created));
    }
    return response;
  }

  Outcome<std::string> target_of(const std::string& url) const {
    std::string_view rest = std::string_view(url).substr(after_origin(url));
    const bool is_rooted = rest.starts_with('/');
    const std::string_view reference = is_rooted ? rest.substr(1) : rest;
    if (reference.starts_with('$') && !reference.starts_with("$metadata") && !reference.starts_with("$batch")) {
      const std::size_t end = std::min(reference.find_first_of("/?"), reference.size());
      const auto found = content_ids_.find(reference.substr(1, end - 1));
      if (found == content_ids_.end()) {
        return refuse(400, "0x80060888",
                      "Content-ID Reference: '" + std::string(reference.substr(0, end)) +
                          "' does not exist in the batch context.");
      }
      return rules_.root_path + found->second + std::string(reference.substr(end));
    }
    return is_rooted ? std::string(rest) : rules_.root_path + std::string(rest);
  }

  void add(http::Response response, std::string content_id, int change_set) {
    odata::BatchResponsePart part;
    part.status = response.status;
    part.headers.assign(response.headers.fields().begin(), response.headers.fields().end());
    part.body = std::move(response.body);
    part.content_id = std::move(content_id);
    part.change_set = change_set;
    answers_.push_back(std::move(part));
  }

  http::Response answer(int status) const {
    const std::string boundary = "batchresponse_" + guid_text(new_guid());
    http::Headers headers;
    headers.add("Content-Type", "multipart/mixed; boundary=" + boundary);
    headers.add("OData-Version", "4.0");
    // The number of the change set, which the encoder appends, is the last digit of the GUID that is expected here.
    const std::string sets = "changesetresponse_" + guid_text(new_guid()).substr(0, 35);
    return {status, std::move(headers), odata::encode_batch_response(answers_, boundary, sets)};
  }

  const http::Request& outer_;
  BatchRules rules_;
  const RunPart* run_ = nullptr;
  std::optional<std::vector<odata::BatchRequestPart>> parts_;
  std::size_t next_ = 0;
  TextMap<std::string> content_ids_;
  std::vector<odata::BatchResponsePart> answers_;
};

BatchRun::BatchRun(const http::Request& request, BatchRules rules)
    : state_(std::make_unique<State>(request, std::move(rules))) {}

BatchRun::~BatchRun() = default;

http::Response BatchRun::go_on(const RunPart& run) {
  return state_->go_on(run);
}

http::Response run_batch(const http::Request& request, const BatchRules& rules, const RunPart& run) {
  return BatchRun(request, rules).go_on(run);
}

}  // namespace dualwrite::sandbox
