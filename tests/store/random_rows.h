// Random keys and rows out of small pools, good ones and bad ones, so that
// statements collide, and rows come, go and come again.

#ifndef ORDERSTORE_TESTS_STORE_RANDOM_ROWS_H_
#define ORDERSTORE_TESTS_STORE_RANDOM_ROWS_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orderstore/ids.h"
#include "orderstore/records.h"
#include "store/expect_reads.h"
#include "store/model_state.h"
#include "store/seeded_random.h"

namespace orderstore {

class RandomRows {
 public:
  // About how many rows there are to be.
  struct RowCounts {
    int32_t customers = 0;
    int32_t orders = 0;
    int32_t barcodes = 0;
  };

  RandomRows(const RowCounts& counts, SeededRandom& random)
      : counts_(counts), random_(random) {
    FillPools();
  }

  // The pools, and the range of most ids.
  const Probes& probes() const { return probes_; }

  // Late in a run: the sequences may end.
  void LetIdsEnd() { ids_may_end_ = true; }

  // The pools end in the empty text and other misses, so that these come too.
  std::string_view AnyEmail() {
    return random_.Pick(random_.OneIn(80) ? bad_texts_ : probes_.emails);
  }
  std::string_view AnyValue() {
    return random_.Pick(random_.OneIn(80) ? bad_texts_ : probes_.values);
  }
  std::string_view AnyGoodName() { return random_.Pick(names_); }
  // Mostly of a barcode that is there. Lives as long as `state` keeps it.
  std::string_view AnyKnownValue(const State& state) {
    if (state.barcodes.empty() || random_.OneIn(5)) return AnyValue();
    return AnyRow(state.barcodes).value;
  }
  std::string_view AnyName() {
    return random_.Pick(random_.OneIn(80) ? bad_texts_ : names_);
  }

  // Mostly left to the store; else in the past or the future.
  std::optional<Timestamp> AnyTime() {
    if (!random_.OneIn(3)) return std::nullopt;
    if (random_.OneIn(20)) return kTimestampMin;
    if (random_.OneIn(30)) {
      return kTimestampMin - std::chrono::microseconds(1);
    }
    const int64_t years = random_.Below(3) * 100;
    return Timestamp(std::chrono::microseconds(random_.Below(5)) +
                     std::chrono::years(years));
  }

  template <typename RowId, typename Row>
  const Row& AnyRow(const std::map<RowId, Row>& rows) {
    auto row = rows.begin();
    std::advance(row, random_.Below(static_cast<int32_t>(rows.size())));
    return row->second;
  }

  template <typename RowId, typename Row>
  RowId AnyId(const std::map<RowId, Row>& rows) {
    if (!rows.empty() && !random_.OneIn(8)) return AnyRow(rows).id;
    if (random_.OneIn(10)) return RowId(-random_.Below(2));
    return RowId(random_.Below(probes_.ids_max) + 1);
  }

  std::optional<OrderId> AnyOrderOrNone(const State& state) {
    if (random_.OneIn(3)) return std::nullopt;
    return AnyId(state.orders);
  }

  // For a new row: mostly from the sequence, sometimes ahead of it.
  template <typename RowId>
  std::optional<RowId> AnyNewId(int64_t next_id, int32_t rows_max) {
    if (random_.OneIn(2)) return std::nullopt;
    if (ids_may_end_ && random_.OneIn(60)) return RowId::Max();
    if (random_.OneIn(60)) return RowId(-random_.Below(2));
    if (random_.OneIn(8) && next_id < 1'000'000'000) {
      return RowId(static_cast<int32_t>(next_id) + random_.Below(40));
    }
    if (random_.OneIn(400)) return RowId(random_.Below(1'000'000'000) + 1);
    return RowId(random_.Below(rows_max * 2) + 1);
  }

  NewCustomer AnyNewCustomer(const State& state) {
    return {
        .email = AnyEmail(),
        .name = AnyName(),
        .id = AnyNewId<CustomerId>(state.next_customer_id, counts_.customers),
        .created_at = AnyTime(),
        .updated_at = AnyTime()};
  }
  NewOrder AnyNewOrder(const State& state) {
    return {.customer_id = AnyId(state.customers),
            .id = AnyNewId<OrderId>(state.next_order_id, counts_.orders),
            .created_at = AnyTime(),
            .updated_at = AnyTime()};
  }
  NewBarcode AnyNewBarcode(const State& state) {
    return {.value = AnyValue(),
            .order_id = AnyOrderOrNone(state),
            .is_used = random_.OneIn(4),
            .id = AnyNewId<BarcodeId>(state.next_barcode_id, counts_.barcodes),
            .created_at = AnyTime(),
            .updated_at = AnyTime()};
  }

 private:
  void FillPools() {
    const auto text = [](const char* stem, int32_t i) {
      std::string result = stem + std::to_string(i);
      if (i % 5 == 0) result.append(40, 'x');
      // 255 characters of two bytes each.
      if (i % 17 == 0) {
        while (result.size() < 2 * 255 - static_cast<size_t>(i > 9 ? 42 : 41)) {
          result += "\u00e9";
        }
      }
      return result;
    };
    for (int32_t i = 0; i < counts_.customers * 3 / 2; ++i) {
      probes_.emails.push_back(text("e", i));
    }
    for (int32_t i = 0; i < counts_.barcodes * 3 / 2; ++i) {
      probes_.values.push_back(text("0", i));
    }
    probes_.ids_max = std::min(counts_.barcodes, 100);
    names_ = {"", "Ann", "B\u00f6b", std::string(255, 'n')};
    bad_texts_ = {std::string(256, 'a'), std::string("\0", 1), "\xc3",
                  "\xed\xa0\x80", "\xc0\x80"};
    probes_.emails.insert(probes_.emails.end(), {"", "none", "\xff"});
    probes_.values.insert(probes_.values.end(), {"", "none", "\xff"});
  }

  const RowCounts counts_;
  SeededRandom& random_;
  Probes probes_;
  std::vector<std::string> names_;
  std::vector<std::string> bad_texts_;
  bool ids_may_end_ = false;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_RANDOM_ROWS_H_
