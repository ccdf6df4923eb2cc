// `orderstore log`: what it prints, and what it says when it cannot.

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "store/test_store.h"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Timestamp At(int64_t seconds) {
  return Timestamp(std::chrono::seconds(1'700'000'000 + seconds));
}

class LogTest : public testing::Test {
 protected:
  LogTest() {
    store_ = Store::Open(folder_ / "shop", {.segment_bytes = 16 << 10}).value();
  }

  template <typename Fn>
  void Commit(Fn fn) {
    ASSERT_THAT(store_->Transact(fn), IsOk());
  }
  // Three transactions with all that a text may hold.
  void CommitSome() {
    Commit([](Transaction& txn) {
      const CustomerId ann =
          txn.InsertCustomer({.email = "ann@x",
                              .name = "Ann\n\x1b[31m \"Bee\"",
                              .created_at = At(1),
                              .updated_at = At(2)})
              .value();
      return txn
          .InsertOrder(
              {.customer_id = ann, .created_at = At(0), .updated_at = At(0)})
          .status();
    });
    Commit([](Transaction& txn) {
      return txn
          .InsertBarcode(
              {.value = "00123", .created_at = At(3), .updated_at = At(3)})
          .status();
    });
    Commit([](Transaction& txn) {
      txn.UpdateBarcode(
             BarcodeId(1),
             {.order_id = OrderId(1), .is_used = true, .updated_at = At(4)})
          .IgnoreError();
      return txn.UpdateCustomer(CustomerId(1),
                                {.name = "", .updated_at = At(5)});
    });
    Commit([](Transaction& txn) { return txn.DeleteBarcode(BarcodeId(1)); });
  }
  // 40 transactions, of which the first are gone.
  void Prune() {
    for (int i = 0; i < 40; ++i) {
      Commit([&](Transaction& txn) {
        return txn.InsertBarcode({.value = "A" + std::to_string(i)}).status();
      });
      if (i % 10 == 9) {
        ASSERT_THAT(store_->WriteSnapshot(), IsOk());
      }
    }
  }
  static std::vector<nlohmann::json> Objects(const std::string& text) {
    std::vector<nlohmann::json> objects;
    for (const auto& line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      objects.push_back(nlohmann::json::parse(line));
    }
    return objects;
  }
  static std::vector<int64_t> Lsns(const std::string& text) {
    std::vector<int64_t> lsns;
    for (const auto& object : Objects(text)) lsns.push_back(object["lsn"]);
    return lsns;
  }

  const TestFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(LogTest, PrintsALineForEachChange) {
  CommitSome();
  const Outcome outcome = RunCommand(folder_, "log shop");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(
      outcome.out,
      "1 insert customer 1 email=ann@x name=\"Ann\\n\\x1b[31m \\\"Bee\\\"\" "
      "created_at=2023-11-14T22:13:21.000000Z "
      "updated_at=2023-11-14T22:13:22.000000Z\n"
      "1 insert order 1 customer_id=1 created_at=2023-11-14T22:13:20.000000Z "
      "updated_at=2023-11-14T22:13:20.000000Z\n"
      "2 insert barcode 1 barcode_value=00123 order_id=- is_used=false "
      "created_at=2023-11-14T22:13:23.000000Z "
      "updated_at=2023-11-14T22:13:23.000000Z\n"
      "3 update barcode 1 order_id=1 is_used=true "
      "updated_at=2023-11-14T22:13:24.000000Z\n"
      "3 update customer 1 email=ann@x name=\"\" "
      "updated_at=2023-11-14T22:13:25.000000Z\n"
      "4 delete barcode 1\n");
}

TEST_F(LogTest, PrintsAnObjectForEachTransaction) {
  CommitSome();
  const Outcome outcome = RunCommand(folder_, "log shop --json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::vector<nlohmann::json> objects = Objects(outcome.out);
  ASSERT_EQ(objects.size(), 4);
  EXPECT_EQ(objects[0]["changes"][0]["row"]["name"], "Ann\n\x1b[31m \"Bee\"");
  EXPECT_EQ(objects[1], nlohmann::json::parse(R"({"lsn": 2,
      "time": "2023-11-14T22:13:23.000000Z",
      "changes": [{"change": "insert", "table": "barcodes", "row": {
        "id": 1, "barcode_value": "00123", "order_id": null, "is_used": false,
        "created_at": "2023-11-14T22:13:23.000000Z",
        "updated_at": "2023-11-14T22:13:23.000000Z"}}]})"));
  EXPECT_EQ(objects[2]["changes"][0]["row"]["order_id"], 1);
  EXPECT_EQ(objects[2]["time"], "2023-11-14T22:13:25.000000Z");
  EXPECT_EQ(objects[3], nlohmann::json::parse(R"({"lsn": 4, "time": null,
      "changes": [{"change": "delete", "table": "barcodes",
                   "row": {"id": 1}}]})"));
}

TEST_F(LogTest, FromAndToAreIncluded) {
  CommitSome();
  const auto lsns = [&](const std::string& range) {
    return Lsns(RunCommand(folder_, "log shop --json " + range).out);
  };
  EXPECT_THAT(lsns("--from 3"), ElementsAre(3, 4));
  EXPECT_THAT(lsns("--to 2"), ElementsAre(1, 2));
  EXPECT_THAT(lsns("--from 2 --to 3"), ElementsAre(2, 3));
  EXPECT_THAT(lsns("--from 5"), ElementsAre());
  EXPECT_THAT(lsns("--to 9"), ElementsAre(1, 2, 3, 4));
}

TEST_F(LogTest, AnEmptyStoreHasAnEmptyLog) {
  const Outcome outcome = RunCommand(folder_, "log shop");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out + outcome.err, "");
}

// ---- The ends of the log ----

TEST_F(LogTest, BehindTheEndThereIsNothing) {
  CommitSome();
  const Outcome next = RunCommand(folder_, "log shop --from 5");
  EXPECT_EQ(next.exit_code, 0);
  EXPECT_EQ(next.out + next.err, "");
  for (const char* range : {"--from 6", "--from 1000 --to 2000"}) {
    const Outcome outcome =
        RunCommand(folder_, std::string("log shop ") + range);
    EXPECT_EQ(outcome.exit_code, 0) << range;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err,
                StartsWith("orderstore: shop: the log ends with LSN 4; there "
                           "is no LSN "));
  }
}

TEST_F(LogTest, WhatIsPrunedIsNamed) {
  Prune();
  const Outcome all = RunCommand(folder_, "log shop --json");
  EXPECT_EQ(all.exit_code, 0);
  const std::vector<int64_t> lsns = Lsns(all.out);
  ASSERT_GT(lsns.front(), 2);
  EXPECT_EQ(lsns.back(), 40);
  const std::string begins =
      "the log begins with LSN " + std::to_string(lsns.front());
  EXPECT_EQ(all.err,
            "orderstore: shop: " + begins + "; what is older is gone\n");
  const Outcome some = RunCommand(folder_, "log shop --json --to 39");
  EXPECT_EQ(some.exit_code, 0);
  EXPECT_EQ(some.err, all.err);
  EXPECT_EQ(Lsns(some.out).back(), 39);
  const Outcome later = RunCommand(folder_, "log shop --json --from 39");
  EXPECT_EQ(later.err, "");
  EXPECT_THAT(Lsns(later.out), ElementsAre(39, 40));
}

TEST_F(LogTest, ToAskForWhatIsPrunedIsAnError) {
  Prune();
  for (const char* range : {"--from 2", "--to 2", "--from 2 --to 40"}) {
    const Outcome outcome =
        RunCommand(folder_, std::string("log shop ") + range);
    EXPECT_EQ(outcome.exit_code, 1) << range;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(" begins with LSN "));
    EXPECT_THAT(outcome.err, HasSubstr("; nothing was printed\n"));
  }
}

// ---- Errors ----

TEST_F(LogTest, AStoreWithoutItsIdentityIsDamaged) {
  Prune();
  RunScript(folder_, "rm shop/STORE");
  const Outcome outcome = RunCommand(folder_, "log shop");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("shop/STORE is missing"));
}

TEST_F(LogTest, DamageEndsIt) {
  for (int i = 0; i < 5; ++i) {
    Commit([&](Transaction& txn) {
      return txn.InsertBarcode({.value = "A" + std::to_string(i)}).status();
    });
  }
  store_.reset();
  std::string bytes = folder_.Get("shop/0000000002.log");
  bytes[5000] ^= 1;
  folder_.Put("shop/0000000002.log", bytes);
  const Outcome outcome = RunCommand(folder_, "log shop --json");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_FALSE(Lsns(outcome.out).empty());
  EXPECT_THAT(outcome.err, HasSubstr("0000000002.log at offset 4096"));
  EXPECT_THAT(outcome.err, HasSubstr("`orderstore salvage shop NEWDIR`"));
}

TEST_F(LogTest, NoStoreIsAnError) {
  const Outcome outcome = RunCommand(folder_, "log nowhere");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("orderstore: "));
  EXPECT_THAT(outcome.err, HasSubstr("nowhere"));
}

TEST_F(LogTest, WrongUsageIsRefused) {
  for (const char* arguments :
       {"log", "log shop shop", "log shop --from 0", "log shop --from x",
        "log shop --from 3 --to 2", "log shop --json=1", "log ''"}) {
    const Outcome outcome = RunCommand(folder_, arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("`orderstore log --help`")) << arguments;
  }
}

TEST_F(LogTest, ResultsThatCannotBePrintedAreAnError) {
  CommitSome();
  const Outcome outcome =
      RunScript(folder_, "\"$ORDERSTORE\" log shop >/dev/full");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write the results"));
}

}  // namespace
}  // namespace orderstore
