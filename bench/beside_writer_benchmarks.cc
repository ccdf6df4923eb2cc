// One reader beside one busy writer, each on a core of its own.
//
// Two cores that work at the same time slow each other down (shared caches,
// memory bandwidth) even if they share no data. So the baseline is "apart": the
// reader on store A beside the same writer on store B, an equal one. "Together"
// both work on A. The windows alternate within a repetition, and the ratios
// say what each side keeps.
//
//   reader  looks up random barcodes by value, copying rows; own_view: each in
//           a view of its own, as a gate would; one_view: all of a window in
//           one view, so that ever more rows are read from their old versions
//   writer  redeem: redeems or unredeems a random barcode; checkout: as the
//           checkout benchmark with new customers only
//
// The percentiles of the reader come from a third window, in which it reads the
// clock after each lookup.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "answers.h"
#include "benchmarks.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "pinning.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

constexpr int kBesideWriterRepetitions = 7;
constexpr auto kWindow = std::chrono::milliseconds(250);
constexpr uint64_t kFirstSale = kSaleNumber + 50'000'000;

// A writer on one store; it goes on where it stopped.
class BusyWriter {
 public:
  BusyWriter(const Workload& data, StoreSubject& subject, bool checkouts)
      : data_(data), subject_(subject), checkouts_(checkouts) {}

  // Makes what is needed for the next window, outside of it.
  void Prepare() {
    if (!checkouts_ || next_ + kPrepared / 2 < emails_.size()) return;
    for (size_t i = 0; i < kPrepared; ++i) {
      const uint64_t number = kFirstSale + emails_.size();
      emails_.Append(EmailNumber(number));
      for (uint64_t j = 0; j < 3; ++j) {
        values_.Append(BarcodeValueNumber(kFirstSale + values_.size()));
      }
    }
  }

  void Step() {
    if (checkouts_) {
      // More than were prepared: the writer is faster than foreseen.
      Require(next_ < emails_.size(), "out of checkouts");
      const std::array<std::string_view, 3> values = {
          values_[next_ * 3], values_[next_ * 3 + 1], values_[next_ * 3 + 2]};
      subject_.Checkout({emails_[next_], "Visitor"}, values);
    } else {
      const TextColumn& tickets = data_.redeemable();
      const std::string_view value = tickets[next_ % tickets.size()];
      if (next_ / tickets.size() % 2 == 0) {
        subject_.Redeem(value);
      } else {
        subject_.Unredeem(value);
      }
    }
    ++next_;
  }

 private:
  static constexpr size_t kPrepared = 500'000;

  const Workload& data_;
  StoreSubject& subject_;
  const bool checkouts_;
  TextColumn emails_;
  TextColumn values_;
  size_t next_ = 0;
};

// A reader on one store.
class GateReader {
 public:
  GateReader(const Workload& data, const StoreSubject& subject, bool own_views)
      : keys_(data.queries().barcode_values),
        subject_(subject),
        own_views_(own_views) {}

  void Open() {
    if (!own_views_) view_.emplace(subject_.View());
  }
  void Step() {
    if (own_views_) {
      Look(subject_.View());
    } else {
      Look(*view_);
    }
    ++next_;
  }
  void Close() { view_.reset(); }

 private:
  void Look(const ReadView& view) {
    const std::optional<Barcode> row =
        view.FindBarcodeByValue(keys_[next_ % Queries::kSize]);
    Require(row.has_value(), "a barcode is gone");
    sum_.Add(*row);
    benchmark::DoNotOptimize(sum_);
  }

  const TextColumn& keys_;
  const StoreSubject& subject_;
  const bool own_views_;
  std::optional<ReadView> view_;
  size_t next_ = 0;
  AnswerSum sum_;
};

struct Rates {
  double reader = 0;  // lookups a second
  double writer = 0;  // transactions a second
};

// Two threads that start and stop together.
class Window {
 public:
  // Calls `read` and `write` over and over, each in its own thread, for the
  // time of a window.
  template <typename Read, typename Write>
  Rates Run(Read&& read, Write&& write) {
    Rates rates;
    std::thread writer([&] { rates.writer = Loop(0, write); });
    std::thread reader([&] { rates.reader = Loop(1, read); });
    std::this_thread::sleep_for(kWindow);
    stop_.store(true, std::memory_order_relaxed);
    writer.join();
    reader.join();
    return rates;
  }

 private:
  template <typename Step>
  double Loop(unsigned core, Step&& step) {
    PinThisThread(core);
    ready_.fetch_add(1, std::memory_order_relaxed);
    while (ready_.load(std::memory_order_relaxed) < 2) {
    }
    const auto start = std::chrono::steady_clock::now();
    int64_t steps = 0;
    // Only a hint to end: nothing is published by it.
    while (!stop_.load(std::memory_order_relaxed)) {
      step();
      ++steps;
    }
    return static_cast<double>(steps) /
           std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
               .count();
  }

  alignas(64) std::atomic<int> ready_ = 0;
  alignas(64) std::atomic<bool> stop_ = false;
};

Rates RunBeside(GateReader& reader, BusyWriter& writer) {
  writer.Prepare();
  reader.Open();
  const Rates rates =
      Window().Run([&] { reader.Step(); }, [&] { writer.Step(); });
  reader.Close();
  return rates;
}

LatencyHistogram TimeReader(GateReader& reader, BusyWriter& writer) {
  LatencyHistogram latencies;
  writer.Prepare();
  reader.Open();
  std::optional<Stopwatch> watch;
  Window().Run(
      [&] {
        if (!watch) watch.emplace();
        reader.Step();
        latencies.Record(watch->LapNs());
      },
      [&] { writer.Step(); });
  reader.Close();
  return latencies;
}

struct TwoStores {
  explicit TwoStores(const Workload& data)
      : a(GlobalSettings().huge_pages), b(GlobalSettings().huge_pages) {
    LoadAll(data, a);
    LoadAll(data, b);
  }
  StoreSubject a;
  StoreSubject b;
};

// Kept for all benchmarks with this writer.
struct Scene {
  Scene(const Workload& data, bool checkouts)
      : stores(data),
        writer_a(data, stores.a, checkouts),
        writer_b(data, stores.b, checkouts) {}
  TwoStores stores;
  BusyWriter writer_a;
  BusyWriter writer_b;
};

Scene& SceneFor(int32_t customers, bool checkouts) {
  static auto& scenes =
      *new std::map<std::pair<int32_t, bool>, std::unique_ptr<Scene>>;
  auto& scene = scenes[{customers, checkouts}];
  if (scene == nullptr) {
    scene = std::make_unique<Scene>(WorkloadFor(customers), checkouts);
  }
  return *scene;
}

void BesideWriter(benchmark::State& state, int32_t customers, bool own_views,
                  bool checkouts) {
  Scene& scene = SceneFor(customers, checkouts);
  GateReader reader(WorkloadFor(customers), scene.stores.a, own_views);
  Rates apart;
  Rates together;
  for (auto _ : state) {
    for (int i = 0; i < 2; ++i) {
      const Rates first = RunBeside(reader, scene.writer_b);
      const Rates second = RunBeside(reader, scene.writer_a);
      apart.reader += first.reader / 2;
      apart.writer += first.writer / 2;
      together.reader += second.reader / 2;
      together.writer += second.writer / 2;
    }
    state.SetIterationTime(std::chrono::duration<double>(4 * kWindow).count());
  }
  const LatencyHistogram latencies = TimeReader(reader, scene.writer_a);
  state.counters["reader_ratio"] = together.reader / apart.reader;
  state.counters["writer_ratio"] = together.writer / apart.writer;
  state.counters["reader_per_second_apart"] = apart.reader;
  state.counters["reader_per_second"] = together.reader;
  state.counters["writer_per_second_apart"] = apart.writer;
  state.counters["writer_per_second"] = together.writer;
  ReportLatencies(latencies, state, "reader_");
}

}  // namespace

void RegisterBesideWriter(int32_t customers) {
  for (bool checkouts : {false, true}) {
    for (bool own_views : {true, false}) {
      const std::string work =
          std::string("beside_writer_") + (checkouts ? "checkout" : "redeem");
      benchmark::RegisterBenchmark(
          BenchmarkName(work, own_views ? "own_view" : "one_view",
                        StoreSubject::kName, customers)
              .c_str(),
          [=](benchmark::State& state) {
            BesideWriter(state, customers, own_views, checkouts);
          })
          ->Iterations(1)
          ->Repetitions(kBesideWriterRepetitions)
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime();
    }
  }
}

}  // namespace orderstore::bench
