#include "app/version.hpp"

namespace dualwrite::app {

std::string version_text() {
  return DUALWRITE_VERSION;
}

}  // namespace dualwrite::app
