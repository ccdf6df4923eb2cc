// Opening a store that has the data set, its files not in the page cache.
//
//   snapshot, snapshot_compressed  the last thing that happened is a snapshot
//   log_of_checkouts               no snapshot; every order was a checkout of
//                                  its own, a transaction each
//   log_of_pages                   no snapshot; it was loaded in bulk, some
//                                  thousand rows a transaction
//
// Counters: the time by million rows, as a whole and of its parts, and of a
// bare loop that takes as much memory from the system; bytes of the files; the
// first read of every row afterwards.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmarks.h"
#include "checks.h"
#include "durable_store.h"
#include "fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"
#include "subjects/store_subject.h"
#include "touched_memory.h"

namespace orderstore::bench {
namespace {

constexpr int kReopenRepetitions = 5;

struct Variant {
  std::string_view name;
  bool checkouts;
  bool snapshot;
  bool compressed;
};
constexpr std::array<Variant, 4> kVariants = {{
    {"snapshot", false, true, false},
    {"snapshot_compressed", false, true, true},
    {"log_of_checkouts", true, false, false},
    {"log_of_pages", false, false, false},
}};

Options OptionsOf(const Variant& variant) {
  Options options = DurableOptions(Durability::kAsync);
  options.snapshot_compression = variant.compressed;
  return options;
}

// Sells the whole data set, order by order.
void SellEverything(const Workload& data, StoreSubject& subject) {
  std::vector<std::string_view> values;
  for (size_t i = 0; i < static_cast<size_t>(data.orders()); ++i) {
    const auto [first, end] = data.BarcodesOfOrder(i);
    values.clear();
    for (size_t row = first; row < end; ++row) {
      values.push_back(data.barcode_value(row));
    }
    const auto customer =
        static_cast<size_t>(data.order_customer(i).value()) - 1;
    subject.Checkout({data.email(customer), data.name(customer)}, values);
  }
}

// A closed store.
struct Closed {
  Closed(const Workload& data, const Variant& variant)
      : folder(FreshPath(variant.name)) {
    StoreSubject subject(folder, OptionsOf(variant));
    if (variant.checkouts) {
      SellEverything(data, subject);
    } else {
      LoadAll(data, subject);
    }
    Require(subject.store().Sync().status());
    if (variant.snapshot) {
      Require(subject.store().WriteSnapshot().status());
    }
    contents = Contents::Of(subject.store());
    memory_bytes = subject.store().Stats().memory_bytes;
    Require(subject.store().Close());
    bytes = variant.snapshot ? SnapshotBytes(folder) : LogBytes(folder);
  }

  const std::string folder;
  Contents contents;
  int64_t memory_bytes = 0;
  int64_t bytes = 0;  // of the files that are read
  bool checked = false;
};

Closed& ClosedFor(int32_t customers, const Variant& variant) {
  static auto& all = *new std::map<std::pair<int32_t, std::string_view>,
                                   std::unique_ptr<Closed>>;
  auto& closed = all[{customers, variant.name}];
  if (closed == nullptr) {
    closed = std::make_unique<Closed>(WorkloadFor(customers), variant);
  }
  return *closed;
}

// What the system alone takes for so much memory.
double SecondsOfNewPages(int64_t bytes) {
  const auto size = static_cast<size_t>(bytes);
  TouchFreeMemory(size, GlobalSettings().huge_pages);
  return TouchFreeMemory(size, GlobalSettings().huge_pages);
}

template <typename Rows>
int64_t CountRows(Rows&& rows) {
  int64_t count = 0;
  for (const auto& row : rows) {
    benchmark::DoNotOptimize(row);
    ++count;
  }
  return count;
}

// Returns how many there are.
int64_t ReadEveryRow(const ReadView& view) {
  return CountRows(view.Customers()) + CountRows(view.Orders()) +
         CountRows(view.Barcodes());
}

void Reopen(benchmark::State& state, int32_t customers,
            const Variant& variant) {
  const Unpinned unpinned;
  Closed& closed = ClosedFor(customers, variant);
  const auto rows = static_cast<double>(RowsIn(closed.contents.counts));
  state.counters["left_in_page_cache"] = DropFromPageCache(closed.folder);
  malloc_trim(0);
  const double touch_seconds = SecondsOfNewPages(closed.memory_bytes);
  std::optional<StoreSubject> subject;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    subject.emplace(closed.folder, OptionsOf(variant));
    state.SetIterationTime(SecondsSince(start));
  }
  const OpenReport& report = subject->store().open_report();
  Require((report.snapshot_lsn > 0) == variant.snapshot &&
              report.closed_cleanly && report.bad_snapshots.empty(),
          "a store was opened in another way");
  const auto start = std::chrono::steady_clock::now();
  const int64_t found = ReadEveryRow(subject->View());
  const double read_seconds = SecondsSince(start);
  Require(found == RowsIn(closed.contents.counts), "rows are missing");
  Require(Contents::Of(subject->store()) == closed.contents,
          "a reopened store differs");
  if (!std::exchange(closed.checked, true)) Require(subject->store().Check());
  const double millions = rows / 1e6;
  state.counters["seconds_a_million_rows"] =
      report.total_seconds.count() / millions;
  state.counters["snapshot_seconds_a_million_rows"] =
      report.snapshot_seconds.count() / millions;
  state.counters["replay_seconds_a_million_rows"] =
      report.replay_seconds.count() / millions;
  state.counters["first_read_seconds_a_million_rows"] = read_seconds / millions;
  state.counters["new_pages_seconds_a_million_rows"] = touch_seconds / millions;
  state.counters["file_bytes_a_row"] = static_cast<double>(closed.bytes) / rows;
  state.SetItemsProcessed(static_cast<int64_t>(rows));
}

}  // namespace

void RegisterReopening(int32_t customers) {
  for (const Variant& variant : kVariants) {
    benchmark::RegisterBenchmark(
        BenchmarkName("reopen", variant.name, StoreSubject::kName, customers)
            .c_str(),
        [=](benchmark::State& state) { Reopen(state, customers, variant); })
        ->Iterations(1)
        ->Repetitions(kReopenRepetitions)
        ->Unit(benchmark::kMillisecond)
        ->UseManualTime();
  }
}

}  // namespace orderstore::bench
