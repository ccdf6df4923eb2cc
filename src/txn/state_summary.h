// A commit state in few bytes: end and closing frames of the log carry it, so
// that whoever replays the log can tell that it comes to the same.

#ifndef ORDERSTORE_TXN_STATE_SUMMARY_H_
#define ORDERSTORE_TXN_STATE_SUMMARY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/coding.h"
#include "orderstore/records.h"
#include "table/commit_state.h"

namespace orderstore::txn {

struct StateSummary {
  Lsn lsn = 0;
  int64_t customers = 0;
  int64_t orders = 0;
  int64_t barcodes = 0;
  Digests digests;
  int64_t next_customer_id = 1;
  int64_t next_order_id = 1;
  int64_t next_barcode_id = 1;

  friend bool operator==(const StateSummary&, const StateSummary&) = default;

  static StateSummary Of(const table::CommitState& state) {
    return {.lsn = state.lsn,
            .customers = state.counts.customers,
            .orders = state.counts.orders,
            .barcodes = state.counts.barcodes,
            .digests = state.digests,
            .next_customer_id = state.next_customer_id,
            .next_order_id = state.next_order_id,
            .next_barcode_id = state.next_barcode_id};
  }

  std::string Encode() const {
    std::string bytes;
    io::AppendFixed(bytes, lsn);
    for (const int64_t number : {customers, orders, barcodes}) {
      io::AppendFixed(bytes, number);
    }
    for (const uint64_t digest :
         {digests.customers, digests.orders, digests.barcodes}) {
      io::AppendFixed(bytes, digest);
    }
    for (const int64_t id :
         {next_customer_id, next_order_id, next_barcode_id}) {
      io::AppendFixed(bytes, id);
    }
    return bytes;
  }

  // None if the bytes are no summary.
  static std::optional<StateSummary> Decode(std::string_view bytes) {
    io::Decoder decoder(bytes);
    StateSummary summary;
    summary.lsn = decoder.Fixed<Lsn>();
    for (int64_t* number :
         {&summary.customers, &summary.orders, &summary.barcodes}) {
      *number = decoder.Fixed<int64_t>();
    }
    for (uint64_t* digest :
         {&summary.digests.customers, &summary.digests.orders,
          &summary.digests.barcodes}) {
      *digest = decoder.Fixed<uint64_t>();
    }
    for (int64_t* id : {&summary.next_customer_id, &summary.next_order_id,
                        &summary.next_barcode_id}) {
      *id = decoder.Fixed<int64_t>();
    }
    if (!decoder.done()) return std::nullopt;
    return summary;
  }
};

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_STATE_SUMMARY_H_
