#include "sandbox/batch.hpp"

#include <algorithm>
#include <optional>

#include "dualwrite/odata/batch.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox {
namespace {

std::size_t after_origin(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || scheme > 8) return 0;
  return std::min(url.find('/', scheme + 3), url.size());
}

class Batch {
 public:
  Batch(const http::Request& outer, const BatchRules& rules, const RunPart& run)
      : outer_(outer), rules_(rules), run_(run) {}

  http::Response all(const std::vector<odata::BatchRequestPart>& parts) {
    for (std::size_t i = 0; i < parts.size();) {
      std::size_t end = i + 1;
      while (parts[i].change_set >= 0 && end < parts.size() && parts[end].change_set == parts[i].change_set) ++end;
      const int failure = parts[i].change_set >= 0 ? change_set(parts, i, end) : single(parts[i]);
      i = end;
      if (failure != 0 && rules_.stops_at_failure) {
        return answer(rules_.outer_status_is_failure ? failure : 200);
      }
    }
    return answer(200);
  }

 private:
  /// 0, or the status of the failure.
  int single(const odata::BatchRequestPart& part) {
    Transaction transaction;
    http::Response response = run(part, transaction, true);
    if (response.status < 400) transaction.commit();
    const int failure = response.status >= 400 ? response.status : 0;
    add(std::move(response), part.content_id, -1);
    return failure;
  }

  int change_set(const std::vector<odata::BatchRequestPart>& parts, std::size_t begin, std::size_t end) {
    Transaction transaction;
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
    transaction.commit();
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
    for (const auto& [name, value] : part.headers) request.headers.add(name, value);
    request.body = part.body;
    std::string created;
    http::Response response = run_(request, transaction, content_ids_, created);
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
  const BatchRules& rules_;
  const RunPart& run_;
  TextMap<std::string> content_ids_;
  std::vector<odata::BatchResponsePart> answers_;
};

}  // namespace

http::Response run_batch(const http::Request& request, const BatchRules& rules, const RunPart& run) {
  if (request.method != "POST") return rules.error(Refusal(405, "0x80060888", "$batch takes POST only."));
  odata::BatchLimits limits;
  limits.parts_max = rules.parts_max;
  const auto parts = odata::parse_batch_request(request.headers.get("Content-Type"), request.body, limits);
  if (!parts) return rules.error(Refusal(400, "0x80060888", parts.error().message()));
  if (rules.needs_content_ids && std::ranges::any_of(*parts, [](const odata::BatchRequestPart& part) {
        return part.change_set >= 0 && part.content_id.empty();
      })) {
    return rules.error(Refusal(400, {}, "A request within a change set must have the header Content-ID."));
  }
  return Batch(request, rules, run).all(*parts);
}

}  // namespace dualwrite::sandbox
