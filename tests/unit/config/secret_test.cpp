#include <cstdlib>

#include "config_fixture.hpp"

namespace dualwrite::config {
namespace {

using SecretReference = ConfigTest;

std::string admin_key(const std::string& reference) {
  return R"(, "admin": {"key": )" + reference + "}";
}

TEST_F(SecretReference, IsReadFromTheEnvironmentAFileOrACredential) {
  write("name", "of systemd\r\n");
  setenv("DUALWRITE_TEST_SECRET", "of the environment", 1);
  setenv("CREDENTIALS_DIRECTORY", directory.c_str(), 1);

  EXPECT_EQ(read(config(admin_key(R"({"env": "DUALWRITE_TEST_SECRET"})")))->admin.key.reveal(), "of the environment");
  EXPECT_EQ(read(config(admin_key(R"({"file": "secret"})")))->admin.key.reveal(), "s3cret");
  EXPECT_EQ(read(config(admin_key(R"({"credential": "name"})")))->admin.key.reveal(), "of systemd");

  unsetenv("DUALWRITE_TEST_SECRET");
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(SecretReference, IsRefusedAsPlainTextWithoutRepeatingIt) {
  const std::string mistakes = mistakes_of(config(admin_key("\"hunter2\"")));

  EXPECT_EQ(mistakes,
            "DIR/c.json:3: /admin/key: a secret must not stand in the configuration itself (name the place instead: "
            "{\"env\": \"NAME\"}, {\"file\": \"/path\"} or {\"credential\": \"name\"})\n");
}

TEST_F(SecretReference, MustNameExactlyOnePlace) {
  EXPECT_NE(mistakes_of(config(admin_key("{}"))).find("must name exactly one place"), std::string::npos);
  EXPECT_NE(mistakes_of(config(admin_key(R"({"env": "A", "file": "secret"})"))).find("must name exactly one place"),
            std::string::npos);
}

TEST_F(SecretReference, SaysWhatIsMissingWhereItPoints) {
  unsetenv("CREDENTIALS_DIRECTORY");
  write("empty", "\n");
  EXPECT_EQ(mistakes_of(config(admin_key(R"({"env": "DUALWRITE_TEST_UNSET"})"))),
            "DIR/c.json:3: /admin/key/env: the environment variable DUALWRITE_TEST_UNSET is not set (set it where "
            "the daemon is started: Environment= or EnvironmentFile= in a systemd unit, export in a shell)\n");
  EXPECT_EQ(mistakes_of(config(admin_key(R"({"file": "no-such"})"))),
            "DIR/c.json:3: /admin/key/file: cannot read DIR/no-such: No such file or directory (put the secret "
            "and nothing else into that file, readable for the user that the daemon runs as)\n");
  EXPECT_EQ(mistakes_of(config(admin_key(R"({"file": "empty"})"))),
            "DIR/c.json:3: /admin/key/file: DIR/empty is empty (it must hold the secret and nothing else)\n");
  EXPECT_NE(mistakes_of(config(admin_key(R"({"credential": "x"})"))).find("CREDENTIALS_DIRECTORY is not set"),
            std::string::npos);
  EXPECT_NE(mistakes_of(config(admin_key(R"({"credential": "../x"})"))).find("not a path"), std::string::npos);
}

}  // namespace
}  // namespace dualwrite::config
