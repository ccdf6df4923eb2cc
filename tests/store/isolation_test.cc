// The anomalies of Hermitage (https://github.com/ept/hermitage), each as the
// schedule that shows it in weaker isolation levels.
//
// Hermitage's table test(id, value) with the rows (1, 10), (2, 20) is the
// customers table here: the value is the name. Where Hermitage runs two writers
// at once, the second one has to wait for the first here, which each test
// states by ExpectOtherMustWait; where a session only reads, it has a read
// view, which never waits.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"
#include "store/session.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class IsolationTest : public StoreTest {
 protected:
  IsolationTest() {
    Transaction txn = Begin();
    Insert(txn, 1, 10);
    Insert(txn, 2, 20);
    EXPECT_THAT(txn.Commit(), IsOk());
  }

  static void Insert(Transaction& txn, int32_t id, int value) {
    EXPECT_THAT(txn.InsertCustomer({.email = Numbered("row ", id),
                                    .name = std::to_string(value),
                                    .id = CustomerId(id)}),
                IsOk());
  }
  static void Set(Transaction& txn, int32_t id, int value) {
    EXPECT_THAT(
        txn.UpdateCustomer(CustomerId(id), {.name = std::to_string(value)}),
        IsOk());
  }
  static int Get(const Reader& reader, int32_t id) {
    return std::stoi(std::string(reader.FindCustomer(CustomerId(id))->name));
  }
  // The ids of the rows whose value `predicate` holds for.
  template <typename Predicate>
  static std::vector<int32_t> RowsWhere(const Reader& reader,
                                        Predicate predicate) {
    std::vector<int32_t> ids;
    for (const Customer& row : reader.Customers()) {
      if (predicate(std::stoi(std::string(row.name)))) {
        ids.push_back(row.id.value());
      }
    }
    return ids;
  }
  static std::vector<int> Values(const Reader& reader) {
    std::vector<int> values;
    for (const Customer& row : reader.Customers()) {
      values.push_back(std::stoi(std::string(row.name)));
    }
    return values;
  }
  static void Commit(Transaction& txn) { EXPECT_THAT(txn.Commit(), IsOk()); }

  // The other session cannot begin a transaction now.
  void ExpectOtherMustWait() {
    other_.Run([this] {
      EXPECT_THAT(store_->Begin(std::chrono::steady_clock::now()),
                  FailsWithCode(kDeadlineExceeded));
    });
  }
  // It begins one as soon as it can, and does `work` in it.
  template <typename Work>
  void StartOther(Work work) {
    other_.Start([this, work] {
      Transaction txn = Begin();
      work(txn);
    });
  }

  Session other_;
};

// Dirty write: two transactions write the same two rows, and each keeps one.
TEST_F(IsolationTest, G0WritesOfTwoTransactionsDoNotInterleave) {
  Transaction t1 = Begin();
  Set(t1, 1, 11);
  ExpectOtherMustWait();
  StartOther([](Transaction& t2) {
    Set(t2, 1, 12);
    Set(t2, 2, 22);
    Commit(t2);
  });
  Set(t1, 2, 21);
  Commit(t1);
  other_.Finish();
  EXPECT_THAT(Values(View()), ElementsAre(12, 22));
}

// Dirty read: reading what is aborted later.
TEST_F(IsolationTest, G1aAbortedWritesAreNeverRead) {
  const ReadView before = View();
  Transaction t1 = Begin();
  Set(t1, 1, 101);
  EXPECT_EQ(Get(before, 1), 10);
  const ReadView during = View();
  EXPECT_THAT(Values(during), ElementsAre(10, 20));
  t1.Abort();
  EXPECT_THAT(Values(before), ElementsAre(10, 20));
  EXPECT_THAT(Values(during), ElementsAre(10, 20));
  EXPECT_THAT(Values(View()), ElementsAre(10, 20));
  EXPECT_THAT(Values(Begin()), ElementsAre(10, 20));
}

// Reading a value that its own transaction overwrites before it commits.
TEST_F(IsolationTest, G1bIntermediateWritesAreNeverRead) {
  Transaction t1 = Begin();
  Set(t1, 1, 101);
  const ReadView t2 = View();
  EXPECT_EQ(Get(t2, 1), 10);
  Set(t1, 1, 11);
  EXPECT_EQ(Get(t2, 1), 10);
  Commit(t1);
  EXPECT_EQ(Get(t2, 1), 10);
  EXPECT_EQ(Get(View(), 1), 11);
}

// Circular information flow: each of two transactions reads the other's write.
TEST_F(IsolationTest, G1cInformationFlowsOneWay) {
  Transaction t1 = Begin();
  Set(t1, 1, 11);
  ExpectOtherMustWait();
  StartOther([](Transaction& t2) {
    Set(t2, 2, 22);
    EXPECT_EQ(Get(t2, 1), 11);
    Commit(t2);
  });
  EXPECT_EQ(Get(t1, 2), 20);
  Commit(t1);
  other_.Finish();
  EXPECT_THAT(Values(View()), ElementsAre(11, 22));
}

// Observed transaction vanishes: a reader sees a transaction's first write and
// then not its second, because another transaction has overwritten it.
TEST_F(IsolationTest, OtvObservedTransactionDoesNotVanish) {
  Transaction t1 = Begin();
  Set(t1, 1, 11);
  Set(t1, 2, 19);
  ExpectOtherMustWait();
  Commit(t1);
  std::optional<Transaction> t2;
  other_.Run([&] {
    t2.emplace(Begin());
    Set(*t2, 1, 12);
  });
  const ReadView t3 = View();
  EXPECT_EQ(Get(t3, 1), 11);
  other_.Run([&] { Set(*t2, 2, 18); });
  EXPECT_EQ(Get(t3, 2), 19);
  other_.Run([&] {
    Commit(*t2);
    t2.reset();
  });
  EXPECT_EQ(Get(t3, 2), 19);
  EXPECT_EQ(Get(t3, 1), 11);
  EXPECT_THAT(Values(View()), ElementsAre(12, 18));
}

// Predicate-many-preceders: a search repeated in one view finds new rows.
TEST_F(IsolationTest, PmpSearchesFindNoPhantoms) {
  const ReadView t1 = View();
  EXPECT_THAT(RowsWhere(t1, [](int value) { return value == 30; }), IsEmpty());
  Transaction t2 = Begin();
  Insert(t2, 3, 30);
  Commit(t2);
  EXPECT_THAT(RowsWhere(t1, [](int value) { return value % 3 == 0; }),
              IsEmpty());
  EXPECT_EQ(t1.FindCustomerByEmail("row 3"), std::nullopt);
  EXPECT_EQ(t1.Counts().customers, 2);
  EXPECT_THAT(RowsWhere(View(), [](int value) { return value == 30; }),
              ElementsAre(3));
}

// The same with a delete by a search that another transaction's update hits.
TEST_F(IsolationTest, PmpDeletesBySearchSeeTheLatestRows) {
  Transaction t1 = Begin();
  Set(t1, 1, 20);
  Set(t1, 2, 30);
  ExpectOtherMustWait();
  StartOther([](Transaction& t2) {
    for (int32_t id : RowsWhere(t2, [](int value) { return value == 20; })) {
      EXPECT_THAT(t2.DeleteCustomer(CustomerId(id)), IsOk());
    }
    Commit(t2);
  });
  Commit(t1);
  other_.Finish();
  EXPECT_THAT(Values(View()), ElementsAre(30));
}

// Lost update: both read 10 and add one; one of the additions is lost.
TEST_F(IsolationTest, P4NoUpdateIsLost) {
  Transaction t1 = Begin();
  const int value = Get(t1, 1);
  ExpectOtherMustWait();
  StartOther([](Transaction& t2) {
    Set(t2, 1, Get(t2, 1) + 1);
    Commit(t2);
  });
  Set(t1, 1, value + 1);
  Commit(t1);
  other_.Finish();
  EXPECT_EQ(Get(View(), 1), 12);
}

// Read skew: one row from before another transaction, the other from after.
TEST_F(IsolationTest, GSingleReadsDoNotSkew) {
  const ReadView t1 = View();
  EXPECT_EQ(Get(t1, 1), 10);
  Transaction t2 = Begin();
  EXPECT_THAT(Values(t2), ElementsAre(10, 20));
  Set(t2, 1, 12);
  Set(t2, 2, 18);
  Commit(t2);
  EXPECT_EQ(Get(t1, 2), 20);
}

// Read skew by a search.
TEST_F(IsolationTest, GSingleSearchesDoNotSkew) {
  const ReadView t1 = View();
  EXPECT_THAT(RowsWhere(t1, [](int value) { return value % 5 == 0; }),
              ElementsAre(1, 2));
  Transaction t2 = Begin();
  Set(t2, 1, 12);
  Commit(t2);
  EXPECT_THAT(RowsWhere(t1, [](int value) { return value % 3 == 0; }),
              IsEmpty());
}

// Read skew of a transaction that writes what it read: it can't be overtaken
// between its read and its write.
TEST_F(IsolationTest, GSingleWriterIsNotOvertaken) {
  Transaction t1 = Begin();
  EXPECT_EQ(Get(t1, 1), 10);
  ExpectOtherMustWait();
  StartOther([](Transaction& t2) {
    EXPECT_THAT(Values(t2), ElementsAre(10));
    Set(t2, 1, 12);
    Commit(t2);
  });
  for (int32_t id : RowsWhere(t1, [](int value) { return value == 20; })) {
    EXPECT_THAT(t1.DeleteCustomer(CustomerId(id)), IsOk());
  }
  Commit(t1);
  other_.Finish();
  EXPECT_THAT(Values(View()), ElementsAre(12));
}

// Write skew: both see that one of two rows may change, and each changes one.
TEST_F(IsolationTest, G2ItemWritesDoNotSkew) {
  const auto change_if_none_has = [](Transaction& txn, int32_t id, int value) {
    if (Get(txn, 1) == 10 && Get(txn, 2) == 20) Set(txn, id, value);
    Commit(txn);
  };
  Transaction t1 = Begin();
  EXPECT_THAT(Values(t1), ElementsAre(10, 20));
  ExpectOtherMustWait();
  StartOther([&](Transaction& t2) { change_if_none_has(t2, 2, 21); });
  change_if_none_has(t1, 1, 11);
  other_.Finish();
  EXPECT_THAT(Values(View()), ElementsAre(11, 20));
}

// Write skew by a search: both find no multiple of 3, and each inserts one.
TEST_F(IsolationTest, G2SearchesSeeTheOthersInserts) {
  const auto insert_if_none_is_there = [](Transaction& txn, int32_t id,
                                          int value) {
    if (RowsWhere(txn, [](int other) { return other % 3 == 0; }).empty()) {
      Insert(txn, id, value);
    }
    Commit(txn);
  };
  Transaction t1 = Begin();
  ExpectOtherMustWait();
  StartOther([&](Transaction& t2) { insert_if_none_is_there(t2, 4, 42); });
  insert_if_none_is_there(t1, 3, 30);
  other_.Finish();
  EXPECT_THAT(Values(View()), ElementsAre(10, 20, 30));
}

// Fekete's read-only anomaly, two anti-dependencies: a reader sees the second
// writer's commit and not the first's, though the first did not see the second.
TEST_F(IsolationTest, G2ReaderSeesOneSerialOrder) {
  Transaction t1 = Begin();
  EXPECT_THAT(Values(t1), ElementsAre(10, 20));
  ExpectOtherMustWait();
  StartOther([](Transaction& t2) {
    EXPECT_THAT(Values(t2), ElementsAre(0, 20));
    Set(t2, 2, Get(t2, 2) + 5);
    Commit(t2);
  });
  EXPECT_THAT(Values(View()), ElementsAre(10, 20));
  Set(t1, 1, 0);
  Commit(t1);
  other_.Finish();
  EXPECT_THAT(Values(View()), ElementsAre(0, 25));
}

}  // namespace
}  // namespace orderstore
