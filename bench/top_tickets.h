// The customers with the most tickets, by a pass over all: what a query does
// where nothing is maintained for it.

#ifndef ORDERSTORE_BENCH_TOP_TICKETS_H_
#define ORDERSTORE_BENCH_TOP_TICKETS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "orderstore/records.h"

namespace orderstore::bench {

// The k first of the customers 1 to `customers`, of whom each has
// tickets_of(id) tickets; those without any are left out. Ties as in
// orderstore/reader.h.
template <typename TicketsOf>
std::vector<CustomerTickets> TopTickets(int32_t customers, size_t k,
                                        TicketsOf&& tickets_of) {
  const auto before = [](const CustomerTickets& a, const CustomerTickets& b) {
    return a.ticket_count != b.ticket_count ? a.ticket_count > b.ticket_count
                                            : a.customer_id < b.customer_id;
  };
  std::vector<CustomerTickets> heap;  // the last in order is at the front
  for (int32_t id = 1; id <= customers; ++id) {
    const CustomerTickets line{CustomerId(id), tickets_of(id)};
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

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_TOP_TICKETS_H_
