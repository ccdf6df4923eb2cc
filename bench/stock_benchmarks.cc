// A stock of ten unassigned barcodes for every customer, taken one by one, each
// in a transaction, while a read view from before the first is held (or none,
// to compare). After every tenth of the stock, new views read the first page
// of 10 that is left. Both rates have to stay flat.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "benchmarks.h"
#include "checks.h"
#include "fixtures.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStockRepetitions = 3;
constexpr int kTenths = 10;
constexpr int kPages = 200'000;
constexpr int kBarcodesPerOrder = 4;

void AddStock(StoreSubject& subject, int32_t stock) {
  const NewCustomer customer{.email = "buyer@example.com", .name = "Buyer"};
  subject.LoadCustomers(std::span(&customer, 1));
  LoadInPages<NewOrder>(
      stock / kBarcodesPerOrder,
      [](size_t) { return NewOrder{.customer_id = CustomerId(1)}; },
      [&](const auto& page) { subject.LoadOrders(page); });
  TextColumn values;
  for (int32_t i = 0; i < stock; ++i) {
    values.Append(BarcodeValueNumber(static_cast<uint64_t>(i)));
  }
  LoadInPages<NewBarcode>(
      stock, [&](size_t i) { return NewBarcode{.value = values[i]}; },
      [&](const auto& page) { subject.LoadBarcodes(page); });
}

double NsEach(Clock::time_point start, int64_t n) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start)
             .count() /
         static_cast<double>(n);
}

// Takes barcodes first + 1 to first + n and returns the time of each.
double Take(StoreSubject& subject, int32_t first, int32_t n) {
  const auto start = Clock::now();
  for (int32_t i = first; i < first + n; ++i) {
    subject.TakeOne(OrderId(1 + i / kBarcodesPerOrder));
  }
  return NsEach(start, n);
}

// Reads the first page, which begins after `taken` barcodes, in a view each.
double ReadPages(const StoreSubject& subject, int32_t taken, int32_t stock) {
  std::array<Barcode, 10> page;
  const auto start = Clock::now();
  for (int i = 0; i < kPages; ++i) {
    const ReadView view = subject.View();
    const size_t n = view.ReadUnassignedBarcodes(BarcodeId(), page);
    Require(
        taken < stock ? n == 10 && page[0].id == BarcodeId(taken + 1) : n == 0,
        "a page of the wrong barcodes");
  }
  return NsEach(start, kPages);
}

void TakeStock(benchmark::State& state, int32_t stock, bool old_view_held) {
  for (auto _ : state) {
    StoreSubject subject(GlobalSettings().huge_pages);
    AddStock(subject, stock);
    std::optional<ReadView> old_view;
    if (old_view_held) old_view.emplace(subject.View());
    std::vector<double> take_ns;
    std::vector<double> page_ns;
    const int32_t tenth = stock / kTenths;
    for (int32_t i = 0; i < kTenths; ++i) {
      take_ns.push_back(Take(subject, i * tenth, tenth));
      page_ns.push_back(ReadPages(subject, (i + 1) * tenth, stock));
    }
    if (old_view) {
      Require(old_view->Counts().unassigned_barcodes == stock,
              "the old view has lost barcodes");
    }
    double total_ns = 0;
    for (int32_t i = 0; i < kTenths; ++i) {
      const std::string name = "tenth_" + std::to_string(i + 1);
      state.counters["take_ns_" + name] = take_ns[static_cast<size_t>(i)];
      state.counters["page_ns_" + name] = page_ns[static_cast<size_t>(i)];
      total_ns += take_ns[static_cast<size_t>(i)] * tenth;
    }
    // The empty page at the end is no page.
    page_ns.pop_back();
    state.counters["take_slowest_to_fastest"] =
        *std::max_element(take_ns.begin(), take_ns.end()) /
        *std::min_element(take_ns.begin(), take_ns.end());
    state.counters["page_slowest_to_fastest"] =
        *std::max_element(page_ns.begin(), page_ns.end()) /
        *std::min_element(page_ns.begin(), page_ns.end());
    state.SetIterationTime(total_ns * 1e-9);
  }
  state.SetItemsProcessed(state.iterations() * stock);
}

}  // namespace

void RegisterStock(int32_t customers) {
  for (bool old_view_held : {false, true}) {
    benchmark::RegisterBenchmark(
        BenchmarkName("stock", old_view_held ? "old_view_held" : "no_old_view",
                      StoreSubject::kName, customers)
            .c_str(),
        [=](benchmark::State& state) {
          TakeStock(state, customers * 10, old_view_held);
        })
        ->Iterations(1)
        ->Repetitions(kStockRepetitions)
        ->Unit(benchmark::kMillisecond)
        ->UseManualTime();
  }
}

}  // namespace orderstore::bench
