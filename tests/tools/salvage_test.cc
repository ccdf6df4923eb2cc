// `orderstore salvage`: what it prints, and how it ends.

#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "recovery/damage.h"
#include "store/test_store.h"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class SalvageCommandTest : public testing::Test {
 protected:
  // Each commit has a frame of its own, each segment two.
  void MakeStore(int commits) {
    const auto store =
        Store::Open(folder_ / "shop", DamagedStore::SmallSegments()).value();
    for (int i = 0; i < commits; ++i) {
      EXPECT_THAT(store->Transact([&](Transaction& txn) {
        return txn.InsertBarcode({.value = "A" + std::to_string(i)}).status();
      }),
                  IsOk());
    }
  }
  void Flip(const std::string& name, size_t byte) {
    std::string bytes = folder_.Get(name);
    bytes[byte] ^= 1;
    folder_.Put(name, bytes);
  }
  int64_t BarcodesIn(const std::string& name) {
    return Store::Open(folder_ / name)
        .value()
        ->OpenReadView()
        .Counts()
        .barcodes;
  }

  const TestFolder folder_;
};

TEST_F(SalvageCommandTest, ASoundStoreIsSavedWhole) {
  MakeStore(9);
  const Outcome outcome = RunCommand(folder_, "salvage shop saved");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out,
              StartsWith("lsn 9\nsnapshot_lsn 0\nnewest_lsn 9\ncustomers 0\n"
                         "orders 0\nbarcodes 9\nstore "));
  EXPECT_EQ(BarcodesIn("saved"), 9);
}

TEST_F(SalvageCommandTest, WhatIsLostIsNamed) {
  MakeStore(9);
  Flip("shop/0000000002.log", 4096 + 80);
  const Outcome outcome = RunCommand(folder_, "salvage shop saved");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.out,
              StartsWith("problem 0000000002.log at offset 4096: the frame's "
                         "payload is damaged; at risk: LSN 3\n"
                         "lost LSN 3\nunapplied LSN 4 to 9\nlsn 2\n"));
  EXPECT_EQ(outcome.err,
            "orderstore: shop: the state of LSN 2 was saved; LSN 3 to 9 are "
            "not in it\n");
  EXPECT_EQ(BarcodesIn("saved"), 2);
}

TEST_F(SalvageCommandTest, JsonHasTheSame) {
  MakeStore(9);
  Flip("shop/0000000002.log", 4096 + 80);
  const Outcome outcome = RunCommand(folder_, "salvage shop saved --json");
  EXPECT_EQ(outcome.exit_code, 3);
  const auto report = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(report["whole"], false);
  EXPECT_EQ(report["lsn"], 2);
  EXPECT_EQ(report["newest_lsn"], 9);
  EXPECT_EQ(report["barcodes"], 2);
  EXPECT_EQ(report["lost"],
            nlohmann::json::parse(R"([{"first_lsn": 3, "last_lsn": 3}])"));
  EXPECT_EQ(report["unapplied"],
            nlohmann::json::parse(R"([{"first_lsn": 4, "last_lsn": 9}])"));
  EXPECT_EQ(report["problems"][0]["file"], "0000000002.log");
  EXPECT_NE(report["store"], report["new_store"]);
}

TEST_F(SalvageCommandTest, ACutEndHasNoLastTransaction) {
  MakeStore(9);
  std::filesystem::remove(folder_ / "shop/0000000005.log");
  const Outcome outcome = RunCommand(folder_, "salvage shop saved --json");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["lost"],
            nlohmann::json::parse(R"([{"first_lsn": 9, "last_lsn": null}])"));
  const Outcome again = RunCommand(folder_, "salvage shop saved-again");
  EXPECT_THAT(again.out, HasSubstr("\nlost LSN 9 and on\n"));
  EXPECT_EQ(again.err,
            "orderstore: shop: the state of LSN 8 was saved; LSN 9 and on are "
            "not in it; nobody knows how many there were\n");
}

TEST_F(SalvageCommandTest, TheEmptyStoreIsCalledSo) {
  MakeStore(9);
  Flip("shop/0000000001.log", 4096 + 80);
  EXPECT_EQ(RunCommand(folder_, "salvage shop saved").err,
            "orderstore: shop: the empty store (LSN 0) was saved; LSN 1 to 9 "
            "are not in it\n");
  EXPECT_EQ(BarcodesIn("saved"), 0);
}

TEST_F(SalvageCommandTest, WhereNothingIsSavedItEndsWithOne) {
  MakeStore(2);
  for (const char* arguments :
       {"salvage nowhere saved", "salvage shop .", "salvage shop no/folder"}) {
    const Outcome outcome = RunCommand(folder_, arguments);
    EXPECT_EQ(outcome.exit_code, 1) << arguments;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, StartsWith("orderstore: "));
    EXPECT_THAT(outcome.err, HasSubstr("nothing was saved"));
  }
  EXPECT_FALSE(folder_.Has("saved"));
  EXPECT_EQ(BarcodesIn("shop"), 2);
}

TEST_F(SalvageCommandTest, WrongUsageEndsWithTwo) {
  MakeStore(1);
  for (const char* arguments :
       {"salvage", "salvage shop", "salvage a b c", "salvage a ''",
        "salvage shop shop", "salvage shop shop/x"}) {
    const Outcome outcome = RunCommand(folder_, arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("`orderstore salvage --help`"));
    EXPECT_FALSE(folder_.Has("shop/x"));
  }
}

}  // namespace
}  // namespace orderstore
