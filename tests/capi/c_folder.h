// What tests of the C API on stores with a folder share: a folder on disk, a
// store in it, and verbs.

#ifndef ORDERSTORE_TESTS_CAPI_C_FOLDER_H_
#define ORDERSTORE_TESTS_CAPI_C_FOLDER_H_

#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "capi/c_store.h"
#include "csv/test_folder.h"
#include "gtest/gtest.h"
#include "io/checksum.h"
#include "orderstore/c.h"

namespace orderstore {

class CFolderTest : public testing::Test {
 protected:
  // Small files, snapshots when asked only, and nothing flushed for its age.
  static std::vector<orderstore_option> Small(
      orderstore_durability durability = ORDERSTORE_SYNC) {
    return {{ORDERSTORE_OPTION_DURABILITY, durability},
            {ORDERSTORE_OPTION_SEGMENT_BYTES, 16 << 10},
            {ORDERSTORE_OPTION_SNAPSHOT_INTERVAL_S, 0},
            {ORDERSTORE_OPTION_SNAPSHOT_LOG_BYTES, 0},
            {ORDERSTORE_OPTION_ASYNC_DELAY_MAX_US, int64_t{3600} * 1'000'000}};
  }

  std::string Shop() const { return folder_ / "shop"; }

  // While none is open.
  void Open(const std::vector<orderstore_option>& options = Small()) {
    orderstore_t* opened = nullptr;
    ASSERT_THAT(orderstore_open(Shop().c_str(), options.data(), options.size(),
                                &opened),
                Works());
    store_.reset(opened);
  }
  void Close() { store_.reset(); }

  // A transaction of its own.
  static uint64_t PutIn(
      const StoreHandle& store, std::string_view value,
      orderstore_durability durability = ORDERSTORE_DURABILITY_DEFAULT) {
    orderstore_txn_t* begun = nullptr;
    EXPECT_THAT(orderstore_begin(store.get(), ORDERSTORE_NO_TIMEOUT, &begun),
                Works());
    const TxnHandle txn(begun);
    const orderstore_new_barcode row = CBarcode(value);
    EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
    uint64_t lsn = 0;
    EXPECT_THAT(orderstore_txn_commit(txn.get(), durability, &lsn), Works());
    return lsn;
  }
  uint64_t Put(std::string_view value) const { return PutIn(store_, value); }

  static int64_t BarcodesIn(const StoreHandle& store) {
    return store->store->OpenReadView().Counts().barcodes;
  }

  void WriteSnapshot() const {
    EXPECT_THAT(orderstore_write_snapshot(store_.get(), nullptr), Works());
  }

  // Of a file in the store's folder.
  void FlipByte(const std::string& name, size_t offset) const {
    std::string bytes = folder_.Get("shop/" + name);
    ASSERT_GT(bytes.size(), offset);
    bytes[offset] = static_cast<char>(bytes[offset] ^ 1);
    folder_.Put("shop/" + name, bytes);
  }

  // A store, closed, that a later version of the library wrote.
  void MakeOfAnotherFormat() {
    Open();
    Close();
    const std::string text = "orderstore store, format 9\n";
    char checksum[40];
    std::snprintf(checksum, sizeof checksum, "checksum %016" PRIx64 "\n",
                  io::Checksum(text));
    folder_.Put("shop/STORE", text + checksum);
  }

  const TestFolder folder_;
  StoreHandle store_;
};

// The names of what the store writes, for LSN and number 1 to 9.
inline std::string SnapshotFile(int lsn) {
  return "0000000000000000000" + std::to_string(lsn) + ".snapshot";
}
inline std::string SegmentFile(int number) {
  return "000000000" + std::to_string(number) + ".log";
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CAPI_C_FOLDER_H_
