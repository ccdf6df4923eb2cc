#include "wal/segment_writer.h"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/seeded_random.h"
#include "wal/log_fixture.h"

namespace orderstore::wal {
namespace {

using disk::Call;
using disk::DiskImage;
using disk::SimulatedDisk;
using testing::ElementsAre;

class SegmentWriterTest : public LogTest {
 protected:
  std::vector<std::string> Names() { return disk().List("shop"); }
};

// ---- Making segments -------------------------------------------------------

TEST_F(SegmentWriterTest, ANewLogIsOneSegmentOfItsFullLength) {
  Create(8 * kSector);
  EXPECT_THAT(Names(), ElementsAre("0000000001.log"));
  EXPECT_EQ(disk().Image().files.at("/" + PathOf(1)).size(), 8u * kSector);
  EXPECT_EQ(segments().sectors_left(), 6u);
  EXPECT_EQ(segments().segment_sectors(), 6u);
  EXPECT_EQ(segments().lsn(), 0u);
}

TEST_F(SegmentWriterTest, APreparedSegmentIsZerosUnderATemporaryName) {
  Create();
  ASSERT_TRUE(segments().Prepare().ok());
  ASSERT_TRUE(segments().Prepare().ok());
  EXPECT_EQ(segments().prepared(), 2u);
  EXPECT_THAT(Names(), ElementsAre("0000000001.log", "0000000002.log.tmp",
                                   "0000000003.log.tmp"));
  EXPECT_EQ(disk().Bytes("shop/0000000002.log.tmp"),
            std::string(kSegmentBytes, '\0'));
  ASSERT_TRUE(segments().Unprepare().ok());
  EXPECT_THAT(Names(), ElementsAre("0000000001.log", "0000000002.log.tmp"));
  ASSERT_TRUE(segments().Prepare().ok());
  EXPECT_EQ(segments().prepared(), 2u);
}

TEST_F(SegmentWriterTest, AFullDiskLeavesNothingOfASegment) {
  Create();
  disk().SetCapacity(disk().UsedBytes() + 2 * kSector);
  const absl::Status status = segments().Prepare();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(Names(), ElementsAre("0000000001.log"));
  disk().SetCapacity(disk().UsedBytes() + kSegmentBytes);
  EXPECT_TRUE(segments().Prepare().ok());
}

TEST_F(SegmentWriterTest, WhatCouldNotBeRemovedIsNotInTheWayForever) {
  Create();
  // The making fails, and so does the clean-up after it.
  disk().FailCall(Call::kSync, 1, EIO);
  disk().FailCall(Call::kRemove, 2, EIO);
  EXPECT_FALSE(segments().Prepare().ok());
  EXPECT_EQ(Names().size(), 2u);
  ASSERT_TRUE(segments().Prepare().ok());
  // A taking back fails.
  disk().FailCall(Call::kRemove, 1, EIO);
  EXPECT_FALSE(segments().Unprepare().ok());
  EXPECT_EQ(segments().prepared(), 0u);
  EXPECT_TRUE(segments().Prepare().ok());
  EXPECT_EQ(segments().prepared(), 1u);
}

TEST_F(SegmentWriterTest, AFailedPreparationCanBeRepeatedWhateverFailed) {
  Create();
  const int64_t before = disk().CallCount();
  ASSERT_TRUE(segments().Prepare().ok());
  const int64_t calls = disk().CallCount() - before;
  for (int64_t call = 1; call <= calls; ++call) {
    ASSERT_TRUE(segments().Unprepare().ok());
    disk().FailCall(call, EIO);
    EXPECT_FALSE(segments().Prepare().ok()) << call;
    disk().ClearFaults();
    ASSERT_TRUE(segments().Prepare().ok()) << call;
    ASSERT_TRUE(segments().Unprepare().ok());
    disk().FailCall(call, EINTR);
    EXPECT_TRUE(segments().Prepare().ok()) << call;
    disk().ClearFaults();
  }
  Write({1});
  ASSERT_TRUE(segments().Rotate("state").ok());
  Write({2});
  EXPECT_EQ(Read().records, Records({1, 2}));
}

// ---- Frames ----------------------------------------------------------------

TEST_F(SegmentWriterTest, AFrameIsOneWriteThatIsDurable) {
  Create(1024 * kSector);
  for (const size_t bytes :
       {size_t{0}, size_t{1}, PayloadRoom(1) - 16, PayloadRoom(1) - 15,
        PayloadRoom(7) - 16, PayloadRoom(256) - 16}) {
    const int64_t writes = disk().CallCount(Call::kWrite);
    const int64_t calls = disk().CallCount();
    Write({bytes});
    EXPECT_EQ(disk().CallCount(Call::kWrite), writes + 1);
    EXPECT_EQ(disk().CallCount(), calls + 1);
    const ReadResult read = ReadImage(disk().Image());
    ASSERT_TRUE(read.status.ok()) << read.status;
    EXPECT_EQ(read.end.lsn, segments().lsn());
  }
  EXPECT_EQ(Read().records.size(), 6u);
}

TEST_F(SegmentWriterTest, SectorsAreCounted) {
  Create(8 * kSector);
  Write({1});
  EXPECT_EQ(segments().sectors_left(), 5u);
  Write({PayloadRoom(5) - 16});
  EXPECT_EQ(segments().sectors_left(), 0u);
  EXPECT_EQ(segments().sectors_written(), 6u);
  Rotate();
  EXPECT_EQ(segments().sectors_left(), 6u);
  EXPECT_EQ(segments().segment(), 2u);
  Write({3});
  EXPECT_EQ(Read().records, Records({1, PayloadRoom(5) - 16, 3}));
}

TEST_F(SegmentWriterTest, ShortWritesGoOn) {
  Create(64 * kSector);
  disk().ShortCall(Call::kWrite, 1, 5000, /*lasting=*/true);
  Write({100, 20000});
  disk().ClearFaults();
  EXPECT_EQ(ReadImage(disk().Image()).records, Records({100, 20000}));
}

// ---- Power cuts ------------------------------------------------------------

// Runs `verb` with the power going off at each of its changes, in many ways,
// and hands what the next open reads to `check`.
template <typename Verb, typename Check>
void CutEverywhere(const DiskImage& before, Verb verb, Check check) {
  bool off = true;
  for (int64_t cut = 1; off; ++cut) {
    disk::SimulatedDisk disk(1, {.tears_sectors = true});
    disk.Load(before);
    disk.CutPowerAt(cut);
    verb(disk);
    off = disk.off();
    for (const uint64_t seed : TestSeeds(40)) {
      SCOPED_TRACE("cut at change " + std::to_string(cut) + ", seed " +
                   std::to_string(seed));
      const DiskImage after = disk.AfterCut(seed);
      check(after, off);
    }
  }
}

absl::Status ResumeIn(SimulatedDisk& disk,
                      std::unique_ptr<SegmentWriter>& writer,
                      const io::Folder& folder) {
  const ReadResult read = ReadFolder(folder);
  if (!read.status.ok()) return read.status;
  auto resumed =
      SegmentWriter::Resume(folder, TestStore(), 4 * kSector, read.end);
  if (!resumed.ok()) return resumed.status();
  writer = *std::move(resumed);
  return disk.off() ? absl::UnavailableError("off") : absl::OkStatus();
}

// The log goes on after a crash, and both halves are there.
void ExpectGoesOn(const DiskImage& image, size_t records) {
  disk::SimulatedDisk disk(1);
  disk.Load(image);
  const io::Folder folder = OpenShop(disk);
  std::unique_ptr<SegmentWriter> writer;
  const absl::Status status = ResumeIn(disk, writer, folder);
  ASSERT_TRUE(status.ok()) << status;
  const Lsn lsn = writer->lsn() + 1;
  if (writer->sectors_left() == 0) {
    ASSERT_TRUE(writer->Prepare().ok());
    ASSERT_TRUE(writer->Rotate("state").ok());
  }
  ASSERT_TRUE(
      writer->Write({.last_lsn = lsn}, RecordOf(lsn, BodyOf(lsn, 77))).ok());
  const ReadResult read = ReadImage(disk.Image());
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.records.size(), records + 1);
  EXPECT_EQ(read.records.back().body, BodyOf(lsn, 77));
}

TEST_F(SegmentWriterTest, APowerCutInAWriteLeavesAllOrNothing) {
  Create(8 * kSector);
  Write({10});
  CutEverywhere(
      disk().Image(),
      [](SimulatedDisk& disk) {
        const io::Folder folder = OpenShop(disk);
        std::unique_ptr<SegmentWriter> writer;
        if (!ResumeIn(disk, writer, folder).ok()) return;
        const std::string record = RecordOf(2, BodyOf(2, 9000));
        writer->Write({.last_lsn = 2}, record).IgnoreError();
      },
      [](const DiskImage& after, bool off) {
        const ReadResult read = ReadImage(after);
        ASSERT_TRUE(read.status.ok()) << read.status;
        if (!off) {
          ASSERT_EQ(read.end.lsn, 2u);
        }
        EXPECT_EQ(read.records,
                  read.end.lsn == 1 ? Records({10}) : Records({10, 9000}));
        ExpectGoesOn(after, read.records.size());
      });
}

TEST_F(SegmentWriterTest, APowerCutInARotationLeavesTheOldEndOrTheNewSegment) {
  Create();
  Write({10});
  Write({20});
  CutEverywhere(
      disk().Image(),
      [](SimulatedDisk& disk) {
        const io::Folder folder = OpenShop(disk);
        std::unique_ptr<SegmentWriter> writer;
        if (!ResumeIn(disk, writer, folder).ok()) return;
        if (writer->Prepare().ok()) writer->Rotate("state").IgnoreError();
      },
      [](const DiskImage& after, bool off) {
        const ReadResult read = ReadImage(after);
        ASSERT_TRUE(read.status.ok()) << read.status;
        EXPECT_EQ(read.records, Records({10, 20}));
        if (!off) {
          EXPECT_EQ(read.end.segment, 2u);
        }
        ExpectGoesOn(after, 2);
      });
}

TEST_F(SegmentWriterTest, APowerCutInTheWipingOfATornFrameIsNoDamage) {
  Create(8 * kSector);
  Write({10});
  Write({17000});
  DiskImage torn = disk().Image();
  std::string& bytes = torn.files.at("/" + PathOf(1));
  const size_t at = 2 * kSector;
  for (const size_t missing : {0u, 9u, 39u}) {
    DiskImage image = torn;
    image.files.at("/" + PathOf(1))
        .replace(at + missing * kBlockBytes, kBlockBytes, kBlockBytes, '\0');
    CutEverywhere(
        image,
        [](SimulatedDisk& disk) {
          const io::Folder folder = OpenShop(disk);
          std::unique_ptr<SegmentWriter> writer;
          if (!ResumeIn(disk, writer, folder).ok()) return;
          writer->Write({.last_lsn = 2}, RecordOf(2, "new")).IgnoreError();
        },
        [](const DiskImage& after, bool off) {
          const ReadResult read = ReadImage(after);
          ASSERT_TRUE(read.status.ok()) << read.status;
          if (!off) {
            EXPECT_EQ(read.end.lsn, 2u);
          }
          if (read.end.lsn == 2) {
            EXPECT_EQ(read.records.back().body, "new");
          }
          ExpectGoesOn(after, read.records.size());
        });
  }
  EXPECT_FALSE(bytes.empty());
}

TEST_F(SegmentWriterTest, APowerCutInTheMakingOfALogLeavesNoneOrAnEmptyOne) {
  CutEverywhere(
      disk().Image(),
      [](SimulatedDisk& disk) {
        const io::Folder folder = OpenShop(disk);
        SegmentWriter::Create(folder, TestStore(), kSchemaRevisionNew,
                              4 * kSector, 0)
            .status()
            .IgnoreError();
      },
      [](const DiskImage& after, bool off) {
        if (!after.files.contains("/" + SegmentWriterTest::PathOf(1))) {
          EXPECT_TRUE(off);
          return;
        }
        const ReadResult read = ReadImage(after);
        ASSERT_TRUE(read.status.ok()) << read.status;
        EXPECT_EQ(read.end.lsn, 0u);
      });
}

// ---- The page cache of a process that ended --------------------------------

// A frame, a rotation or a wiping that only the page cache has: what the next
// open reads may vanish with the next power cut, unless it is secured.
class PageCacheTest : public SegmentWriterTest,
                      public testing::WithParamInterface<uint64_t> {
 protected:
  PageCacheTest() : SegmentWriterTest() {
    // Without direct writes, a failed write leaves bytes in the page cache.
    disk_ptr_ = std::make_unique<SimulatedDisk>(
        GetParam(), disk::DiskOptions{.direct_writes = false});
  }

  SimulatedDisk& cached() { return *disk_ptr_; }

  // Opens the log after the program ended; then the power is cut, and every
  // record of before and after is still there.
  void ExpectSecured(const io::Folder& folder) {
    std::unique_ptr<SegmentWriter> writer;
    const ReadResult before = ReadFolder(folder);
    ASSERT_TRUE(before.status.ok()) << before.status;
    const absl::Status status = ResumeIn(cached(), writer, folder);
    ASSERT_TRUE(status.ok()) << status;
    const Lsn lsn = writer->lsn() + 1;
    if (writer->sectors_left() == 0) {
      ASSERT_TRUE(writer->Prepare().ok());
      ASSERT_TRUE(writer->Rotate("state").ok());
    }
    ASSERT_TRUE(
        writer->Write({.last_lsn = lsn}, RecordOf(lsn, BodyOf(lsn, 5))).ok());
    const ReadResult after = ReadImage(cached().AfterCut(GetParam()));
    ASSERT_TRUE(after.status.ok()) << after.status << cached().Trace();
    ASSERT_EQ(after.records.size(), before.records.size() + 1);
    EXPECT_EQ(after.records.back().body, BodyOf(lsn, 5));
  }

  // Stops the program, in each way that there is, at each of the changes that
  // opening the log of `image` and then `verb` make.
  template <typename Verb>
  void StopEverywhere(const DiskImage& image, Verb verb) {
    bool stopped = true;
    for (int64_t nth = 1; stopped && !HasFailure(); ++nth) {
      SCOPED_TRACE("change " + std::to_string(nth));
      for (const bool fails : {false, true}) {
        cached().Load(image);
        const int64_t before = cached().ChangeCount();
        if (fails) {
          cached().FailCall(Call::kWrite, nth, EIO);
        } else {
          cached().CutPowerAt(nth);
        }
        {
          const io::Folder folder = OpenShop(cached());
          std::unique_ptr<SegmentWriter> writer;
          if (ResumeIn(cached(), writer, folder).ok()) verb(*writer);
        }
        stopped = cached().ChangeCount() - before >= nth;
        cached().ClearFaults();
        cached().CutPowerAt(0);
        cached().RestartProgram();
        const io::Folder again = OpenShop(cached());
        ExpectSecured(again);
      }
    }
  }

  std::unique_ptr<SimulatedDisk> disk_ptr_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, PageCacheTest, testing::Range<uint64_t>(1, 60));

TEST_P(PageCacheTest, AFrameIsSecuredWhenItIsFoundWhole) {
  Create(8 * kSector);
  Write({10});
  StopEverywhere(disk().Image(), [](SegmentWriter& writer) {
    writer.Write({.last_lsn = 2}, RecordOf(2, BodyOf(2, 4100))).IgnoreError();
  });
}

TEST_P(PageCacheTest, ARotationIsSecured) {
  Create();
  Write({10});
  Write({20});
  StopEverywhere(disk().Image(), [](SegmentWriter& writer) {
    if (writer.Prepare().ok()) writer.Rotate("state").IgnoreError();
  });
}

TEST_P(PageCacheTest, AWipingIsRepeated) {
  Create(8 * kSector);
  Write({10});
  Write({17000});
  DiskImage image = disk().Image();
  image.files.at("/" + PathOf(1))
      .replace(2 * kSector + 20 * kBlockBytes, kBlockBytes, kBlockBytes, '\0');
  StopEverywhere(image, [](SegmentWriter&) {});
}

// ---- Resume ----------------------------------------------------------------

TEST_F(SegmentWriterTest, ResumeRemovesAnUnusedSegmentAndReusesItsNumber) {
  Create();
  Write({10});
  Write({20});
  const std::string before = disk().Bytes(PathOf(1));
  Rotate();
  disk().SetBytes(PathOf(1), before);
  RestartProgram();
  Resume();
  EXPECT_THAT(Names(), ElementsAre("0000000001.log"));
  EXPECT_EQ(disk().Image().files.size(), 1u);
  Rotate();
  Write({30});
  EXPECT_EQ(Read().records, Records({10, 20, 30}));
}

TEST_F(SegmentWriterTest, ResumeKeepsTheLengthOfTheOldSegment) {
  Create(8 * kSector);
  Write({10});
  RestartProgram();
  Resume(4 * kSector);
  EXPECT_EQ(segments().sectors_left(), 5u);
  EXPECT_EQ(segments().segment_sectors(), 2u);
  Rotate();
  Write({20});
  EXPECT_EQ(disk().Bytes(PathOf(2)).size(), 4u * kSector);
  EXPECT_EQ(Read().records, Records({10, 20}));
}

TEST_F(SegmentWriterTest, ResumeInAFullSegmentHasNoSectorsLeft) {
  Create();
  Write({10});
  Write({20});
  RestartProgram();
  Resume();
  EXPECT_EQ(segments().sectors_left(), 0u);
  Rotate();
  Write({30});
  EXPECT_EQ(Read().records, Records({10, 20, 30}));
}

TEST_F(SegmentWriterTest, ResumeChangesNothingOfAGoodLog) {
  Create();
  Write({10});
  Rotate();
  const DiskImage before = disk().Image();
  RestartProgram();
  Resume();
  EXPECT_EQ(disk().Image(), before);
}

TEST_F(SegmentWriterTest, AResumeThatFailsCanBeRepeated) {
  Create();
  Write({10});
  Write({20});
  const std::string full = disk().Bytes(PathOf(1));
  Rotate();
  disk().SetBytes(PathOf(1), full);
  const DiskImage image = disk().Image();
  RestartProgram();
  const int64_t before = disk().CallCount();
  Resume();
  const int64_t calls = disk().CallCount() - before;
  for (int64_t call = 1; call <= calls; ++call) {
    segments_.reset();
    disk().Load(image);
    folder_.emplace(OpenShop(disk_));
    disk().FailCall(call, EIO);
    EXPECT_FALSE(TryResume().ok()) << call;
    disk().ClearFaults();
    Resume();
    Rotate();
    Write({30});
    EXPECT_EQ(ReadImage(disk().Image()).records, Records({10, 20, 30})) << call;
  }
}

}  // namespace
}  // namespace orderstore::wal
