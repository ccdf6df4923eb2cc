// The statements of the open transaction: each checks every constraint of the
// schema first and then makes its changes, so that one that fails has changed
// nothing. See orderstore/transaction.h for what they do and return.
//
// Thread-safety: the writer lock's holder's alone.

#ifndef ORDERSTORE_TXN_WRITER_H_
#define ORDERSTORE_TXN_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/records.h"
#include "table/changes.h"
#include "table/tables.h"
#include "txn/edits.h"

namespace orderstore::txn {

class Writer {
 public:
  Writer(table::Tables& tables, int64_t memory_bytes_max)
      : tables_(tables), memory_bytes_max_(memory_bytes_max), edits_(tables) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  enum class Mode {
    kUnlogged,  // nothing is written down for a log
    kLogged,
    kReplay,  // as kUnlogged, and the memory limit does not count
  };
  void Begin(const table::CommitState& base, Mode mode) {
    edits_.Begin(base, mode == Mode::kLogged);
    limited_ = memory_bytes_max_ > 0 && mode != Mode::kReplay;
    now_.reset();
  }

  table::Changes& changes() { return edits_.changes(); }
  const table::CommitState& state() const { return edits_.changes().state(); }
  // The log record's body.
  std::string_view body() const { return edits_.body(); }

  absl::StatusOr<CustomerId> InsertCustomer(const NewCustomer& row);
  absl::StatusOr<CustomerId> FindOrCreateCustomer(std::string_view email,
                                                  std::string_view name);
  absl::Status UpdateCustomer(CustomerId id, const CustomerUpdate& update);
  absl::Status DeleteCustomer(CustomerId id);

  absl::StatusOr<OrderId> InsertOrder(const NewOrder& row);
  absl::Status UpdateOrder(OrderId id, const OrderUpdate& update);
  absl::Status DeleteOrder(OrderId id);

  absl::StatusOr<BarcodeId> InsertBarcode(const NewBarcode& row);
  absl::StatusOr<std::vector<BarcodeId>> InsertBarcodes(
      OrderId order, std::span<const std::string_view> values);
  absl::Status UpdateBarcode(BarcodeId id, const BarcodeUpdate& update);
  absl::Status DeleteBarcode(BarcodeId id);

  absl::StatusOr<std::vector<CustomerId>> InsertCustomers(
      std::span<const NewCustomer> rows);
  absl::StatusOr<std::vector<OrderId>> InsertOrders(
      std::span<const NewOrder> rows);
  absl::StatusOr<std::vector<BarcodeId>> InsertBarcodes(
      std::span<const NewBarcode> rows);

  absl::StatusOr<std::vector<Barcode>> AssignBarcodes(OrderId order, size_t n);
  absl::Status AssignBarcode(std::string_view value, OrderId order);
  absl::Status Redeem(std::string_view value);
  absl::Status Unredeem(std::string_view value);

 private:
  // Slots of rows as the transaction sees them; 0 if there is none.
  uint32_t CustomerSlot(CustomerId id) const;
  uint32_t OrderSlot(OrderId id) const;
  uint32_t BarcodeSlot(BarcodeId id) const;
  uint32_t CustomerSlot(std::string_view email, uint64_t hash) const;
  uint32_t BarcodeSlot(std::string_view value, uint64_t hash) const;

  // The single inserts, with the key's hash.
  absl::StatusOr<CustomerId> Insert(const NewCustomer& row, uint64_t hash);
  absl::StatusOr<OrderId> Insert(const NewOrder& row, uint64_t hash);
  absl::StatusOr<BarcodeId> Insert(const NewBarcode& row, uint64_t hash);

  // Inserts `rows`, a few dozen at most, announcing the memory they need
  // before it is needed, and appends their ids. An error names the row as
  // `LIST[INDEX]`; the first has `first_index`.
  template <typename Row, typename RowId>
  absl::Status InsertGroup(const char* list, std::span<const Row> rows,
                           size_t first_index, std::vector<RowId>& ids);
  // Inserts all rows in groups, or none.
  template <typename Row, typename RowId>
  absl::StatusOr<std::vector<RowId>> InsertAll(std::span<const Row> rows);

  // The given id, or the next one of the sequence.
  template <typename RowId>
  static absl::StatusOr<RowId> ChooseId(std::string_view table,
                                        std::optional<RowId> given,
                                        int64_t next);
  absl::StatusOr<table::Changes::Times> ChooseTimes(
      std::optional<Timestamp> created_at, std::optional<Timestamp> updated_at);
  absl::StatusOr<int64_t> ChooseUpdatedAt(const table::RowHeader& row,
                                          std::optional<Timestamp> given);
  // Whether a given updated_at differs from the row's.
  static bool Moves(const table::RowHeader& row,
                    std::optional<Timestamp> updated_at);
  int64_t NextUpdatedAt(const table::RowHeader& row);
  int64_t Now();

  // ResourceExhausted if numbers for rows or versions run out; a delete needs
  // only those of versions, of which some are kept for it.
  absl::Status CheckRoom() const;
  absl::Status CheckRoomToDelete() const;
  // The same, and if one more row or version may pass the memory limit.
  absl::Status CheckGrowth();

  // The slot, or NotFound.
  absl::StatusOr<uint32_t> RequireBarcode(std::string_view value) const;
  absl::Status RequireOrder(OrderId order) const;

  table::Tables& tables_;
  const int64_t memory_bytes_max_;
  Edits edits_;
  bool limited_ = false;  // by memory_bytes_max_
  // The transaction's time, once a statement asked for it.
  std::optional<int64_t> now_;
};

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_WRITER_H_
