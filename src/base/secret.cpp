#include "dualwrite/base/secret.hpp"

#include <cstddef>

namespace dualwrite {

bool same_secret(const std::string& a, const std::string& b) noexcept {
  if (a.size() != b.size()) return false;
  // Volatile, so that no optimizer turns the loop into one that leaves at the first difference.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto bits = static_cast<unsigned char>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
    difference = static_cast<unsigned char>(difference | bits);
  }
  return difference == 0;
}

}  // namespace dualwrite
