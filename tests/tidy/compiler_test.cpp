// g++ 12 corrupts memory around co_await without a word, so configuring with it must fail, and say why.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tidy/process.hpp"

namespace dualwrite::tidy {
namespace {

TEST(Compiler, Gxx12IsRefusedWithTheReason) {
  const CommandOutput version = run_command("g++ -dumpversion");
  if (version.status != 0) GTEST_SKIP() << "there is no g++ here";
  if (std::atoi(version.text.c_str()) >= 13) GTEST_SKIP() << "g++ " << version.text << " is new enough";
  std::string directory = (std::filesystem::temp_directory_path() / "dualwrite-gxx-XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);

  const CommandOutput configured = run_command("cmake -S '" DUALWRITE_SOURCE_DIR "' -B '" + directory +
                                               "' -DCMAKE_CXX_COMPILER=g++ -DDUALWRITE_TESTS=OFF");

  std::error_code ignored;  // what is left in /tmp fails no test
  std::filesystem::remove_all(directory, ignored);
  EXPECT_NE(configured.status, 0);
  EXPECT_NE(configured.text.find("miscompiles coroutines"), std::string::npos) << configured.text;
  EXPECT_NE(configured.text.find("clang++-19"), std::string::npos) << configured.text;
}

}  // namespace
}  // namespace dualwrite::tidy
