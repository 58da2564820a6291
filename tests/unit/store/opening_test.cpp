// What is refused when a state file is opened, and that a refused file is left as it was.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "store/sqlite/schema.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using sqlite::Database;
using test::settings_for;
using test::TempDir;

void edit(const std::string& file, const char* sql) {
  sqlite::ConnectionSettings settings;
  settings.file = file;
  sqlite::Connection(settings).execute(sql);
}

std::string bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void expect_refused(const std::string& file, const std::string& part) {
  const auto opened = Database::open(settings_for(file));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Errc::storage);
  EXPECT_NE(opened.error().message().find(file), std::string::npos) << opened.error().text();
  EXPECT_NE(opened.error().text().find(part), std::string::npos) << opened.error().text();
  EXPECT_FALSE(opened.error().hint().empty()) << opened.error().text();
}

TEST(Opening, MakesAFileThatOnlyThisUserReads) {
  const TempDir directory;
  const auto database = test::open_database(directory.file());
  Transaction transaction;
  transaction.setting("a", "b");
  ASSERT_TRUE(database->apply(transaction));

  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status{};
    ASSERT_EQ(stat((directory.file() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST(Opening, TwiceIsRefusedWithTheHoldersProcessNumber) {
  const TempDir directory;
  auto first = test::open_database(directory.file());

  expect_refused(directory.file(), "in use by process " + std::to_string(getpid()));
  const std::string other_name =
      directory.path().string() + "/../" + directory.path().filename().string() + "/state.db";
  EXPECT_FALSE(Database::open(settings_for(other_name)));
  const std::string link = directory.file("link.db");
  std::filesystem::create_symlink(directory.file(), link);
  EXPECT_FALSE(Database::open(settings_for(link)));

  first.reset();
  EXPECT_TRUE(Database::open(settings_for(directory.file())));
}

TEST(Opening, AFileFromANewerVersionIsRefusedUntouched) {
  const TempDir directory;
  test::open_database(directory.file()).reset();
  edit(directory.file(), ("PRAGMA user_version=" + std::to_string(sqlite::schema_version + 1)).c_str());
  const std::string before = bytes_of(directory.file());

  expect_refused(directory.file(), "run that newer version");

  EXPECT_EQ(bytes_of(directory.file()), before);
}

TEST(Opening, AFileThatIsNoDatabaseIsRefusedUntouched) {
  const TempDir directory;
  const std::string text(10000, 'x');
  std::ofstream(directory.file()) << text;

  expect_refused(directory.file(), "not a database");

  EXPECT_EQ(bytes_of(directory.file()), text);
}

TEST(Opening, AnotherProgramsDatabaseIsRefusedUntouched) {
  const TempDir directory;
  edit(directory.file(), "CREATE TABLE theirs(a); INSERT INTO theirs VALUES(1)");
  const std::string before = bytes_of(directory.file());

  expect_refused(directory.file(), "another program");

  EXPECT_EQ(bytes_of(directory.file()), before);
}

TEST(Opening, AnEmptyFileIsTakenAsNew) {
  const TempDir directory;
  std::ofstream(directory.file()).flush();

  EXPECT_TRUE(Database::open(settings_for(directory.file())));
}

TEST(Opening, AMissingDirectoryIsRefused) {
  const TempDir directory;
  expect_refused(directory.file("nowhere/state.db"), "directory exists");
}

TEST(Opening, ADirectoryThatIsNotWritableIsRefused) {
  const TempDir directory;
  ASSERT_EQ(chmod(directory.path().c_str(), 0555), 0);
  const bool root = geteuid() == 0;  // root may write everywhere
  if (root) ASSERT_EQ(seteuid(65534), 0);

  expect_refused(directory.file(), "may write");

  if (root) ASSERT_EQ(seteuid(0), 0);
  ASSERT_EQ(chmod(directory.path().c_str(), 0755), 0);
}

TEST(Opening, AFileThatIsNotWritableIsRefused) {
  const TempDir directory;
  test::open_database(directory.file()).reset();
  ASSERT_EQ(chmod(directory.path().c_str(), 0777), 0);
  ASSERT_EQ(unlink((directory.file() + ".lock").c_str()), 0);
  ASSERT_EQ(chmod(directory.file().c_str(), 0444), 0);
  const bool root = geteuid() == 0;
  if (root) ASSERT_EQ(seteuid(65534), 0);

  expect_refused(directory.file(), "right to write");

  if (root) ASSERT_EQ(seteuid(0), 0);
}

TEST(Opening, WritesFullySynchronousToAWriteAheadLogUnderOurName) {
  const TempDir directory;
  test::open_database(directory.file()).reset();
  sqlite::ConnectionSettings settings;
  settings.file = directory.file();
  sqlite::Connection connection(settings);

  EXPECT_EQ(connection.text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(connection.number("PRAGMA application_id"), sqlite::application_id);
  EXPECT_EQ(connection.number("PRAGMA user_version"), sqlite::schema_version);
  EXPECT_EQ(connection.text("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace dualwrite::store
