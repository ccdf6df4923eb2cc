// How many instructions the store's hot paths take: a figure that noise does
// not move, for developers of the store.
//
//   instruction_counts [--folder=DIR] > FILE.json
//
// Prints what bench/compare reads and, in a folder DIR/store, bench/report.
// Stores in a folder are put in a fresh one in DIR (default: beside this
// program), which is removed at the end.
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

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
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
constexpr size_t kLookups = 500;
// Some split a segment of an index, which the store's own hash decides.
constexpr size_t kSales = 500;

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

void CountReads(const Workload& data, const StoreSubject& subject,
                Report& report) {
  const TextColumn& values = data.queries().barcode_values;
  const TextColumn& emails = data.queries().emails;
  const auto add = [&](std::string_view work, double instructions) {
    report.Add(work, kCustomers, instructions);
  };
  add("view", CountEach(kLookups, [&](size_t) { (void)subject.View(); }));
  const ReadView view = subject.View();
  size_t found = 0;
  add("barcode_by_value", CountEach(kLookups, [&](size_t i) {
        found += view.FindBarcodeByValue(values[i]).has_value();
      }));
  add("customer_by_email", CountEach(kLookups, [&](size_t i) {
        found += view.FindCustomerByEmail(emails[i]).has_value();
      }));
  Require(found == 4 * kLookups, "not all were found");
}

struct Sales {
  double checkout = 0;
  double redeem = 0;
};

// By the thread that sells; others that the store has had before the marks are
// not looked at.
Sales CountSales(const Workload& data, StoreSubject& subject) {
  const CheckoutInput input(data, kSaleNumber, 0, 2 * kSales);
  Sales sales;
  sales.checkout = CountEach(kSales, [&](size_t i) {
    subject.Checkout(input.buyer(i), input.values(i));
  });
  sales.redeem = CountEach(
      kSales, [&](size_t i) { subject.Redeem(data.redeemable()[i]); });
  return sales;
}

// ---- Rows: the slope between two sizes, without what each opening costs. ----

struct Files {
  int64_t rows = 0;
  double snapshot = 0;  // instructions of writing it
  double from_snapshot = 0;
  double from_log = 0;
};

// With a log that is not much longer than its rows: opening looks at all of it.
Options SmallSegments(Durability durability) {
  Options options = DurableOptions(durability);
  options.segment_bytes = 64 << 10;
  return options;
}

double CountOpening(const std::string& folder) {
  return Count([&] {
    Require(
        Store::OpenReadOnly(folder, SmallSegments(Durability::kSync)).status());
  });
}

Files CountFiles(int32_t customers) {
  const Workload data(customers);
  const std::string folder = FreshPath("instructions");
  StoreSubject subject(folder, SmallSegments(Durability::kAsync));
  LoadAll(data, subject);
  Require(subject.store().WaitDurable(subject.View().lsn()));
  Files files{.rows = data.rows()};
  files.from_log = CountOpening(folder);
  files.snapshot =
      Count([&] { Require(subject.store().WriteSnapshot().status()); });
  files.from_snapshot = CountOpening(folder);
  return files;
}

void CountRows(Report& report) {
  constexpr int32_t kSmall = 50;
  constexpr int32_t kLarge = 150;
  const Files small = CountFiles(kSmall);
  const Files large = CountFiles(kLarge);
  const auto add = [&](std::string_view work, double Files::*count) {
    report.Add(work, kLarge,
               (large.*count - small.*count) /
                   static_cast<double>(large.rows - small.rows));
  };
  add("snapshot_row", &Files::snapshot);
  add("recovery_row_from_snapshot", &Files::from_snapshot);
  add("recovery_row_from_log", &Files::from_log);
}

int RunChild() {
  ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  Require(raise(SIGSTOP) == 0, "the child does not stop");
  Report report;
  const Workload data(kCustomers);
  Sales sales;
  {
    StoreSubject subject(/*huge_pages=*/false);
    LoadAll(data, subject);
    CountReads(data, subject, report);
    sales = CountSales(data, subject);
  }
  report.Add("checkout", kCustomers, sales.checkout);
  report.Add("redeem", kCustomers, sales.redeem);
  {
    StoreSubject subject(FreshPath("instructions"),
                         DurableOptions(Durability::kAsync));
    LoadAll(data, subject);
    // What the log adds: the thread that commits encodes its record.
    const Sales logged = CountSales(data, subject);
    report.Add("commit_encode", kCustomers, logged.checkout - sales.checkout);
  }
  CountRows(report);
  report.Print();
  RemoveScratchFolder();
  return 0;
}

// Takes the flags into GlobalSettings. False: there are others.
bool TakeFlags(std::span<char* const> arguments) {
  constexpr std::string_view kFolder = "--folder=";
  for (std::string_view argument : arguments) {
    if (!argument.starts_with(kFolder)) return false;
    GlobalSettings().folder = argument.substr(kFolder.size());
  }
  return true;
}

int Main(int argc, char** argv) {
  if (!TakeFlags({argv + 1, argv + argc})) {
    std::fputs("usage: instruction_counts [--folder=DIR] > FILE.json\n",
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
  if (child == 0) return RunChild();
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
