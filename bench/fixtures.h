// What benchmarks share: the data set and the loaded subjects, each built when
// it is first asked for and kept to the end of the process, so that setting up
// a million customers is paid once.

#ifndef ORDERSTORE_BENCH_FIXTURES_H_
#define ORDERSTORE_BENCH_FIXTURES_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "answers.h"
#include "orderstore/records.h"
#include "workload.h"

namespace orderstore::bench {

// How the process was asked to run; set once by main.
struct Settings {
  std::vector<int32_t> customers = {100'000, 1'000'000};
  bool huge_pages = true;
  // Where the scratch folder is made; empty: beside this program.
  std::string folder;
  // The file of the answers book; empty: it is not kept.
  std::string answers;
};
Settings& GlobalSettings();

inline double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

const Workload& WorkloadFor(int32_t customers);

inline int64_t RowsIn(const Counts& counts) {
  return counts.customers + counts.orders + counts.barcodes;
}

// Calls load(first, rows) for pages of rows made by make(i), i below n.
template <typename Row, typename Make, typename Load>
void LoadInPages(int32_t n, Make&& make, Load&& load) {
  constexpr size_t kPage = 4096;
  std::vector<Row> page;
  page.reserve(kPage);
  for (size_t i = 0; i < static_cast<size_t>(n);) {
    const size_t end = std::min(i + kPage, static_cast<size_t>(n));
    page.clear();
    for (; i < end; ++i) page.push_back(make(i));
    load(page);
  }
}

// Bulk load of accepted rows: all of `data`, in id order.
template <typename Subject>
void LoadAll(const Workload& data, Subject& subject) {
  LoadInPages<NewCustomer>(
      data.customers(),
      [&](size_t i) {
        return NewCustomer{.email = data.email(i), .name = data.name(i)};
      },
      [&](const auto& page) { subject.LoadCustomers(page); });
  LoadInPages<NewOrder>(
      data.orders(),
      [&](size_t i) { return NewOrder{.customer_id = data.order_customer(i)}; },
      [&](const auto& page) { subject.LoadOrders(page); });
  LoadInPages<NewBarcode>(
      data.barcodes(),
      [&](size_t i) {
        const OrderId order = data.barcode_order(i);
        return NewBarcode{
            .value = data.barcode_value(i),
            .order_id = order.valid() ? std::optional(order) : std::nullopt,
            .is_used = data.barcode_used(i)};
      },
      [&](const auto& page) { subject.LoadBarcodes(page); });
}

// Counts and ranking of a subject, which any wrong row is likely to change.
template <typename Subject>
AnswerSum Analytics(const Subject& subject) {
  AnswerSum sum;
  const auto& view = subject.View();
  sum.Add(view.Counts());
  for (const CustomerTickets& line : view.TopCustomers(100)) sum.Add(line);
  return sum;
}

// A loaded subject that no benchmark changes.
template <typename Subject>
const Subject& Loaded(int32_t customers) {
  static auto& subjects = *new std::map<int32_t, std::unique_ptr<Subject>>;
  std::unique_ptr<Subject>& subject = subjects[customers];
  if (subject == nullptr) {
    subject = std::make_unique<Subject>(GlobalSettings().huge_pages);
    LoadAll(WorkloadFor(customers), *subject);
    CheckAnswers("loaded", customers, 0, Subject::kName, Analytics(*subject));
  }
  return *subject;
}

// A loaded subject that benchmarks change.
template <typename Subject>
struct Changing {
  explicit Changing(const Workload& data)
      : subject(GlobalSettings().huge_pages) {
    LoadAll(data, subject);
  }

  Subject subject;
  // By name of the work: how many operations of its sequence are done.
  std::map<std::string, int64_t> done;
};

template <typename Subject>
using ChangingBySize = std::map<int32_t, std::unique_ptr<Changing<Subject>>>;

// All that there are.
template <typename Subject>
ChangingBySize<Subject>& AllChanging() {
  static auto& all = *new ChangingBySize<Subject>;
  return all;
}

template <typename Subject>
Changing<Subject>& ChangingFor(int32_t customers) {
  auto& changing = AllChanging<Subject>()[customers];
  if (changing == nullptr) {
    changing = std::make_unique<Changing<Subject>>(WorkloadFor(customers));
  }
  return *changing;
}

// Compares the states that equal sequences of changes have led to.
template <typename Subject>
void CheckFinalStates() {
  for (const auto& [customers, changing] : AllChanging<Subject>()) {
    std::string work = "final state";
    for (const auto& [name, count] : changing->done) {
      work += ", " + std::to_string(count) + ' ' + name;
    }
    CheckAnswers(work, customers, 0, Subject::kName,
                 Analytics(changing->subject));
  }
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_FIXTURES_H_
