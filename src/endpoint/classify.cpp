#include "endpoint/classify.hpp"

#include <charconv>

#include "dualwrite/base/text.hpp"

namespace dualwrite::endpoint {
namespace {

/// Dataverse error codes come in lower or upper hexadecimal: compare them as numbers.
std::uint32_t code_number(std::string_view code) {
  if (code.starts_with("0x") || code.starts_with("0X")) code.remove_prefix(2);
  std::uint32_t number = 0;
  const auto end = std::from_chars(code.data(), code.data() + code.size(), number, 16);
  return end.ec == std::errc() ? number : 0;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

constexpr std::uint32_t object_does_not_exist = 0x80040217;
constexpr std::uint32_t duplicate_record = 0x80040237;
constexpr std::uint32_t entity_key_not_found = 0x80060891;
constexpr std::uint32_t entity_key_duplicate = 0x80060892;
constexpr std::uint32_t sql_error = 0x80044150;
constexpr std::uint32_t sql_timeout = 0x80044151;

}  // namespace

std::string_view to_string(WriteOutcome outcome) noexcept {
  switch (outcome) {
    case WriteOutcome::done:
      return "done";
    case WriteOutcome::refused:
      return "refused";
    case WriteOutcome::precondition:
      return "precondition";
    case WriteOutcome::missing:
      return "missing";
    case WriteOutcome::exists:
      return "exists";
    case WriteOutcome::parent_missing:
      return "parent-missing";
    case WriteOutcome::retry:
      return "retry";
    case WriteOutcome::in_doubt:
      return "in-doubt";
  }
  return "in-doubt";
}

WriteOutcome classify_dataverse(int status, const odata::WireError& error, WriteKind kind, std::string_view row_key) {
  if (status >= 200 && status < 300) return WriteOutcome::done;
  const std::uint32_t code = code_number(error.code);
  if (code == sql_error || code == sql_timeout) return WriteOutcome::retry;
  if (status == 429 || status == 503) return WriteOutcome::retry;
  if (code == entity_key_not_found) return WriteOutcome::parent_missing;  // we address rows by GUID, parents by key
  if (code == object_does_not_exist) {
    const bool about_row = kind == WriteKind::remove || contains(ascii_lower(error.message), row_key);
    return about_row ? WriteOutcome::missing : WriteOutcome::parent_missing;
  }
  if (status == 404) return WriteOutcome::missing;
  if (code == duplicate_record || code == entity_key_duplicate) {
    return kind == WriteKind::create ? WriteOutcome::exists : WriteOutcome::refused;
  }
  if (status == 412) return kind == WriteKind::create ? WriteOutcome::exists : WriteOutcome::precondition;
  if (status == 401) return WriteOutcome::retry;
  if (status >= 500) return WriteOutcome::in_doubt;
  return WriteOutcome::refused;
}

WriteOutcome classify_finops(int status, const odata::WireError& error, WriteKind kind) {
  if (status >= 200 && status < 300) return WriteOutcome::done;
  if (status == 429 || status == 503 || status == 401) return WriteOutcome::retry;
  const std::string text = error.message + " " + error.inner_message;
  if (contains(text, "update conflict occurred")) return WriteOutcome::precondition;
  if (status == 412 || status == 409) return WriteOutcome::precondition;
  if (contains(text, "The record already exists")) {
    return kind == WriteKind::create ? WriteOutcome::exists : WriteOutcome::refused;
  }
  if (contains(text, "is not found in the related table")) return WriteOutcome::parent_missing;
  if (status == 404) return WriteOutcome::missing;
  // Validation is answered 400, by older versions 500; both name an exception of the OData layer.
  if (status >= 500 && !contains(error.inner_type, "AxOData")) return WriteOutcome::in_doubt;
  return WriteOutcome::refused;
}

WriteOutcome classify_odata(int status, WriteKind kind) {
  if (status >= 200 && status < 300) return WriteOutcome::done;
  if (status == 429 || status == 503 || status == 401) return WriteOutcome::retry;
  if (status == 412) return kind == WriteKind::create ? WriteOutcome::exists : WriteOutcome::precondition;
  if (status == 409) return kind == WriteKind::create ? WriteOutcome::exists : WriteOutcome::precondition;
  if (status == 404 || status == 410) return kind == WriteKind::create ? WriteOutcome::refused : WriteOutcome::missing;
  if (status >= 500) return WriteOutcome::in_doubt;
  return WriteOutcome::refused;
}

WriteOutcome classify_request(const Error& error) {
  switch (error.code()) {
    case Errc::unavailable:
    case Errc::throttled:
    case Errc::unauthorized:
    case Errc::forbidden:  // of the whole batch: a firewall or a licence, not a rule about these rows
    case Errc::cancelled:
      return WriteOutcome::retry;
    default:
      return WriteOutcome::in_doubt;
  }
}

Error request_error(int status, std::string_view body, const std::string& what) {
  const odata::WireError error = odata::parse_error(body);
  const std::string text = what + ": status " + std::to_string(status) + ": " + error.text();
  switch (status) {
    case 401:
      return {Errc::unauthorized, text, "check the token's audience and that the application is known there"};
    case 403:
      return {Errc::forbidden, text, "give the application's user the missing right"};
    case 404:
      return {Errc::not_found, text, "check the entity's name in the map and that it is public there"};
    case 410:
      return {Errc::precondition, text};
    case 412:
      return {Errc::precondition, text};
    case 429:
      return {Errc::throttled, text};
    case 503:
      return {Errc::throttled, text};
    default:
      break;
  }
  if (status >= 500) return {Errc::in_doubt, text};
  return {Errc::invalid, text};
}

}  // namespace dualwrite::endpoint
