// Calls that fail or do less than they were asked to, a full disk, a
// cancellation, rows that were damaged in memory.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "snapshot/snapshot_fixture.h"

namespace orderstore::snapshot {
namespace {

using disk::Call;
using testing::HasSubstr;

class SnapshotFaultsTest : public SnapshotTest {
 protected:
  // Enough for several blocks, written from both buffers.
  SnapshotFaultsTest() {
    InsertSome();
    Begin();
    for (uint32_t id = 10; id < 3000; ++id) {
      InsertBarcode(id, std::to_string(id) + std::string(1000, 'x'), 0);
    }
    Commit();
  }

  // Calls of fn().
  template <typename Fn>
  int64_t CountCalls(Fn fn) {
    const int64_t before = disk.CallCount();
    fn();
    return disk.CallCount() - before;
  }
  void Remove() {
    if (disk.Exists("shop/a.snapshot")) disk.RemoveFile("shop/a.snapshot");
  }
};

// ---- Writing ---------------------------------------------------------------

TEST_F(SnapshotFaultsTest, EveryCallOfTheWriterFailsOnce) {
  const int64_t calls =
      CountCalls([&] { ASSERT_EQ(Write(), absl::OkStatus()); });
  ASSERT_GE(calls, 12);  // create, write and sync header, blocks, trailer
  for (int64_t nth = 1; nth <= calls; ++nth) {
    Remove();
    disk.FailCall(nth, EIO);
    const absl::Status status = Write();
    disk.ClearFaults();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable)
        << "call " << nth << ": " << status << "\n"
        << disk.Trace();
    EXPECT_THAT(status.message(), HasSubstr("shop/a.snapshot"));
  }
}

TEST_F(SnapshotFaultsTest, NothingIsWrittenAfterAFailedWrite) {
  disk.FailCall(Call::kWrite, 2, EIO);
  const int64_t syncs = disk.CallCount(Call::kSync);
  const int64_t writes = disk.CallCount(Call::kWrite);
  EXPECT_EQ(Write().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(disk.CallCount(Call::kSync), syncs + 1) << "the header's";
  EXPECT_EQ(disk.CallCount(Call::kWrite), writes + 2);
}

TEST_F(SnapshotFaultsTest, InterruptedCallsAreRepeated) {
  const int64_t calls =
      CountCalls([&] { ASSERT_EQ(Write(), absl::OkStatus()); });
  for (int64_t nth = 1; nth <= calls; ++nth) {
    Remove();
    disk.FailCall(nth, EINTR);
    EXPECT_EQ(Write(), absl::OkStatus()) << "call " << nth;
    disk.ClearFaults();
  }
  EXPECT_EQ(*Read(), RowsOf(newest()));
}

TEST_F(SnapshotFaultsTest, ShortWritesGoOn) {
  for (const size_t bytes : {1u, 512u, 4096u, 10000u}) {
    Remove();
    // Less than a sector gets a direct write nowhere, so it comes now and then.
    const bool lasting = bytes >= io::kSectorBytes;
    disk.ShortCall(Call::kWrite, 2, bytes, lasting);
    EXPECT_EQ(Write(), absl::OkStatus()) << bytes;
    disk.ClearFaults();
    EXPECT_EQ(*Read(), RowsOf(newest())) << bytes;
  }
}

TEST_F(SnapshotFaultsTest, AFullDiskIsNamed) {
  ASSERT_EQ(Write(), absl::OkStatus());
  const auto size = static_cast<int64_t>(disk.Bytes("shop/a.snapshot").size());
  for (int64_t capacity = 0; capacity < size; capacity += size / 20) {
    Remove();
    disk.SetCapacity(disk.UsedBytes() + capacity);
    const absl::Status status = Write();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(status.message(), HasSubstr("shop/a.snapshot"));
  }
  Remove();
  disk.SetCapacity(disk.UsedBytes() + size);
  EXPECT_EQ(Write(), absl::OkStatus());
}

TEST_F(SnapshotFaultsTest, BytesAreDurableWhenItReturns) {
  ASSERT_EQ(Write(), absl::OkStatus());
  ASSERT_EQ(folder.Sync(), absl::OkStatus());  // the name is the caller's
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const disk::DiskImage left = disk.AfterCut(seed);
    EXPECT_EQ(left.files.at("/shop/a.snapshot"), disk.Bytes("shop/a.snapshot"));
  }
}

// Else commits beside the snapshot wait until the disk has stored all of them.
TEST_F(SnapshotFaultsTest, EachBlockIsDurableBeforeTheNextIsWritten) {
  ASSERT_EQ(Write(), absl::OkStatus());
  const std::string whole = disk.Bytes("shop/a.snapshot");
  const SnapshotReader reader =
      SnapshotReader::Open(folder, kName, store).value();
  ASSERT_GE(reader.blocks().size(), 3u);
  for (size_t block = 0; block < reader.blocks().size(); ++block) {
    Remove();
    // The first write is the header's.
    disk.FailCall(Call::kWrite, static_cast<int64_t>(block) + 2, EIO);
    EXPECT_EQ(Write().code(), absl::StatusCode::kUnavailable);
    disk.ClearFaults();
    ASSERT_EQ(folder.Sync(), absl::OkStatus());
    const auto before = static_cast<size_t>(reader.OffsetOf(block));
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      const std::string left = disk.AfterCut(seed).files.at("/shop/a.snapshot");
      EXPECT_TRUE(left.substr(0, before) == whole.substr(0, before))
          << "block " << block << ", seed " << seed;
    }
  }
}

TEST_F(SnapshotFaultsTest, ATakenNameIsLeftAlone) {
  disk.SetBytes("shop/a.snapshot", "precious");
  EXPECT_EQ(Write().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(disk.Bytes("shop/a.snapshot"), "precious");
}

TEST_F(SnapshotFaultsTest, ACancelledOneEnds) {
  cancelled = true;
  EXPECT_EQ(Write().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(disk.OpenDescriptors(), 1);  // the folder
}

TEST_F(SnapshotFaultsTest, TheEpochIsLeftAfterEveryOutcome) {
  table::ViewSlot* view = OpenView();
  EXPECT_EQ(Write(*view), absl::OkStatus());
  EXPECT_EQ(view->guard.load(), 0u);
  EXPECT_EQ(Write(*view).code(), absl::StatusCode::kAlreadyExists);
  Remove();
  disk.FailCall(Call::kWrite, 2, EIO);
  EXPECT_EQ(Write(*view).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(view->guard.load(), 0u);
  CloseView(view);
}

// ---- Damage in memory ------------------------------------------------------

TEST_F(SnapshotFaultsTest, RowsThatWereDamagedInMemoryAreNotWrittenAsGood) {
  const auto expect_refused = [&](const char* what) {
    const absl::Status status = Write();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << what;
    EXPECT_THAT(status.message(), HasSubstr("shop/a.snapshot")) << what;
    EXPECT_FALSE(Read().ok()) << what;
    Remove();
  };
  table::BarcodeRow& barcode = tables->barcodes.rows[BarcodeSlot(1)];
  table::OrderRow& order = tables->orders.rows[OrderSlot(1)];
  table::CustomerRow& customer = tables->customers.rows[CustomerSlot(1)];

  barcode.created_at ^= 1;
  expect_refused("created_at");
  barcode.created_at ^= 1;
  barcode.word ^= table::BarcodeRow::kUsedBit;
  expect_refused("used bit");
  barcode.word ^= table::BarcodeRow::kUsedBit;
  const_cast<char&>(barcode.text.Get(tables->text)[3]) ^= 1;
  expect_refused("value");
  const_cast<char&>(barcode.text.Get(tables->text)[3]) ^= 1;
  order.word ^= 1;
  expect_refused("customer of an order");
  order.word ^= 1;
  customer.email_size ^= 1;
  expect_refused("end of an email");
  customer.email_size ^= 1;
  customer.id ^= 64;
  expect_refused("id");
  customer.id ^= 64;
  const uint32_t slot = tables->orders.ids[2].slot.exchange(0);
  expect_refused("a row that is lost");
  tables->orders.ids[2].slot = slot;

  EXPECT_EQ(Write(), absl::OkStatus());
}

TEST_F(SnapshotFaultsTest, ADescriptionOfAnotherStateIsNotWritten) {
  table::ViewSlot* view = OpenView();
  const Description good = DescriptionOf(*view);
  const auto write = [&](const Description& description) {
    Remove();
    return WriteSnapshot(folder, kName, description, *tables, *view, cancelled)
        .code();
  };
  Description other = good;
  ++other.counts.unassigned_barcodes;
  EXPECT_EQ(write(other), absl::StatusCode::kDataLoss);
  other = good;
  ++other.digests.orders;
  EXPECT_EQ(write(other), absl::StatusCode::kDataLoss);
  other = good;
  other.next_barcode_id = 20;
  EXPECT_EQ(write(other), absl::StatusCode::kDataLoss);
  EXPECT_EQ(write(good), absl::StatusCode::kOk);
  CloseView(view);
}

// ---- Reading ---------------------------------------------------------------

TEST_F(SnapshotFaultsTest, EveryCallOfTheReaderFailsOnce) {
  ASSERT_EQ(Write(), absl::OkStatus());
  const int64_t calls =
      CountCalls([&] { ASSERT_EQ(Read().status(), absl::OkStatus()); });
  ASSERT_GE(calls, 8);  // open, size, header, trailer, headers, blocks
  for (int64_t nth = 1; nth <= calls; ++nth) {
    disk.FailCall(nth, EIO);
    const absl::Status status = Read().status();
    disk.ClearFaults();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss)
        << "call " << nth << ": " << status;
    EXPECT_THAT(status.message(), HasSubstr("shop/a.snapshot at offset "));
  }
}

TEST_F(SnapshotFaultsTest, ShortReadsGoOn) {
  ASSERT_EQ(Write(), absl::OkStatus());
  for (const size_t bytes : {7u, 512u, 4096u}) {
    disk.ShortCall(Call::kRead, 1, bytes, /*lasting=*/true);
    EXPECT_EQ(*Read(), RowsOf(newest())) << bytes;
    disk.ClearFaults();
  }
}

TEST_F(SnapshotFaultsTest, AMissingFileIsNotFound) {
  const absl::Status status = Read().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("shop/a.snapshot"));
}

TEST_F(SnapshotFaultsTest, AFileThatShrinksIsDataLoss) {
  ASSERT_EQ(Write(), absl::OkStatus());
  const SnapshotReader reader =
      SnapshotReader::Open(folder, kName, store).value();
  disk.TruncateFile("shop/a.snapshot", 8192);
  BlockMemory memory;
  RowBlock block;
  const absl::Status status =
      reader.ReadBlock(reader.blocks().size() - 1, memory, block);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(status.message(), HasSubstr("shop/a.snapshot"));
}

}  // namespace
}  // namespace orderstore::snapshot
