// The customers with the most tickets, best first: more tickets first, among
// equals the lower id.

#ifndef ORDERSTORE_TABLE_TOP_LIST_H_
#define ORDERSTORE_TABLE_TOP_LIST_H_

#include <vector>

#include "orderstore/records.h"

namespace orderstore::table {

// A TopList answers for every k up to this.
inline constexpr size_t kTopListGuaranteed = 100;

inline bool RanksBefore(const CustomerTickets& a, const CustomerTickets& b) {
  if (a.ticket_count != b.ticket_count) return a.ticket_count > b.ticket_count;
  return a.customer_id < b.customer_id;
}

struct TopList {
  // Either all customers with tickets, or at least kTopListGuaranteed best.
  std::vector<CustomerTickets> best;
  bool has_all = true;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_TOP_LIST_H_
