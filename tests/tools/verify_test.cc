// `orderstore verify`: what it prints, and how it ends.

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "recovery/damage.h"
#include "scale.h"
#include "store/test_store.h"
#include "tools/command.h"

namespace orderstore {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class VerifyCommandTest : public testing::Test {
 protected:
  // Some commits; each has a frame of its own, each segment two.
  std::unique_ptr<Store> MakeStore(int commits) {
    auto store =
        Store::Open(folder_ / "shop", DamagedStore::SmallSegments()).value();
    for (int i = 0; i < commits; ++i) {
      EXPECT_THAT(store->Transact([&](Transaction& txn) {
        return txn.InsertBarcode({.value = "A" + std::to_string(i)}).status();
      }),
                  IsOk());
    }
    return store;
  }
  void Flip(const std::string& name, size_t byte) {
    std::string bytes = folder_.Get(name);
    bytes[byte] ^= 1;
    folder_.Put(name, bytes);
  }
  // "/shop" of the simulated disk as the folder `shop`.
  void PutFiles(const disk::SimulatedDisk& disk) {
    std::filesystem::remove_all(folder_.path() / "shop");
    std::filesystem::create_directory(folder_.path() / "shop");
    for (const std::string& name : disk.List("/shop")) {
      folder_.Put("shop/" + name, disk.Bytes("/shop/" + name));
    }
  }
  static std::set<std::string> ProblemFiles(const std::string& text) {
    std::set<std::string> files;
    for (const std::string& line : Lines(text)) {
      if (!line.starts_with("problem ")) continue;
      const std::string rest = line.substr(8);
      files.insert(rest.substr(0, rest.find_first_of(" :")));
    }
    return files;
  }
  static std::vector<std::string> Lines(const std::string& text) {
    return absl::StrSplit(text, '\n', absl::SkipEmpty());
  }

  const TestFolder folder_;
};

TEST_F(VerifyCommandTest, ASoundStoreEndsWithZero) {
  const auto store = MakeStore(9);
  const Outcome outcome = RunCommand(folder_, "verify shop");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, HasSubstr("\nnewest_lsn 9\nopens yes\nopen_lsn 9\n"
                                     "salvage_lsn 9\nproblems 0\n"));
}

TEST_F(VerifyCommandTest, ADamagedStoreEndsWithThree) {
  MakeStore(9).reset();
  Flip("shop/0000000002.log", 4096 + 80);
  const Outcome outcome = RunCommand(folder_, "verify shop");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.out,
              StartsWith("problem 0000000002.log at offset 4096: the frame's "
                         "payload is damaged; at risk: LSN 3\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("\nopens no\nsalvage_lsn 2\nproblems 1\n"));
  EXPECT_EQ(outcome.err,
            "orderstore: shop: 1 problem; the store does not open; "
            "`orderstore salvage` would save the state of LSN 2, without LSN 3 "
            "to 9\n");
}

TEST_F(VerifyCommandTest, QuietlyASoundStoreIsPassedOverInSilence) {
  MakeStore(9).reset();
  folder_.Put("shop/letter", "a warning");
  for (const char* options : {"--quiet", "-q", "--quiet --json"}) {
    const Outcome outcome =
        RunCommand(folder_, std::string("verify shop ") + options);
    EXPECT_EQ(outcome.exit_code, 0) << options;
    EXPECT_EQ(outcome.out, "") << options;
    EXPECT_EQ(outcome.err, "") << options;
  }
}

TEST_F(VerifyCommandTest, QuietlyProblemsAndErrorsAreToldAsEver) {
  MakeStore(9).reset();
  Flip("shop/0000000002.log", 4096 + 80);
  for (const char* arguments : {"verify shop", "verify shop --json"}) {
    const Outcome loud = RunCommand(folder_, arguments);
    const Outcome quiet =
        RunCommand(folder_, std::string(arguments) + " --quiet");
    EXPECT_EQ(quiet.exit_code, 3);
    EXPECT_EQ(quiet.out, loud.out);
    EXPECT_EQ(quiet.err, loud.err);
  }
  const Outcome nowhere = RunCommand(folder_, "verify --quiet nowhere");
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("the store was not verified"));
}

TEST_F(VerifyCommandTest, AnUnknownEndIsCalledSo) {
  MakeStore(9).reset();
  std::filesystem::remove(folder_ / "shop/0000000005.log");
  EXPECT_THAT(RunCommand(folder_, "verify shop").err,
              HasSubstr("`orderstore salvage` would save the state of LSN 8, "
                        "without LSN 9 and on; nobody knows how many there "
                        "were\n"));
}

TEST_F(VerifyCommandTest, TheEmptyStoreIsCalledSo) {
  MakeStore(9).reset();
  Flip("shop/0000000001.log", 4096 + 80);
  EXPECT_THAT(RunCommand(folder_, "verify shop").err,
              HasSubstr("would save the empty store (LSN 0), without LSN 1 to "
                        "9\n"));
}

TEST_F(VerifyCommandTest, WhatLosesNothingIsCalledSo) {
  MakeStore(9).reset();
  std::filesystem::remove(folder_ / "shop/STORE");
  EXPECT_THAT(RunCommand(folder_, "verify shop").err,
              HasSubstr("would save the state of LSN 9, the newest that any "
                        "file tells of\n"));
}

TEST_F(VerifyCommandTest, JsonHasTheSameAndAllFiles) {
  MakeStore(9).reset();
  Flip("shop/0000000002.log", 4096 + 80);
  folder_.Put("shop/\x1b[31m\xff", "x");
  const Outcome outcome = RunCommand(folder_, "verify shop --json");
  EXPECT_EQ(outcome.exit_code, 3);
  const auto report = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(report["sound"], false);
  EXPECT_EQ(report["opens"], false);
  EXPECT_EQ(report["open_lsn"], nullptr);
  EXPECT_THAT(report["open_error"], HasSubstr("0000000002.log at offset 4096"));
  EXPECT_EQ(report["salvage_lsn"], 2);
  EXPECT_EQ(report["newest_lsn"], 9);
  EXPECT_EQ(report["problems"],
            nlohmann::json::parse(R"([{"file": "0000000002.log", "offset": 4096,
                "first_lsn": 3, "last_lsn": 3,
                "what": "the frame's payload is damaged"}])"));
  EXPECT_EQ(report["warnings"].size(), 1);
  EXPECT_EQ(report["files"][0]["name"], "STORE");
  EXPECT_EQ(report["files"][2],
            nlohmann::json::parse(R"({"name": "0000000002.log",
                "kind": "segment", "bytes": 16384, "first_lsn": 3,
                "last_lsn": 4, "sound": false})"));
  EXPECT_EQ(report["store"].get<std::string>().size(), 36);
}

TEST_F(VerifyCommandTest, ControlBytesOfNamesAreEscaped) {
  MakeStore(1).reset();
  folder_.Put("shop/\x1b[31m\xff", "x");
  const Outcome outcome = RunCommand(folder_, "verify shop");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out,
              StartsWith("warning \\x1b[31m\\xff: not a file of the store\n"));
}

TEST_F(VerifyCommandTest, ADamagedSnapshotThatNobodyNeedsIsAProblemToo) {
  auto store = MakeStore(5);
  ASSERT_THAT(store->WriteSnapshot(), IsOk());
  store.reset();
  Flip("shop/00000000000000000005.snapshot", 5000);
  const Outcome outcome = RunCommand(folder_, "verify shop");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(ProblemFiles(outcome.out),
            std::set<std::string>{"00000000000000000005.snapshot"});
  EXPECT_THAT(outcome.err, HasSubstr("the store opens, with LSN 5"));
}

TEST_F(VerifyCommandTest, AnyDamageIsNamedByItsFile) {
  DamagedStore damaged(1);
  const std::vector<Damage> all = damaged.AnyDamage();
  // Each runs the command: some are enough, the library's test has them all.
  const size_t step = TestScalePercent() == 100 ? 5 : 20;
  for (size_t i = 0; i < all.size(); i += step) {
    SCOPED_TRACE(all[i].name);
    damaged.Restore();
    all[i].inflict(damaged.disk());
    PutFiles(damaged.disk());
    const Outcome outcome = RunCommand(folder_, "verify shop");
    if (outcome.exit_code == 0) {
      // What nobody can know of: see VerifyTest.
      EXPECT_TRUE(all[i].removes || !outcome.err.empty());
      continue;
    }
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(ProblemFiles(outcome.out), all[i].files) << outcome.out;
  }
}

TEST_F(VerifyCommandTest, WhatCannotBeLookedAtEndsWithOne) {
  for (const char* name : {"nowhere", "empty"}) {
    if (std::string_view(name) == "empty") {
      std::filesystem::create_directory(folder_.path() / name);
    }
    const Outcome outcome = RunCommand(folder_, std::string("verify ") + name);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, StartsWith("orderstore: "));
    EXPECT_THAT(outcome.err, HasSubstr(name));
    EXPECT_THAT(outcome.err, HasSubstr("the store was not verified"));
  }
}

TEST_F(VerifyCommandTest, WrongUsageEndsWithTwo) {
  for (const char* arguments :
       {"verify", "verify shop shop", "verify shop --jsn", "verify ''"}) {
    const Outcome outcome = RunCommand(folder_, arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr("`orderstore verify --help`"));
  }
}

}  // namespace
}  // namespace orderstore
