// `orderstore archive`: orders before a date leave the store, with a proven
// copy.

#include <signal.h>
#include <sys/syscall.h>

#include <filesystem>
#include <memory>
#include <string>

#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "sql/sample_rows.h"
#include "tools/command.h"
#include "tools/running_command.h"

namespace orderstore {
namespace {

using testing::HasSubstr;

class ArchiveTest : public testing::Test {
 protected:
  // An order a day of 2026, the first two of January 1 and 2, and stock.
  ArchiveTest() {
    const auto store = Store::Open(folder_ / "shop");
    EXPECT_TRUE(
        (*store)
            ->Transact([](Transaction& txn) -> absl::Status {
              absl::Status status;
              for (int32_t id = 1; id <= 3; ++id) {
                const std::string text = std::to_string(id);
                status.Update(txn.InsertCustomer({.email = text + "\t\\.",
                                                  .id = CustomerId(id)})
                                  .status());
              }
              constexpr int64_t kDay = 86'400'000'000;
              for (int32_t id = 1; id <= 4; ++id) {
                const Timestamp time = At(20'454 * kDay + (id - 1) * kDay);
                status.Update(
                    txn.InsertOrder({.customer_id = CustomerId(id % 3 + 1),
                                     .id = OrderId(id),
                                     .created_at = time,
                                     .updated_at = time})
                        .status());
                for (int i = 0; i < id; ++i) {
                  status.Update(
                      txn.InsertBarcode({.value = std::to_string(id) + "-" +
                                                  std::to_string(i) + "'",
                                         .order_id = OrderId(id),
                                         .is_used = i == 0})
                          .status());
                }
              }
              status.Update(txn.InsertBarcode({.value = "stock"}).status());
              return status;
            })
            .ok());
  }

  Outcome Archive(const std::string& arguments) {
    return RunCommand(folder_, "archive shop " + arguments);
  }
  Counts CountsOf(const std::string& name) {
    const auto store = Store::OpenReadOnly(folder_ / name);
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) return {};
    EXPECT_TRUE((*store)->Check().ok());
    return (*store)->OpenReadView().Counts();
  }
  void ExpectAllStill() {
    EXPECT_EQ(CountsOf("shop").orders, 4);
    EXPECT_EQ(CountsOf("shop").barcodes, 11);
  }

  const TestFolder folder_;
};

TEST_F(ArchiveTest, OlderOrdersGoToAStoreOfTheirOwn) {
  const Outcome outcome = Archive("--before 2026-01-03T00:00:00Z old");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "lsn 2\ncustomers 2\norders 2\nbarcodes 3\n");
  EXPECT_EQ(CountsOf("old").orders, 2);
  EXPECT_EQ(CountsOf("old").customers, 2);
  EXPECT_EQ(CountsOf("old").unassigned_barcodes, 0);
  EXPECT_EQ(CountsOf("shop").orders, 2);
  EXPECT_EQ(CountsOf("shop").customers, 3);
  EXPECT_EQ(CountsOf("shop").barcodes, 8);
  const auto old = Store::OpenReadOnly(folder_ / "old");
  const ReadView view = (*old)->OpenReadView();
  EXPECT_EQ(view.FindOrder(OrderId(2))->created_at,
            At(20'455 * 86'400'000'000));
  EXPECT_TRUE(view.FindBarcodeByValue("2-0'")->is_used);
  EXPECT_EQ(view.FindCustomer(CustomerId(3))->email, "3\t\\.");
}

TEST_F(ArchiveTest, OrToAScript) {
  const Outcome outcome =
      Archive("--before '2026-01-02 00:00:01' old.sql --format sql --json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(
      nlohmann::json::parse(outcome.out),
      nlohmann::json(
          {{"lsn", 2}, {"customers", 2}, {"orders", 2}, {"barcodes", 3}}));
  EXPECT_EQ(CountsOf("shop").orders, 2);
  ASSERT_EQ(RunCommand(folder_, "import back --from old.sql").exit_code, 0);
  EXPECT_EQ(CountsOf("back").barcodes, 3);
}

TEST_F(ArchiveTest, WithNoneBeforeTheDateNothingIsDone) {
  const Outcome outcome = Archive("--before 2026-01-01 old");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "lsn 1\ncustomers 0\norders 0\nbarcodes 0\n");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "old"));
  ExpectAllStill();
}

TEST_F(ArchiveTest, WhereTheCopyCannotGoNothingIsDeleted) {
  folder_.Put("file", "x");
  const Outcome outcome = Archive("--before 2030-01-01 file");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("file is not an empty folder; name a new one; nothing "
                        "was deleted"));
  EXPECT_EQ(Archive("--before 2030-01-01 none/old.sql --format sql").exit_code,
            1);
  EXPECT_EQ(Archive("--before 2030-01-01 shop/old").exit_code, 2);
  EXPECT_EQ(Archive("--before 2030-01-01 shop/old.sql --format sql").exit_code,
            2);
  EXPECT_EQ(RunScript(folder_,
                      "\"$ORDERSTORE\" archive shop --before "
                      "2030-01-01 /dev/full --format sql")
                .exit_code,
            1);
  ExpectAllStill();
}

// Killed at any moment: all is still there, or all that is gone is in the copy.
TEST_F(ArchiveTest, AKilledOneLosesNothing) {
  for (const std::string format : {"store", "sql"}) {
    for (int round = 0; round < 12; ++round) {
      // From some system calls on to some tens of milliseconds.
      const std::string delay =
          "0.0" + std::to_string(round / 2) + std::to_string(round * 7 % 10);
      RunScript(folder_,
                "rm -rf live live.old live.sql back; cp -r shop live; "
                "\"$ORDERSTORE\" archive live --before 2026-01-03 --format " +
                    format + " live." + (format == "sql" ? "sql" : "old") +
                    " & sleep " + delay + "; kill -KILL $!; wait $!");
      if (CountsOf("live").orders == 4) continue;
      EXPECT_EQ(CountsOf("live").orders, 2);
      if (format == "sql") {
        ASSERT_EQ(RunCommand(folder_, "import back --from live.sql").exit_code,
                  0);
        EXPECT_EQ(CountsOf("back").barcodes, 3);
      } else {
        EXPECT_EQ(CountsOf("live.old").barcodes, 3);
      }
    }
  }
}

// Until the copy is proven, and the deletion under way.
TEST_F(ArchiveTest, AnInterruptedOneLeavesTheStoreAsItWas) {
  for (const std::string format : {"store", "sql"}) {
    int interrupted = 0;
    for (int round = 0; round < 50 && interrupted < 3; ++round) {
      RunScript(folder_, "rm -rf live out; cp -r shop live");
      RunningCommand archive(
          folder_, "archive live --before 2026-01-03 out --format " + format);
      if (!archive.StopWhen([&] { return archive.CatchesInterrupts(); })) {
        continue;
      }
      const bool has_begun = folder_.Has("out");
      archive.Signal(SIGINT);
      archive.Signal(SIGCONT);
      const Outcome outcome = archive.Wait();
      if (has_begun && outcome.exit_code == 0) {
        EXPECT_EQ(CountsOf("live").orders, 2);
        continue;
      }
      ++interrupted;
      EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
      EXPECT_EQ(outcome.out, "");
      EXPECT_EQ(outcome.err, "orderstore: interrupted; nothing was deleted\n");
      EXPECT_EQ(CountsOf("live").orders, 4);
      EXPECT_EQ(CountsOf("live").barcodes, 11);
      const Outcome again =
          RunScript(folder_,
                    "rm -rf out; \"$ORDERSTORE\" archive live --before "
                    "2026-01-03 out --format " +
                        format);
      EXPECT_EQ(again.out, "lsn 2\ncustomers 2\norders 2\nbarcodes 3\n");
    }
    EXPECT_EQ(interrupted, 3) << format;
  }
}

// Somebody changes the script before it is read back: it is made durable in
// between.
TEST_F(ArchiveTest, ACopyThatDiffersDeletesNothing) {
  for (int round = 0; round < 100; ++round) {
    RunScript(folder_, "rm -rf live out; cp -r shop live");
    RunningCommand archive(folder_,
                           "archive live --before 2026-01-03 out --format sql");
    if (!archive.StopWhen([&] { return folder_.Has("out"); }) ||
        !archive.IsIn(SYS_fsync)) {
      continue;
    }
    RunScript(folder_, "sed -i s/2-1/2-9/ out");
    archive.Signal(SIGCONT);
    const Outcome outcome = archive.Wait();
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err,
              "orderstore: the copy of order 2 is not as the store has it; "
              "nothing was deleted\n");
    EXPECT_EQ(CountsOf("live").orders, 4);
    EXPECT_EQ(CountsOf("live").barcodes, 11);
    return;
  }
  GTEST_SKIP() << "it was never stopped in time";
}

// It may be the only copy of what was archived before.
TEST_F(ArchiveTest, AnEarlierArchiveIsNotReplaced) {
  ASSERT_EQ(Archive("--before 2026-01-02 old.sql --format sql").exit_code, 0);
  const std::string old = folder_.Get("old.sql");
  const Outcome again = Archive("--before 2026-01-03 old.sql --format sql");
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("old.sql is there; name a new file; nothing "
                                   "was deleted"));
  EXPECT_EQ(folder_.Get("old.sql"), old);
  EXPECT_EQ(CountsOf("shop").orders, 3);
}

TEST_F(ArchiveTest, ItHasTheRevisionOfTheStore) {
  ASSERT_EQ(RunCommand(folder_, "migrate shop upgrade head").exit_code, 0);
  ASSERT_EQ(Archive("--before 2026-01-02 old").exit_code, 0);
  EXPECT_EQ(RunCommand(folder_, "migrate old current").out, "0003 (head)\n");
  ASSERT_EQ(Archive("--before 2026-01-03 old.sql --format sql").exit_code, 0);
  EXPECT_THAT(folder_.Get("old.sql"), HasSubstr("ticket_count"));
}

TEST_F(ArchiveTest, AFolderIsNotCalledAScript) {
  const Outcome outcome = Archive("--before 2026-01-03 out.sql");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--format sql writes a script"));
}

TEST_F(ArchiveTest, DatesThatAreNone) {
  for (const char* date : {"yesterday", "2026-13-01", "2026-02-30",
                           "01/02/2026", "infinity", "2026-01-01TT00:00:00"}) {
    const Outcome outcome = Archive("--before " + std::string(date) + " old");
    EXPECT_EQ(outcome.exit_code, 2) << date;
    EXPECT_THAT(outcome.err, HasSubstr("is not a date like 2026-01-31"));
  }
  EXPECT_EQ(Archive("old").exit_code, 2);
  const Outcome none =
      RunCommand(folder_, "archive none --before 2026-01-01 x");
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("there is no store in none"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "none"));
  ExpectAllStill();
}

}  // namespace
}  // namespace orderstore
