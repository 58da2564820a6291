#include "sandbox/table.hpp"

#include <gtest/gtest.h>

#include "sandbox/guid.hpp"

namespace dualwrite::sandbox {
namespace {

class SandboxTable : public testing::Test {
 protected:
  Record record(const std::string& code, std::int64_t version) const {
    Assignments cells;
    cells.set(code_column, code);
    return Record{Row{}.with(cells), version, 0};
  }

  const Schema& schema = *dataverse_schema();
  const TableSchema& company = *schema.find_name("cdm_company");
  const ColumnId code_column = *company.find_name("cdm_companycode");
  Table table{company, true};
};

TEST_F(SandboxTable, FindsRowsByAlternateKeyWithoutRegardToCase) {
  Transaction transaction;
  transaction.put(table, "key1", record("USMF ", 1));
  transaction.commit();

  ASSERT_TRUE(table.find_by(0, "usmf"));
  EXPECT_EQ(*table.find_by(0, "usmf").key, "key1");
}

TEST_F(SandboxTable, RefusesASecondRowWithTheSameAlternateKey) {
  Transaction transaction;
  transaction.put(table, "key1", record("usmf", 1));

  EXPECT_EQ(transaction.put(table, "key2", record("USMF", 2)), 0U);
  EXPECT_EQ(transaction.put(table, "key1", record("usmf", 3)), std::nullopt);
}

TEST_F(SandboxTable, RollbackRestoresRowsAndIndexes) {
  {
    Transaction transaction;
    transaction.put(table, "key1", record("one", 1));
    transaction.commit();
  }
  {
    Transaction transaction;
    transaction.put(table, "key1", record("two", 2));
    transaction.put(table, "key2", record("one", 3));
    transaction.erase(table, "key1", 4);
  }

  EXPECT_EQ(table.rows().size(), 1U);
  EXPECT_EQ(*table.find_by(0, "one").key, "key1");
  EXPECT_FALSE(table.find_by(0, "two"));
  EXPECT_EQ(table.find("key1").record->version, 1);
}

TEST_F(SandboxTable, ListsEachChangedRowOnceUnderItsLastVersion) {
  for (std::int64_t version = 1; version <= 6; ++version) {
    Transaction transaction;
    transaction.put(table, version % 2 == 0 ? "even" : "odd", record(version % 2 == 0 ? "e" : "o", version));
    transaction.commit();
  }

  const auto hits = table.changed_after(0, 100, 100);

  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].record->version, 5);
  EXPECT_EQ(hits[1].record->version, 6);
  EXPECT_EQ(table.changed_after(5, 100, 100).size(), 1U);
}

TEST_F(SandboxTable, ReportsARowThatWasCreatedAndDeletedBetweenTwoReads) {
  {
    Transaction transaction;
    transaction.put(table, "key1", record("one", 1));
    transaction.commit();
  }
  {
    Transaction transaction;
    transaction.erase(table, "key1", 2);
    transaction.commit();
  }

  EXPECT_TRUE(table.changed_after(0, 100, 100).empty());
  ASSERT_EQ(table.deleted_after(0, 100).size(), 1U);
  EXPECT_EQ(table.deleted_after(0, 100)[0]->key, "key1");
  EXPECT_TRUE(table.deleted_after(2, 100).empty());
}

TEST_F(SandboxTable, LogStaysShortWhenOneRowChangesOften) {
  for (std::int64_t version = 1; version <= 20000; ++version) {
    Transaction transaction;
    transaction.put(table, "key1", record("one", version));
    transaction.commit();
  }

  const auto hits = table.changed_after(0, 1000000, 10);

  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].record->version, 20000);
}

TEST(SandboxGuid, GoesToBytesAndBack) {
  const std::string text = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
  ASSERT_TRUE(guid_bytes(text));
  EXPECT_EQ(guid_text(*guid_bytes(text)), text);
  EXPECT_EQ(guid_bytes("3FA85F64-5717-4562-B3FC-2C963F66AFA6"), guid_bytes(text));
  EXPECT_EQ(guid_bytes("3fa85f64-5717-4562-b3fc-2c963f66afa"), std::nullopt);
  EXPECT_EQ(guid_bytes("3fa85f6415717-4562-b3fc-2c963f66afa6"), std::nullopt);
}

TEST_F(SandboxTable, RemembersABoundedNumberOfDeletions) {
  std::int64_t version = 0;
  const std::int64_t rounds = 200010;
  for (std::int64_t i = 0; i < rounds; ++i) {
    Transaction transaction;
    const std::string key = "key" + std::to_string(i);
    transaction.put(table, key, record("one", ++version));
    transaction.erase(table, key, ++version);
    transaction.commit();
  }

  EXPECT_EQ(table.deleted_after(0, version).size(), 200000U);
  EXPECT_EQ(table.forgotten(), 2 * (rounds - 200000));
}

TEST_F(SandboxTable, KnowsWhichRowsReferToAKey) {
  const TableSchema& account = *schema.find_name("account");
  const ColumnId company_of = *account.find_name("msdyn_company");
  Table accounts{account, true};
  const auto row = [&](const std::string& target) {
    Assignments cells;
    cells.set(company_of, target);
    return Record{Row{}.with(cells), 1, 0};
  };
  {
    Transaction transaction;
    transaction.put(accounts, "a", row("usmf"));
    transaction.put(accounts, "b", row("ussi"));
    transaction.put(accounts, "c", row("usmf"));
    transaction.commit();
  }
  EXPECT_EQ(accounts.referring(company_of, "usmf"), (std::vector<std::string>{"a", "c"}));
  {
    Transaction undone;
    undone.put(accounts, "a", row("ussi"));
    undone.erase(accounts, "c", 2);
    EXPECT_TRUE(accounts.referring(company_of, "usmf").empty());
  }
  EXPECT_EQ(accounts.referring(company_of, "usmf"), (std::vector<std::string>{"a", "c"}));
  EXPECT_TRUE(accounts.referring(company_of, "dat").empty());
}

}  // namespace
}  // namespace dualwrite::sandbox
