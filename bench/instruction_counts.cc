// How many instructions the store's hot paths take: a figure that noise does
// not move, for developers of the store.
//
//   instruction_counts [--folder=DIR] [--quick] > FILE.json
//
// Prints what bench/compare reads and, in a folder DIR/store, bench/report.
// Stores in a folder are put in a fresh one in DIR (default: beside this
// program), which is removed at the end. With --quick so few are counted of
// each work that the figures say little: for a test of this program.
//
// Needs neither a performance counter nor an emulator: the program starts
// itself as a child and goes through it instruction by instruction (ptrace(2),
// PTRACE_SINGLESTEP) from one mark to the next, with the threads that the child
// starts meanwhile. What the kernel does counts as one instruction; repetitions
// of a string instruction as many as there are.

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkout_input.h"
#include "checks.h"
#include "durable_store.h"
#include "fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"
#include "subjects/store_subject.h"
#include "workload.h"

namespace orderstore::bench {
namespace {

// ---- Counting --------------------------------------------------------------

// Where the parent leaves the count of the last region, for the child.
std::atomic<int64_t>* shared_count = nullptr;

// Goes through `child` until it ends, and returns its exit status.
int Trace(pid_t child) {
  bool is_counting = false;
  int64_t count = 0;
  const auto resume = [&](pid_t thread, int signal) {
    ptrace(is_counting ? PTRACE_SINGLESTEP : PTRACE_CONT, thread, nullptr,
           signal);
  };
  for (;;) {
    int status = 0;
    const pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) Fail("the child cannot be waited for");
    if (!WIFSTOPPED(status)) {
      if (thread == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
      continue;
    }
    switch (WSTOPSIG(status)) {
      case SIGUSR1:
        is_counting = true;
        count = 0;
        resume(thread, 0);
        break;
      case SIGUSR2:
        is_counting = false;
        *shared_count = count;
        resume(thread, 0);
        break;
      case SIGTRAP:
        count += is_counting && status >> 16 == 0;
        resume(thread, 0);
        break;
      case SIGSTOP:  // of a new thread
        resume(thread, 0);
        break;
      default:
        resume(thread, WSTOPSIG(status));
    }
  }
}

// Instructions of work(), and of the marks around it.
template <typename Work>
int64_t CountWithMarks(Work&& work) {
  Require(raise(SIGUSR1) == 0, "no mark");
  work();
  Require(raise(SIGUSR2) == 0, "no mark");
  return *shared_count;
}

template <typename Work>
double Count(Work&& work) {
  static const int64_t marks = CountWithMarks([] {});
  return static_cast<double>(CountWithMarks(work) - marks);
}

// ---- Works -----------------------------------------------------------------

constexpr int32_t kCustomers = 1'000;

// How many are counted of each work.
struct Amounts {
  size_t lookups = 500;
  size_t sales = 500;
  // Of the stores whose files are written and read; 0: it has no files.
  int32_t small_customers = 50;
  int32_t large_customers = 150;
};
constexpr Amounts kQuick = {
    .lookups = 5, .sales = 3, .small_customers = 0, .large_customers = 8};

class Report {
 public:
  void Add(std::string_view work, int32_t customers, double instructions) {
    text_ += text_.empty() ? "" : ",";
    text_ += "\n  {\"name\": \"instructions/" + std::string(work) + "/store/" +
             std::to_string(customers) +
             "\", \"run_type\": \"iteration\", \"iterations\": 1, "
             "\"time_unit\": \"ns\", \"real_time\": " +
             std::to_string(instructions) +
             ", \"instructions\": " + std::to_string(instructions) + "}";
  }
  void Print() const {
    std::printf("{\"context\": {}, \"benchmarks\": [%s\n]}\n", text_.c_str());
  }

 private:
  std::string text_;
};

// Per call of one(i), of `n`, after as many that warm up.
template <typename One>
double CountEach(size_t n, One&& one) {
  for (size_t i = 0; i < n; ++i) one(i);
  const double count = Count([&] {
    for (size_t i = n; i < 2 * n; ++i) one(i);
  });
  return count / static_cast<double>(n);
}

void CountReads(const Workload& data, const StoreSubject& subject, size_t n,
                Report& report) {
  const TextColumn& values = data.queries().barcode_values;
  const TextColumn& emails = data.queries().emails;
  const auto add = [&](std::string_view work, double instructions) {
    report.Add(work, kCustomers, instructions);
  };
  add("view", CountEach(n, [&](size_t) { (void)subject.View(); }));
  const ReadView view = subject.View();
  size_t found = 0;
  add("barcode_by_value", CountEach(n, [&](size_t i) {
        found += view.FindBarcodeByValue(values[i]).has_value();
      }));
  add("customer_by_email", CountEach(n, [&](size_t i) {
        found += view.FindCustomerByEmail(emails[i]).has_value();
      }));
  Require(found == 4 * n, "not all were found");
}

// Instructions of each sale.
struct Sales {
  std::vector<double> checkouts;
  std::vector<double> redemptions;
};

// Of each of `n`, after as many that warm up.
template <typename One>
std::vector<double> CountOneByOne(StoreSubject& subject, size_t n, One&& one) {
  std::vector<double> counts;
  for (size_t i = 0; i < 2 * n; ++i) {
    // Else some sales would free the memory of what was not durable when others
    // were done, by the speed of the disk.
    Require(subject.store().Sync().status());
    if (i < n) {
      one(i);
    } else {
      counts.push_back(Count([&] { one(i); }));
    }
  }
  return counts;
}

// By the thread that sells; others that the store has had before the marks are
// not looked at.
Sales CountSales(const Workload& data, StoreSubject& subject, size_t n) {
  const CheckoutInput input(data, kSaleNumber, 0, 2 * n);
  return {
      .checkouts = CountOneByOne(
          subject, n,
          [&](size_t i) { subject.Checkout(input.buyer(i), input.values(i)); }),
      .redemptions = CountOneByOne(
          subject, n, [&](size_t i) { subject.Redeem(data.redeemable()[i]); })};
}

double Mean(const std::vector<double>& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0) /
         static_cast<double>(counts.size());
}

// By how much each of the same sales takes more in one store than in another,
// the median: each store hashes in a way of its own, so that some sales split a
// segment of an index in one of them alone, which takes more than all else.
double MedianMore(const std::vector<double>& counts,
                  const std::vector<double>& than) {
  std::vector<double> more;
  for (size_t i = 0; i < counts.size(); ++i) {
    more.push_back(counts[i] - than[i]);
  }
  const auto middle = more.begin() + static_cast<ptrdiff_t>(more.size() / 2);
  std::nth_element(more.begin(), middle, more.end());
  return *middle;
}

// ---- Rows: the slope between two sizes, without what each opening costs. ----

struct Files {
  int64_t rows = 0;
  double snapshot = 0;  // instructions of writing it
  double from_snapshot = 0;
  double from_log = 0;
};

// With a log that is not much longer than its rows: opening looks at all of it.
Options SmallSegments() {
  Options options = DurableOptions(Durability::kSync);
  options.segment_bytes = 64 << 10;
  return options;
}

double CountOpening(const std::string& folder) {
  return Count(
      [&] { Require(Store::OpenReadOnly(folder, SmallSegments()).status()); });
}

// Opening is counted when there is no writer: beside one, the log's next
// segment is there or not, and a file that changes meanwhile is looked at
// again, by the speed of the disk.
Files CountFiles(int32_t customers) {
  const Workload data(customers);
  const std::string folder = FreshPath("instructions");
  Files files{.rows = data.rows()};
  {
    StoreSubject subject(folder, SmallSegments());
    LoadAll(data, subject);
  }
  files.from_log = CountOpening(folder);
  {
    StoreSubject subject(folder, SmallSegments());
    files.snapshot =
        Count([&] { Require(subject.store().WriteSnapshot().status()); });
  }
  files.from_snapshot = CountOpening(folder);
  return files;
}

void CountRows(const Amounts& amounts, Report& report) {
  const Files small = amounts.small_customers > 0
                          ? CountFiles(amounts.small_customers)
                          : Files();
  const Files large = CountFiles(amounts.large_customers);
  const auto add = [&](std::string_view work, double Files::*count) {
    report.Add(work, amounts.large_customers,
               (large.*count - small.*count) /
                   static_cast<double>(large.rows - small.rows));
  };
  add("snapshot_row", &Files::snapshot);
  add("recovery_row_from_snapshot", &Files::from_snapshot);
  add("recovery_row_from_log", &Files::from_log);
}

int RunChild(const Amounts& amounts) {
  ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  Require(raise(SIGSTOP) == 0, "the child does not stop");
  Report report;
  const Workload data(kCustomers);
  Sales sales;
  {
    StoreSubject subject(/*huge_pages=*/false);
    LoadAll(data, subject);
    CountReads(data, subject, amounts.lookups, report);
    sales = CountSales(data, subject, amounts.sales);
  }
  report.Add("checkout", kCustomers, Mean(sales.checkouts));
  report.Add("redeem", kCustomers, Mean(sales.redemptions));
  {
    StoreSubject subject(FreshPath("instructions"),
                         DurableOptions(Durability::kAsync));
    LoadAll(data, subject);
    // What the log adds: the thread that commits encodes its record.
    const Sales logged = CountSales(data, subject, amounts.sales);
    report.Add("commit_encode", kCustomers,
               MedianMore(logged.checkouts, sales.checkouts));
  }
  CountRows(amounts, report);
  report.Print();
  RemoveScratchFolder();
  return 0;
}

// Takes --folder into GlobalSettings. Empty: there are other flags.
std::optional<Amounts> TakeFlags(std::span<char* const> arguments) {
  constexpr std::string_view kFolder = "--folder=";
  Amounts amounts;
  for (std::string_view argument : arguments) {
    if (argument.starts_with(kFolder)) {
      GlobalSettings().folder = argument.substr(kFolder.size());
    } else if (argument == "--quick") {
      amounts = kQuick;
    } else {
      return std::nullopt;
    }
  }
  return amounts;
}

int Main(int argc, char** argv) {
  const std::optional<Amounts> amounts = TakeFlags({argv + 1, argv + argc});
  if (!amounts) {
    std::fputs(
        "usage: instruction_counts [--folder=DIR] [--quick] > FILE.json\n",
        stderr);
    return 2;
  }
  void* const page = mmap(nullptr, sizeof *shared_count, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Require(page != MAP_FAILED, "no shared page");
  shared_count = static_cast<std::atomic<int64_t>*>(page);
  // The parent's step and the child's take turns: on one processor that is ten
  // times as fast.
  PinThisThread(1);
  const pid_t child = fork();
  Require(child >= 0, "cannot fork");
  if (child == 0) return RunChild(*amounts);
  int status = 0;
  Require(waitpid(child, &status, 0) == child && WIFSTOPPED(status),
          "the child cannot be traced");
  constexpr auto kOptions = PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
  Require(ptrace(PTRACE_SETOPTIONS, child, nullptr, kOptions) == 0,
          "the child cannot be traced");
  ptrace(PTRACE_CONT, child, nullptr, nullptr);
  return Trace(child);
}

}  // namespace
}  // namespace orderstore::bench

int main(int argc, char** argv) { return orderstore::bench::Main(argc, argv); }
