// Commits, group commit, snapshots, backups and read views of one store on disk
// at once; made for ThreadSanitizer.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "store/folder_test.h"

namespace orderstore {
namespace {

class DurableConcurrencyTest : public FolderTest {
 protected:
  // An order with two barcodes, again and again.
  void Sell(int thread, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const std::string name = std::to_string(thread) + "-" + std::to_string(i);
      const absl::StatusOr<Lsn> lsn =
          store_->Transact([&](Transaction& txn) -> absl::Status {
            const auto customer = txn.FindOrCreateCustomer(
                std::to_string(thread) + "@example.com", "name");
            if (!customer.ok()) return customer.status();
            const auto order = txn.InsertOrder({.customer_id = *customer});
            if (!order.ok()) return order.status();
            for (const char* which : {"a", "b"}) {
              const absl::Status status =
                  txn.InsertBarcode({.value = name + which, .order_id = *order})
                      .status();
              if (!status.ok()) return status;
            }
            return absl::OkStatus();
          });
      ASSERT_THAT(lsn, IsOk());
      ASSERT_GE(store_->durable_lsn(), *lsn);
    }
  }

  // A view shows whole transactions, all of them durable, and never older ones
  // than a view before.
  void Watch() {
    Lsn newest = 0;
    while (selling_) {
      const ReadView view = store_->OpenReadView();
      ASSERT_GE(view.lsn(), newest);
      newest = view.lsn();
      ASSERT_LE(newest, store_->durable_lsn());
      const Counts counts = view.Counts();
      ASSERT_EQ(counts.orders, static_cast<int64_t>(newest));
      ASSERT_EQ(counts.barcodes, 2 * counts.orders);
    }
  }

  std::atomic<bool> selling_ = true;
};

TEST_F(DurableConcurrencyTest, CommitsSnapshotsBackupsAndViewsGoTogether) {
  constexpr int kSellers = 3;
  const int64_t sales = Scaled(2000) + 20;
  Options options = AnyOptions();
  options.snapshot_log_bytes = 64 << 10;
  Open(options);
  std::vector<std::thread> sellers;
  std::vector<std::thread> others;
  for (int i = 0; i < kSellers; ++i) {
    sellers.emplace_back([=, this] { Sell(i, sales); });
  }
  for (int i = 0; i < 2; ++i) others.emplace_back([this] { Watch(); });
  others.emplace_back([this] {
    for (int i = 0; selling_ && i < 5; ++i) {
      EXPECT_THAT(store_->Backup("/copy" + std::to_string(i)), IsOk());
      EXPECT_THAT(store_->WriteSnapshot(), IsOk());
    }
  });
  for (std::thread& seller : sellers) seller.join();
  selling_ = false;
  for (std::thread& other : others) other.join();
  EXPECT_THAT(store_->Check(), IsOk());
  Crash();
  Open();
  EXPECT_EQ(store_->Stats().lsn, static_cast<Lsn>(kSellers * sales));
  EXPECT_THAT(store_->Check(), IsOk());
}

}  // namespace
}  // namespace orderstore
