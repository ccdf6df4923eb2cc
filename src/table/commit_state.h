// What a commit publishes: an immutable description of the whole state, which
// a read view pins by one pointer. Rows carry ticks; everything that is not in
// a row is here.
//
// A tick numbers the ended transactions that touched something, committed or
// aborted, so that no tick is ever used twice: a row that an aborted
// transaction changed and restored keeps that transaction's tick, and a reader
// who looks at the row twice notices. LSNs count only commits.

#ifndef ORDERSTORE_TABLE_COMMIT_STATE_H_
#define ORDERSTORE_TABLE_COMMIT_STATE_H_

#include <cstdint>
#include <memory>

#include "orderstore/ids.h"
#include "orderstore/records.h"
#include "table/top_list.h"

namespace orderstore::table {

using Tick = uint64_t;

struct CommitState {
  Tick tick = 1;
  Lsn lsn = 0;
  Counts counts;
  Digests digests;
  // The next ids that the sequences give; 2^31 when they are exhausted.
  int64_t next_customer_id = 1;
  int64_t next_order_id = 1;
  int64_t next_barcode_id = 1;
  std::shared_ptr<const TopList> top = std::make_shared<TopList>();
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_COMMIT_STATE_H_
