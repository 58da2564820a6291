#pragma once
// Compares a text with tests/golden/NAME. DUALWRITE_UPDATE_GOLDEN=1 writes the file instead: read the difference before
// it is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace dualwrite::test {

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << "cannot read " << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(DUALWRITE_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("DUALWRITE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(actual, read_text(path)) << "if the new text is right: DUALWRITE_UPDATE_GOLDEN=1 and run again";
}

}  // namespace dualwrite::test
