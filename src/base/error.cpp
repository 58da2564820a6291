#include "dualwrite/base/error.hpp"

namespace dualwrite {

const char* to_string(Errc code) noexcept {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::forbidden:
      return "forbidden";
    case Errc::precondition:
      return "precondition";
    case Errc::refused:
      return "refused";
    case Errc::throttled:
      return "throttled";
    case Errc::unavailable:
      return "unavailable";
    case Errc::in_doubt:
      return "in_doubt";
    case Errc::limit:
      return "limit";
    case Errc::cancelled:
      return "cancelled";
    case Errc::storage:
      return "storage";
  }
  return "invalid";
}

std::string Error::text() const {
  if (hint_.empty()) return message_;
  return message_ + " (" + hint_ + ")";
}

}  // namespace dualwrite
