// Counts tickets by customer and gives those with the most: what a query has to
// do where the peer has no query language.

#ifndef ORDERSTORE_BENCH_PEERS_TICKET_TALLY_H_
#define ORDERSTORE_BENCH_PEERS_TICKET_TALLY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "orderstore/records.h"

namespace orderstore::bench {

class TicketTally {
 public:
  void Add(CustomerId customer, int64_t tickets) {
    const auto at = static_cast<size_t>(customer.value());
    if (at >= counts_.size()) counts_.resize(std::max(at + 1, 2 * at));
    counts_[at] += tickets;
  }

  std::vector<CustomerTickets> Top(size_t k) const {
    const auto before = [](const CustomerTickets& a, const CustomerTickets& b) {
      return a.ticket_count != b.ticket_count ? a.ticket_count > b.ticket_count
                                              : a.customer_id < b.customer_id;
    };
    std::vector<CustomerTickets> heap;  // the last in order is at the front
    for (size_t id = 1; id < counts_.size(); ++id) {
      const CustomerTickets line{CustomerId(static_cast<int32_t>(id)),
                                 counts_[id]};
      if (line.ticket_count == 0) continue;
      if (heap.size() == k) {
        if (!before(line, heap.front())) continue;
        std::pop_heap(heap.begin(), heap.end(), before);
        heap.pop_back();
      }
      heap.push_back(line);
      std::push_heap(heap.begin(), heap.end(), before);
    }
    std::sort_heap(heap.begin(), heap.end(), before);
    return heap;
  }

 private:
  std::vector<int64_t> counts_;  // by id
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_TICKET_TALLY_H_
