// What tests of stores with a folder share: a simulated disk, a store on it,
// and verbs.

#ifndef ORDERSTORE_TESTS_STORE_FOLDER_TEST_H_
#define ORDERSTORE_TESTS_STORE_FOLDER_TEST_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "disk/gated_disk.h"
#include "disk/simulated_disk.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "store/open_store.h"
#include "store/test_store.h"

namespace orderstore {

class FolderTest : public testing::Test {
 protected:
  static constexpr char kFolder[] = "/shop";

  // Small segments, and snapshots when asked only.
  static Options AnyOptions(Durability durability = Durability::kSync) {
    Options options;
    options.durability = durability;
    options.segment_bytes = 16 << 10;
    options.snapshot_interval = std::chrono::seconds(0);
    options.snapshot_log_bytes = 0;
    // Nothing is flushed for its age.
    options.async_delay_max = std::chrono::hours(1);
    return options;
  }

  absl::StatusOr<std::unique_ptr<Store>> TryOpen(
      const Options& options = AnyOptions(),
      const std::string& folder = kFolder) {
    return store::OpenStore::Open(disk_, folder, options);
  }
  absl::StatusOr<std::unique_ptr<Store>> TryOpenReadOnly() {
    return store::OpenStore::OpenReadOnly(disk_, kFolder, AnyOptions());
  }
  void Open(const Options& options = AnyOptions()) {
    store_ = TryOpen(options).value();
  }
  void Reopen(const Options& options = AnyOptions()) {
    store_.reset();
    Open(options);
  }
  // The power goes off, and nothing that was not durable survives.
  void Crash() {
    disk_.CutPower();
    store_.reset();
    disk_.Restart(disk::Survival::kNothing);
  }

  static absl::Status Insert(Transaction& txn, std::string_view value) {
    return txn.InsertBarcode({.value = value}).status();
  }
  absl::StatusOr<Lsn> TryPut(std::string_view value, Durability durability) {
    absl::StatusOr<Transaction> txn = store_->Begin();
    if (!txn.ok()) return txn.status();
    if (absl::Status status = Insert(*txn, value); !status.ok()) return status;
    return txn->Commit(durability);
  }
  Lsn Put(std::string_view value, Durability durability = Durability::kSync) {
    return TryPut(value, durability).value();
  }

  // Twenty transactions and the snapshots of LSN 12 and 18, of which the second
  // is damaged. Each transaction has a frame, each segment two of them.
  void PutSomeAndDamageTheNewestSnapshot() {
    Open();
    for (int i = 1; i <= 20; ++i) {
      Put("A" + std::to_string(i));
      if (i % 6 == 0) {
        ASSERT_THAT(store_->WriteSnapshot(), IsOk());
      }
    }
    store_.reset();
    disk_.FlipBit(std::string(kFolder) + "/" + kNewestSnapshot, 8 * 5000);
  }
  // Then LSN 15 cannot be read.
  void DamageTheLogBefore() {
    disk_.FlipBit("/shop/0000000008.log", 8 * (4096 + 80));
  }
  static constexpr char kNewestSnapshot[] = "00000000000000000018.snapshot";

  // Cuts the power at the nth change from now on of a commit on `disk` that has
  // some frames, in more than one segment: 200 barcodes.
  static void CutPowerInALargeCommit(disk::SimulatedDisk& disk, int64_t nth,
                                     Store& store) {
    disk.CutPowerAt(nth);
    store
        .Transact([](Transaction& txn) -> absl::Status {
          for (int i = 0; i < 200; ++i) {
            const std::string value = std::to_string(i) + std::string(200, 'x');
            if (absl::Status status = Insert(txn, value); !status.ok()) {
              return status;
            }
          }
          return absl::OkStatus();
        })
        .status()
        .IgnoreError();
    disk.CutPower();
  }

  bool Has(std::string_view value,
           ReadLevel level = ReadLevel::kDefault) const {
    const ReadView view = store_->OpenReadView(level);
    return view.FindBarcodeByValue(value).has_value();
  }
  int64_t Barcodes() const { return store_->OpenReadView().Counts().barcodes; }

  disk::GatedDisk disk_{/*seed=*/1};
  std::unique_ptr<Store> store_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_FOLDER_TEST_H_
