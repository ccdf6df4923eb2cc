// Counts tickets by customer and gives those with the most: what a query has to
// do where the peer has no query language.

#ifndef ORDERSTORE_BENCH_PEERS_TICKET_TALLY_H_
#define ORDERSTORE_BENCH_PEERS_TICKET_TALLY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "orderstore/records.h"
#include "top_tickets.h"

namespace orderstore::bench {

class TicketTally {
 public:
  void Add(CustomerId customer, int64_t tickets) {
    const auto at = static_cast<size_t>(customer.value());
    if (at >= counts_.size()) counts_.resize(std::max(at + 1, 2 * at));
    counts_[at] += tickets;
  }

  std::vector<CustomerTickets> Top(size_t k) const {
    return TopTickets(
        static_cast<int32_t>(counts_.size()) - 1, k,
        [&](int32_t id) { return counts_[static_cast<size_t>(id)]; });
  }

 private:
  std::vector<int64_t> counts_;  // by id
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_TICKET_TALLY_H_
