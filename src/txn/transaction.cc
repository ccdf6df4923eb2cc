// The public Transaction: every statement checks who calls, and goes on to the
// Writer.

#include "orderstore/transaction.h"

#include <utility>

#include "txn/engine.h"

namespace orderstore {
namespace {

absl::Status Ended() {
  return absl::FailedPreconditionError("the transaction has ended");
}

// Calls `statement(writer)` if this thread may use the transaction.
template <typename Statement>
auto Run(txn::Engine* engine, Statement statement)
    -> decltype(statement(engine->writer())) {
  if (engine == nullptr) return Ended();
  if (absl::Status status = engine->CheckUse(); !status.ok()) return status;
  try {
    return statement(engine->writer());
  } catch (...) {
    engine->BreakOff();
    throw;
  }
}

}  // namespace

Transaction& Transaction::operator=(Transaction&& other) noexcept {
  if (this != &other) {
    Abort();
    engine_ = std::exchange(other.engine_, nullptr);
  }
  return *this;
}

Transaction::~Transaction() { Abort(); }

absl::StatusOr<Lsn> Transaction::Commit() { return End(std::nullopt); }

absl::StatusOr<Lsn> Transaction::Commit(Durability durability) {
  return End(durability);
}

absl::StatusOr<Lsn> Transaction::End(std::optional<Durability> durability) {
  if (engine_ == nullptr) return Ended();
  // Another thread's call leaves it to the owner to end the transaction.
  if (!engine_->HeldByThisThread()) return engine_->CheckUse();
  return std::exchange(engine_, nullptr)->Commit(durability);
}

void Transaction::Abort() {
  if (engine_ != nullptr) std::exchange(engine_, nullptr)->Abort();
}

absl::StatusOr<CustomerId> Transaction::InsertCustomer(const NewCustomer& row) {
  return Run(engine_, [&](txn::Writer& w) { return w.InsertCustomer(row); });
}

absl::StatusOr<CustomerId> Transaction::FindOrCreateCustomer(
    std::string_view email, std::string_view name) {
  return Run(engine_, [&](txn::Writer& w) {
    return w.FindOrCreateCustomer(email, name);
  });
}

absl::Status Transaction::UpdateCustomer(CustomerId id,
                                         const CustomerUpdate& update) {
  return Run(engine_,
             [&](txn::Writer& w) { return w.UpdateCustomer(id, update); });
}

absl::Status Transaction::DeleteCustomer(CustomerId id) {
  return Run(engine_, [&](txn::Writer& w) { return w.DeleteCustomer(id); });
}

absl::StatusOr<OrderId> Transaction::InsertOrder(const NewOrder& row) {
  return Run(engine_, [&](txn::Writer& w) { return w.InsertOrder(row); });
}

absl::Status Transaction::UpdateOrder(OrderId id, const OrderUpdate& update) {
  return Run(engine_,
             [&](txn::Writer& w) { return w.UpdateOrder(id, update); });
}

absl::Status Transaction::DeleteOrder(OrderId id) {
  return Run(engine_, [&](txn::Writer& w) { return w.DeleteOrder(id); });
}

absl::StatusOr<BarcodeId> Transaction::InsertBarcode(const NewBarcode& row) {
  return Run(engine_, [&](txn::Writer& w) { return w.InsertBarcode(row); });
}

absl::StatusOr<std::vector<BarcodeId>> Transaction::InsertBarcodes(
    OrderId order, std::span<const std::string_view> values) {
  return Run(engine_,
             [&](txn::Writer& w) { return w.InsertBarcodes(order, values); });
}

absl::Status Transaction::UpdateBarcode(BarcodeId id,
                                        const BarcodeUpdate& update) {
  return Run(engine_,
             [&](txn::Writer& w) { return w.UpdateBarcode(id, update); });
}

absl::Status Transaction::DeleteBarcode(BarcodeId id) {
  return Run(engine_, [&](txn::Writer& w) { return w.DeleteBarcode(id); });
}

absl::StatusOr<std::vector<CustomerId>> Transaction::InsertCustomers(
    std::span<const NewCustomer> rows) {
  return Run(engine_, [&](txn::Writer& w) { return w.InsertCustomers(rows); });
}

absl::StatusOr<std::vector<OrderId>> Transaction::InsertOrders(
    std::span<const NewOrder> rows) {
  return Run(engine_, [&](txn::Writer& w) { return w.InsertOrders(rows); });
}

absl::StatusOr<std::vector<BarcodeId>> Transaction::InsertBarcodes(
    std::span<const NewBarcode> rows) {
  return Run(engine_, [&](txn::Writer& w) { return w.InsertBarcodes(rows); });
}

absl::StatusOr<std::vector<Barcode>> Transaction::AssignBarcodes(OrderId order,
                                                                 size_t n) {
  return Run(engine_,
             [&](txn::Writer& w) { return w.AssignBarcodes(order, n); });
}

absl::Status Transaction::AssignBarcode(std::string_view value, OrderId order) {
  return Run(engine_,
             [&](txn::Writer& w) { return w.AssignBarcode(value, order); });
}

absl::Status Transaction::Redeem(std::string_view value) {
  return Run(engine_, [&](txn::Writer& w) { return w.Redeem(value); });
}

absl::Status Transaction::Unredeem(std::string_view value) {
  return Run(engine_, [&](txn::Writer& w) { return w.Unredeem(value); });
}

}  // namespace orderstore
