#include "peers/peer.h"

#include <chrono>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "checks.h"
#include "fixtures.h"

namespace orderstore::bench {

void EveryRow::Add(const Customer& row) {
  ++counts_.customers;
  sum_.Add(row);
}

void EveryRow::Add(const Order& row) {
  ++counts_.orders;
  sum_.Add(row);
}

void EveryRow::Add(const Barcode& row) {
  ++counts_.barcodes;
  counts_.unassigned_barcodes += !row.order_id;
  counts_.unused_barcodes += !row.is_used;
  sum_.Add(row);
}

AnswerSum EveryRow::sum() const {
  AnswerSum sum = sum_;
  sum.Add(counts_);
  return sum;
}

std::vector<CustomerTickets> PeerReader::KeptTopCustomers(size_t) {
  Fail("the peer keeps no top customers");
}

int64_t PeerReader::KeptUnassigned() {
  Fail("the peer keeps no count of unassigned barcodes");
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
