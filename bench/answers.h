// Proof that all subjects give the same answers. A benchmark adds up what it
// was told and, at the end of each repetition, hands the sum to the book under
// the name of its work. The first subject's sum is kept; another one that
// differs ends the process. A book that is kept in a file compares the answers
// of several processes.

#ifndef ORDERSTORE_BENCH_ANSWERS_H_
#define ORDERSTORE_BENCH_ANSWERS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "orderstore/records.h"
#include "subjects/sale.h"

namespace orderstore::bench {

// The sum of one repetition's answers. Depends on their order. It is taken
// while the clock runs, and therefore has of a row the ids, and of one text the
// ends.
class AnswerSum {
 public:
  void Add(uint64_t answer) { sum_ = (sum_ ^ answer) * 0x9e3779b97f4a7c15; }
  void Add(int32_t answer) { Add(static_cast<uint64_t>(answer)); }
  void Add(const Customer& row) { Add(Ids(row.id, 0) ^ Ends(row.email)); }
  void Add(const Order& row) { Add(Ids(row.id, row.customer_id.value())); }
  void Add(const Barcode& row) {
    Add(Ids(row.id, row.order_id ? row.order_id->value() : 0) ^
        Ends(row.value) ^ uint64_t{row.is_used} << 63);
  }
  void Add(const Counts& counts) {
    Add(static_cast<uint64_t>(counts.customers));
    Add(static_cast<uint64_t>(counts.orders));
    Add(static_cast<uint64_t>(counts.barcodes));
    Add(static_cast<uint64_t>(counts.unassigned_barcodes));
    Add(static_cast<uint64_t>(counts.unused_barcodes));
  }
  void Add(const CustomerTickets& line) {
    Add(line.customer_id.value());
    Add(static_cast<uint64_t>(line.ticket_count));
  }

  uint64_t value() const { return sum_; }

 private:
  template <typename RowId>
  static uint64_t Ids(RowId id, int32_t parent) {
    return static_cast<uint64_t>(parent) << 32 |
           static_cast<uint64_t>(id.value());
  }
  // Stands for the text of a row whose id is known.
  static uint64_t Ends(std::string_view text) {
    return static_cast<uint64_t>(text.front()) << 16 ^
           static_cast<uint64_t>(text.back()) << 8 ^ text.size();
  }

  uint64_t sum_ = 0;
};

// The same, but of all that rows hold. Of timestamps, which every subject takes
// from its own clock, it counts whether they are there and in order, and
// whether a barcode was changed after it was made.
class ContentSum : public AnswerSum {
 public:
  using AnswerSum::Add;
  void Add(const Customer& row);
  void Add(const Order& row);
  void Add(const Barcode& row);

 private:
  void AddText(std::string_view text);
  void AddTimes(Timestamp created_at, Timestamp updated_at) {
    Add(int32_t{created_at > Timestamp() && updated_at >= created_at});
  }
};

// Compares `sum` with that of the other subjects for the same work: its name,
// the number of customers, and where in the sequence of operations it began.
void CheckAnswers(std::string_view work, int32_t customers, int64_t begin,
                  std::string_view subject, const AnswerSum& sum);

// Adds what is in the file, if there is one; writes the whole book to it.
void ReadAnswers(const std::string& path);
void WriteAnswers(const std::string& path);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_ANSWERS_H_
