// How many bytes of log a checkout takes: one order with three barcodes, of a
// customer that exists. From the growth of the used part of the log's files.
//
//   batch  by many checkouts that one flush writes
//   lone   by one that is waited for: a sector

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks.h"
#include "checkout_input.h"
#include "checks.h"
#include "durable_store.h"
#include "fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

constexpr size_t kRecords = 100'000;

// A store whose sequences are as far as those of the data set, with customers
// as far up in it.
class RecordStore {
 public:
  explicit RecordStore(const Workload& data) : data_(data) {
    Options options = DurableOptions(Durability::kSync);
    options.async_delay_max = std::chrono::hours(1);
    options.async_bytes_max = options.segment_bytes;
    subject_ = std::make_unique<StoreSubject>(folder_, options);
    std::vector<NewCustomer> customers;
    for (int32_t i = 0; i < kCustomers; ++i) {
      const int32_t row = data.customers() - kCustomers + i;
      const auto at = static_cast<size_t>(row);
      customers.push_back({.email = data.email(at),
                           .name = data.name(at),
                           .id = CustomerId(row + 1)});
    }
    subject_->LoadCustomers(customers);
    const NewOrder order = {.customer_id = CustomerId(data.customers()),
                            .id = OrderId(data.orders())};
    subject_->LoadOrders({&order, 1});
    const NewBarcode barcode = {.value = data.barcode_value(0),
                                .id = BarcodeId(data.barcodes())};
    subject_->LoadBarcodes({&barcode, 1});
  }
  ~RecordStore() {
    subject_.reset();
    RemovePath(folder_);
  }
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  // Checkouts of random customers. Returns the bytes of log that they took.
  int64_t Sell(size_t n, Durability durability) {
    Random random(n);
    const int64_t before = LogBytes(folder_);
    subject_->CommitWith(durability);
    for (size_t i = 0; i < n; ++i) {
      std::array<std::string, kTickets> texts;
      for (std::string& text : texts) {
        text = BarcodeValueNumber(kSaleNumber + barcodes_++);
      }
      const auto row =
          static_cast<size_t>(data_.customers()) - 1 - random.Below(kCustomers);
      const std::array<std::string_view, kTickets> values = {texts[0], texts[1],
                                                             texts[2]};
      subject_->Checkout({data_.email(row), data_.name(row)}, values);
    }
    Require(subject_->store().Sync().status());
    Require(subject_->View().Counts().customers == kCustomers,
            "a customer is new");
    return LogBytes(folder_) - before;
  }

 private:
  static constexpr int32_t kCustomers = 1000;

  const Workload& data_;
  const std::string folder_ = FreshPath("records");
  std::unique_ptr<StoreSubject> subject_;
  uint64_t barcodes_ = 0;
};

void LogRecord(benchmark::State& state, int32_t customers, size_t n,
               Durability durability) {
  const Unpinned unpinned;
  RecordStore store(WorkloadFor(customers));
  int64_t bytes = 0;
  for (auto _ : state) bytes = store.Sell(n, durability);
  Require(n > 1 || bytes == 4096, "a lone commit takes more than a sector");
  state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(n);
}

void RegisterLogRecord(const char* variant, int32_t customers, size_t n,
                       Durability durability) {
  benchmark::RegisterBenchmark(
      BenchmarkName("log_record", variant, StoreSubject::kName, customers)
          .c_str(),
      [=](benchmark::State& state) {
        LogRecord(state, customers, n, durability);
      })
      ->Iterations(1)
      ->Repetitions(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void RegisterLogRecords(int32_t customers) {
  RegisterLogRecord("batch", customers, kRecords, Durability::kAsync);
  RegisterLogRecord("lone", customers, 1, Durability::kSync);
}

}  // namespace orderstore::bench
