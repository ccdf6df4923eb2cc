#include "peers/peer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <chrono>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "fixtures.h"

namespace orderstore::bench {

void EveryRow::Add(const Customer& row) {
  ++counts_.customers;
  sum_.Add(row.id.value());
  AddText(row.email);
  AddText(row.name);
}

void EveryRow::Add(const Order& row) {
  ++counts_.orders;
  sum_.Add(row.id.value());
  sum_.Add(row.customer_id.value());
}

void EveryRow::Add(const Barcode& row) {
  ++counts_.barcodes;
  counts_.unassigned_barcodes += !row.order_id;
  counts_.unused_barcodes += !row.is_used;
  sum_.Add(row.id.value());
  sum_.Add(row.order_id ? row.order_id->value() : 0);
  sum_.Add(row.is_used | (row.updated_at > row.created_at) << 1);
  AddText(row.value);
}

AnswerSum EveryRow::sum() const {
  AnswerSum sum = sum_;
  sum.Add(counts_);
  return sum;
}

void EveryRow::AddText(std::string_view text) {
  sum_.Add(uint64_t{XXH3_64bits(text.data(), text.size())});
}

double Peer::RunTogether(int n, const std::function<void(int)>& work) {
  std::latch ready(n);
  std::latch go(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    threads.emplace_back([&, i] {
      ready.count_down();
      go.wait();
      work(i);
    });
  }
  ready.wait();
  const auto start = std::chrono::steady_clock::now();
  go.count_down();
  for (std::thread& thread : threads) thread.join();
  return SecondsSince(start);
}

std::function<void()> Peer::RunBeside(std::function<void()> work) {
  auto thread = std::make_shared<std::thread>(std::move(work));
  return [=] { thread->join(); };
}

}  // namespace orderstore::bench
