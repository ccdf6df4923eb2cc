// Stores in folders of the scratch folder, for benchmarks of durability: loaded
// with the data set, and proven whole at the end.

#ifndef ORDERSTORE_BENCH_DURABLE_STORE_H_
#define ORDERSTORE_BENCH_DURABLE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "checkout_input.h"
#include "orderstore/options.h"
#include "orderstore/records.h"
#include "subjects/store_subject.h"
#include "workload.h"

namespace orderstore::bench {

// No snapshots but those that are asked for.
Options DurableOptions(Durability durability);

class DurableStore {
 public:
  // With the data set in it, durably.
  DurableStore(std::string_view name, const Workload& data,
               const Options& options);

  StoreSubject& subject() { return *subject_; }
  Store& store() { return subject_->store(); }
  const std::string& folder() const { return folder_; }
  const Workload& data() const { return data_; }

  // The input of `n` checkouts that were not given before.
  CheckoutInput NextCheckouts(size_t n);
  // Redeems the next barcode in a random order, or, every other time through
  // them all, makes it unused again.
  void RedeemNext();

  // Makes all durable, closes the store, opens it again and compares.
  void CheckReopened();

 private:
  const Workload& data_;
  const Options options_;
  const std::string folder_;
  std::unique_ptr<StoreSubject> subject_;
  uint64_t checkouts_ = 0;
  size_t redemptions_ = 0;
};

// The store of this name and size, made when it is first asked for, kept to the
// end of the process.
DurableStore& DurableStoreFor(std::string_view name, int32_t customers,
                              const Options& options);
// CheckReopened of all that there are, which then go.
void CheckDurableStores();

// What a store is compared by.
struct Contents {
  static Contents Of(const Store& store);
  friend bool operator==(const Contents&, const Contents&) = default;

  Lsn lsn = 0;
  Counts counts;
  Digests digests;
};

// ---- Files ----

// Bytes of the log in use: up to the last one that is not zero in each of its
// files, in sectors of 4 KiB.
int64_t LogBytes(const std::string& folder);
// The size of the newest snapshot.
int64_t SnapshotBytes(const std::string& folder);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_DURABLE_STORE_H_
