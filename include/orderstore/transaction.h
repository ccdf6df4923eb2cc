// A serializable read-write unit: all of it commits or nothing does.
//
//   absl::StatusOr<Transaction> txn = store->Begin();
//   if (!txn.ok()) return txn.status();
//   absl::StatusOr<CustomerId> customer =
//       txn->FindOrCreateCustomer("ann@example.com", "Ann");
//   if (!customer.ok()) return customer.status();  // aborts
//   absl::StatusOr<OrderId> order =
//       txn->InsertOrder({.customer_id = *customer});
//   if (!order.ok()) return order.status();
//   auto tickets = txn->AssignBarcodes(*order, 3);
//   if (!tickets.ok()) return tickets.status();
//   absl::StatusOr<Lsn> lsn = txn->Commit();
//
// Transactions run one at a time, in commit order: serializable by
// construction, never aborted by a conflict. A transaction reads the latest
// state and its own writes. Read views go on meanwhile and see none of it
// before the commit, all of it after.
//
// A statement (one call of a method below) that returns an error has changed
// nothing; the transaction can go on. One that throws, std::bad_alloc, may have
// changed something; the transaction can only abort then. Destroying an open
// transaction aborts it.
//
// Thread-safety: a transaction belongs to the thread that began it. Used by
// another thread, a statement returns FailedPrecondition and a read finds
// nothing, and the transaction can then only abort. It may be moved, within
// its thread.
//
// Lifetimes: string_views in rows that it returned live until it ends, by
// Commit, Abort or its destruction, whatever it does to the rows before.
//
// Errors common to all statements, besides those named below:
//   FailedPrecondition  the transaction has ended, is another thread's, or can
//                       only abort
//   InvalidArgument     bad text (over 255 characters, invalid UTF-8, NUL, an
//                       empty email or barcode), an id below 1, a timestamp
//                       out of range
//   ResourceExhausted   Options::memory_bytes_max reached (inserts, updates),
//                       or no id left (inserts)
// Messages name the row and the value.

#ifndef ORDERSTORE_TRANSACTION_H_
#define ORDERSTORE_TRANSACTION_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/export.h"
#include "orderstore/ids.h"
#include "orderstore/options.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"

namespace orderstore {

class ORDERSTORE_EXPORT Transaction : public Reader {
 public:
  Transaction(Transaction&& other) noexcept = default;
  Transaction& operator=(Transaction&& other) noexcept;  // aborts an open one
  ~Transaction();

  // Ends the transaction. Returns the LSN it got, or the latest LSN when the
  // transaction changed nothing. With kSync it returns once the transaction is
  // durable, or, if it changed nothing, the state it began on. Without an
  // argument, Options::durability counts. O(bytes changed), plus reclamation of
  // old versions in proportion to what the transaction wrote, or some 0.4 ms
  // where a view that held many was closed.
  //
  // Errors after which nothing of the transaction holds, now or later:
  //   FailedPrecondition  it has ended before, or could only abort: another
  //                       thread used it, or a statement threw
  //   ResourceExhausted   the disk is full, or a limit of the process on open
  //                       files or their sizes is reached; later commits
  //                       succeed when there is room
  //   PermissionDenied    the log needs a new file, and the folder takes none;
  //                       later commits succeed when it does
  //   Unavailable         the log has failed, and the store has to be reopened;
  //                       or it cannot grow: Store::Begin tells which
  //   std::bad_alloc      an exception: there is no memory to commit it
  // And after which nobody knows whether all or nothing of it holds:
  //   Unknown             the log failed while it was written, and the store
  //                       has to be reopened to know; or there was no memory to
  //                       wait for the disk, and Store::Sync makes it durable
  absl::StatusOr<Lsn> Commit();
  absl::StatusOr<Lsn> Commit(Durability durability);

  // Ends the transaction and undoes it. O(rows changed). Does nothing if it
  // has ended. To undo many rows takes memory: where there is none, the process
  // ends with a message, for what is half undone must not be seen; a
  // transaction of some hundred rows has it already.
  void Abort();

  // ---- Customers ----
  // AlreadyExists: the id or the email is taken.
  absl::StatusOr<CustomerId> InsertCustomer(const NewCustomer& row);
  // The customer with this email, or a new one with this name. An existing
  // customer keeps its name.
  absl::StatusOr<CustomerId> FindOrCreateCustomer(std::string_view email,
                                                  std::string_view name);
  // NotFound: no such customer. AlreadyExists: the email is another's.
  absl::Status UpdateCustomer(CustomerId id, const CustomerUpdate& update);
  // NotFound. FailedPrecondition: the customer has orders.
  absl::Status DeleteCustomer(CustomerId id);

  // ---- Orders ----
  // NotFound: no such customer. AlreadyExists: the id is taken.
  absl::StatusOr<OrderId> InsertOrder(const NewOrder& row);
  // NotFound: no such order or customer. Moving an order to another customer
  // is O(barcodes of the order).
  absl::Status UpdateOrder(OrderId id, const OrderUpdate& update);
  // NotFound. FailedPrecondition: the order has barcodes.
  absl::Status DeleteOrder(OrderId id);

  // ---- Barcodes ----
  // NotFound: no such order. AlreadyExists: the id or the value is taken.
  absl::StatusOr<BarcodeId> InsertBarcode(const NewBarcode& row);
  // All of `values`, unused, on one order, with the cache misses of the
  // inserts overlapped; all or none. Returns the ids, in order. The error names
  // the first value at fault by its index from 0, as `values[3]: ...`.
  absl::StatusOr<std::vector<BarcodeId>> InsertBarcodes(
      OrderId order, std::span<const std::string_view> values);
  // NotFound: no such barcode or order. AlreadyExists: the value is another's.
  absl::Status UpdateBarcode(BarcodeId id, const BarcodeUpdate& update);
  // NotFound.
  absl::Status DeleteBarcode(BarcodeId id);

  // ---- Many rows of a table at once, as for a bulk load ----
  // As the single inserts, all or none, with the cache misses overlapped.
  // Returns the ids, in order. The error names the first row at fault by its
  // index from 0, as `rows[3]: ...`.
  absl::StatusOr<std::vector<CustomerId>> InsertCustomers(
      std::span<const NewCustomer> rows);
  absl::StatusOr<std::vector<OrderId>> InsertOrders(
      std::span<const NewOrder> rows);
  absl::StatusOr<std::vector<BarcodeId>> InsertBarcodes(
      std::span<const NewBarcode> rows);

  // ---- What this domain lives on ----
  // Takes the n unassigned, unused barcodes with the lowest ids for `order`
  // and returns them in id order. NotFound: no such order, or fewer than n
  // are left (none is taken). O(n), however many there are. To tell the two
  // apart:
  //
  //   auto tickets = txn.AssignBarcodes(order, n);
  //   if (absl::IsNotFound(tickets.status()) && txn.FindOrder(order)) {
  //     return SoldOut();
  //   }
  absl::StatusOr<std::vector<Barcode>> AssignBarcodes(OrderId order, size_t n);
  // Takes this barcode for `order`. NotFound: no such barcode or order.
  // FailedPrecondition: it is on an order, or used.
  absl::Status AssignBarcode(std::string_view value, OrderId order);
  // Marks a barcode used, exactly once. NotFound: no such barcode.
  // FailedPrecondition: it is unassigned, or used; the message then says when
  // it was redeemed, or when the row was changed since. To tell them apart,
  // look at the barcode in the same transaction, in which nobody else changes
  // it:
  //
  //   absl::Status status = txn.Redeem(scanned);
  //   if (absl::IsFailedPrecondition(status)) {
  //     std::optional<Barcode> row = txn.FindBarcodeByValue(scanned);
  //     if (!row) return status;  // the transaction has ended
  //     if (!row->order_id) return NotSold();
  //     // row->is_used. updated_at: when it was redeemed, or changed since.
  //     return AlreadyUsed(*row->order_id, row->updated_at);
  //   }
  absl::Status Redeem(std::string_view value);
  // Marks a barcode unused; one that is not used stays as it is. NotFound: no
  // such barcode.
  absl::Status Unredeem(std::string_view value);

 private:
  friend class Store;
  explicit Transaction(txn::Engine* engine) : Reader(engine, nullptr) {}

  absl::StatusOr<Lsn> End(std::optional<Durability> durability);
};

}  // namespace orderstore

#endif  // ORDERSTORE_TRANSACTION_H_
