// Every call that a store makes fails: once, from then on, half-way. What must
// hold then is in story.h.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "crash/story.h"
#include "disk/simulated_disk.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "store/open_store.h"

namespace orderstore {
namespace {

class FaultsTest : public testing::TestWithParam<Durability> {
 protected:
  // One story for all tests; some dice for the disk.
  static StoryOptions Told(int64_t dice = 1) {
    return {.disk_seed = static_cast<uint64_t>(dice),
            .durability = GetParam(),
            .drops_cache = (dice + (GetParam() == Durability::kSync)) % 2 == 0};
  }

  // How many calls the story makes when all goes well, and some more: threads
  // make it vary.
  static int64_t Calls() {
    Story story(Told());
    EXPECT_EQ(story.Run(), "");
    return story.disk().CallCount() + 10;
  }

  // Tells the story once for each of its calls, or as many as the scale says,
  // and lets `fault` make that one fail. Where faults last, Sync takes the odd
  // calls and Async the even ones: either makes the same ones.
  template <typename Fault>
  void TellForEachCall(const StoryOptions& told, Fault fault) {
    const int64_t calls = Calls();
    const int64_t share = told.lasting ? 2 : 1;
    const int64_t first = GetParam() == Durability::kSync || share == 1 ? 1 : 2;
    int failures = 0;
    for (int64_t nth = first; nth <= calls && failures < 3;
         nth += share * (100 / TestScalePercent())) {
      // The disk's dice fall otherwise each time.
      const StoryOptions dice = Told(nth);
      StoryOptions options = told;
      options.disk_seed = dice.disk_seed;
      options.drops_cache = dice.drops_cache;
      Story story(options);
      fault(story.disk(), nth);
      const std::string error = story.Run();
      if (error.empty()) {
        log_failures_ += story.log_failures();
        refusals_ += story.refusals();
        continue;
      }
      ADD_FAILURE() << "call " << nth << ": " << error;
      ++failures;
    }
  }

  void TellWithError(int error, bool lasting) {
    StoryOptions told = Told();
    told.errors_may_come = true;
    told.lasting = lasting;
    TellForEachCall(told, [&](disk::SimulatedDisk& disk, int64_t nth) {
      disk.FailCall(nth, error, lasting);
    });
    if (TestScalePercent() == 100) {
      EXPECT_GT(log_failures_, 0) << "no fault ever met the log";
    }
  }

  int log_failures_ = 0;
  int refusals_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores, FaultsTest,
                         testing::Values(Durability::kSync, Durability::kAsync),
                         [](const auto& chosen) {
                           return std::string(chosen.param == Durability::kSync
                                                  ? "Sync"
                                                  : "Async");
                         });

// ---- Calls that fail -------------------------------------------------------

TEST_P(FaultsTest, AnInputOutputErrorLosesNothing) {
  TellWithError(EIO, /*lasting=*/false);
}

TEST_P(FaultsTest, ADiskThatIsGoneLosesNothing) {
  TellWithError(EIO, /*lasting=*/true);
}

TEST_P(FaultsTest, AMomentWithoutSpaceLosesNothing) {
  TellWithError(ENOSPC, /*lasting=*/false);
}

TEST_P(FaultsTest, CallsWithoutSpaceLoseNothing) {
  TellWithError(ENOSPC, /*lasting=*/true);
}

// A sync that failed has perhaps dropped what it should have written, though
// all see it, and the next sync succeeds. (Rebello et al., "Can Applications
// Recover from fsync Failures?", USENIX ATC 2020.)
TEST_P(FaultsTest, ASyncAfterAFailedOneIsNotBelieved) {
  StoryOptions told = Told();
  told.errors_may_come = true;
  for (const disk::Call call :
       {disk::Call::kSync, disk::Call::kWrite, disk::Call::kSyncFolder}) {
    Story counted(Told());
    ASSERT_EQ(counted.Run(), "");
    const int64_t calls = counted.disk().CallCount(call) + 3;
    // Several dice for each: what a failed sync leaves is theirs.
    for (int64_t i = 0; i < Scaled(2 * calls); ++i) {
      told.disk_seed = static_cast<uint64_t>(i / calls + 1);
      told.drops_cache = i / calls % 2 == 0;
      Story story(told);
      story.disk().FailCall(call, i % calls + 1, EIO);
      const std::string error = story.Run();
      ASSERT_EQ(error, "") << disk::NameOf(call) << " " << i % calls + 1;
    }
  }
}

TEST_P(FaultsTest, AnErrorOfTheLogNamesItsSegment) {
  disk::SimulatedDisk disk(1);
  const auto store =
      store::OpenStore::Open(disk, "/shop", {.segment_bytes = 16 << 10});
  ASSERT_TRUE(store.ok());
  disk.AddFault({.path_part = "0000000001.log", .error = EIO});
  const absl::Status status =
      (*store)
          ->Transact([](Transaction& txn) {
            return txn.InsertCustomer({.email = "a@x", .name = "A"}).status();
          })
          .status();
  EXPECT_EQ(status, absl::UnknownError(
                        "it is not known whether the transaction is durable; "
                        "the log has failed: cannot write 4096 bytes at 4096 "
                        "of /shop/0000000001.log: Input/output error; reopen "
                        "the store to go on"));
}

// ---- Calls that do less, or are interrupted --------------------------------

TEST_P(FaultsTest, AnInterruptedCallMakesNoDifference) {
  TellForEachCall(Told(), [](disk::SimulatedDisk& disk, int64_t nth) {
    disk.FailCall(nth, EINTR);
  });
}

TEST_P(FaultsTest, AShortTransferMakesNoDifference) {
  constexpr size_t kBytes[] = {0, 1, 511, 512, 4095, 4096, 5000};
  TellForEachCall(Told(), [&](disk::SimulatedDisk& disk, int64_t nth) {
    // A read of nothing is the end of the file: no transfer that is short.
    const size_t bytes = kBytes[static_cast<size_t>(nth) % std::size(kBytes)];
    disk.AddFault({.call = disk::Call::kWrite, .nth = nth, .bytes_max = bytes});
    disk.AddFault({.call = disk::Call::kRead,
                   .nth = nth,
                   .bytes_max = std::max<size_t>(bytes, 1)});
  });
}

TEST_P(FaultsTest, TransfersThatAreAllShortMakeNoDifference) {
  Story story(Told());
  story.disk().ShortCall(disk::Call::kRead, 1, 100, /*lasting=*/true);
  story.disk().ShortCall(disk::Call::kWrite, 1, 4096, /*lasting=*/true);
  EXPECT_EQ(story.Run(), "");
}

// ---- A full disk -----------------------------------------------------------

TEST_P(FaultsTest, AFullDiskRefusesCommitsUntilThereIsRoom) {
  Story whole(Told());
  ASSERT_EQ(whole.Run(), "");
  // The most there was at a time is not known; more than the end's.
  const int64_t bytes_max = 3 * whole.disk().UsedBytes();
  StoryOptions told = Told();
  told.only_full = true;
  told.lasting = true;
  int refusals = 0;
  for (int64_t bytes = 0; bytes <= bytes_max;
       bytes += 4096 * (100 / TestScalePercent())) {
    told.disk_seed = static_cast<uint64_t>(bytes / 4096 + 1);
    Story story(told);
    story.disk().SetCapacity(bytes);
    ASSERT_EQ(story.Run(), "") << "capacity " << bytes;
    EXPECT_EQ(story.log_failures(), 0) << "capacity " << bytes;
    refusals += story.refusals();
  }
  EXPECT_GT(refusals, 0);
}

}  // namespace
}  // namespace orderstore
