// Compares rows of files with those of a store that holds some: which are new,
// which the store has as they are, and which conflict with it. Only what the
// files state is compared (import.h has the rules).
//
//   Comparison comparison(txn, steps);
//   comparison.CompareCustomers(customers);   // first, if there is such a file
//   comparison.CompareOrders(orders);
//   comparison.CompareBarcodes(policy, orders, barcodes);
//
// Each leaves the new rows among the accepted ones and moves the others to
// where they belong. All lookups are in batches, so that their cache misses
// overlap. Errors are those of ImportSteps.

#ifndef ORDERSTORE_CSV_COMPARISON_H_
#define ORDERSTORE_CSV_COMPARISON_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "csv/barcode_rows.h"
#include "csv/customer_rows.h"
#include "csv/duplicates.h"
#include "csv/id_set.h"
#include "csv/import_steps.h"
#include "csv/order_rows.h"
#include "csv/rejects.h"
#include "orderstore/reader.h"

namespace orderstore::csv {

class Comparison {
 public:
  static constexpr int kConflictsTold = 20;

  // `store` and `steps` outlive this.
  Comparison(const Reader& store, ImportSteps& steps)
      : store_(store), steps_(steps) {}

  // `rows.ids` stays: of new and unchanged rows, and of those in conflict.
  absl::Status CompareCustomers(CustomerRows& rows);

  // Takes up again the rows that were rejected because the customers file does
  // not have their customer. Afterwards `rows.ids` are those of new and
  // unchanged orders, and `rows.customers` the customers to make up.
  absl::Status CompareOrders(OrderRows& rows);

  // Decides on duplicates as well. Unchanged rows go.
  absl::Status CompareBarcodes(Duplicates policy, const OrderRows& orders,
                               BarcodeRows& rows);

  int64_t unchanged_customers() const { return unchanged_customers_; }
  // In file order.
  const std::vector<OrderRow>& unchanged_orders() const {
    return unchanged_orders_;
  }
  int64_t unchanged_barcodes() const { return unchanged_barcodes_; }
  // Those of the first kConflictsTold of each table, in file order.
  const std::vector<Conflict>& conflicts() const { return conflicts_; }
  // The orders that unchanged rows of barcodes name.
  const IdSet& orders_of_unchanged_barcodes() const {
    return orders_of_unchanged_barcodes_;
  }

 private:
  void CompareBatch(std::span<const CustomerRow> rows,
                    std::vector<CustomerRow>& fresh,
                    std::vector<Reject>& rejects);
  void CompareBatch(std::span<const OrderRow> rows, OrderRows& result,
                    std::vector<Reject>& rejects);
  void CompareBatch(std::span<BarcodeRow> rows, const IdSet& known_orders,
                    std::vector<BarcodeRow>& kept);

  // Keeps what the store has where this row of a file conflicts with it.
  template <typename Row>
  void Tell(Table table, int64_t line, const Row& stored);

  // True if the order may name the customer; `is_stored`: the store has it.
  bool IsKnownCustomer(int32_t customer_id, bool is_stored) const;
  // True if the customer, which neither file nor store has, can be made up.
  // Adds it to `customers` then, once.
  bool MakeUp(int32_t customer_id, std::vector<int32_t>& customers);
  // The orders that barcodes may name: of the file and of the store.
  absl::StatusOr<IdSet> KnownOrders(const OrderRows& orders,
                                    std::span<const BarcodeRow> rows);

  const Reader& store_;
  ImportSteps& steps_;

  bool has_customers_file_ = false;
  IdSet file_customers_;        // of good rows of the file
  IdSet refused_customers_;     // whose rows are in conflict
  IdSet refused_orders_;        // the same
  IdSet made_up_customers_;     // to be made up
  IdSet impossible_customers_;  // cannot be: the email is taken

  int64_t unchanged_customers_ = 0;
  std::vector<OrderRow> unchanged_orders_;
  int64_t unchanged_barcodes_ = 0;
  IdSet orders_of_unchanged_barcodes_;
  std::vector<Conflict> conflicts_;
  std::array<int, 3> told_ = {};  // of each table
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_COMPARISON_H_
