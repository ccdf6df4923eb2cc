#include "crash/workload.h"

#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace orderstore {
namespace {

// In what the store's answer is not the model's, or nothing.
std::string Compare(const char* statement, const absl::Status& status,
                    const Faults& faults) {
  if (status.ok() == faults.empty() &&
      (status.ok() || faults.contains(status.code()))) {
    return "";
  }
  return absl::StrCat(statement, " answered ", status.ToString(), ", and ",
                      faults.empty() ? "should succeed" : "should fail");
}

template <typename T>
std::string Compare(const char* statement, const absl::StatusOr<T>& result,
                    const Expected<T>& expected) {
  std::string error = Compare(statement, result.status(), expected.faults);
  if (error.empty() && result.ok() && *result != expected.value) {
    error = absl::StrCat(statement, " gave another id than the model");
  }
  return error;
}

template <typename Id, typename Row>
std::string CompareTables(const char* table, const std::map<Id, Row>& found,
                          const std::map<Id, Row>& expected) {
  for (const auto& [id, row] : expected) {
    const auto at = found.find(id);
    if (at == found.end()) {
      return absl::StrCat(table, " ", id.value(), " is missing");
    }
    if (at->second != row) {
      return absl::StrCat(table, " ", id.value(), " is another");
    }
  }
  for (const auto& [id, row] : found) {
    if (!expected.contains(id)) {
      return absl::StrCat(table, " ", id.value(), " should not be there");
    }
  }
  return "";
}

}  // namespace

// ---- Choices ---------------------------------------------------------------

std::string Workload::AnyText(const char* prefix) {
  std::string text = absl::StrCat(prefix, random_.Below(40));
  if (random_.OneIn(6)) {
    text.append(static_cast<size_t>(random_.Below(200)), 'x');
  }
  return text;
}

template <typename Id, typename Row>
Id Workload::AnyId(const std::map<Id, Row>& rows) {
  if (rows.empty() || random_.OneIn(12)) return Id(random_.Below(50) + 1);
  auto row = rows.begin();
  std::advance(row, random_.Below(static_cast<int32_t>(rows.size())));
  return row->first;
}

std::string Workload::AnyValue(const State& state) {
  if (state.barcodes.empty() || random_.OneIn(8)) return AnyText("b");
  return state.barcodes.find(AnyId(state.barcodes)) == state.barcodes.end()
             ? AnyText("b")
             : std::next(
                   state.barcodes.begin(),
                   random_.Below(static_cast<int32_t>(state.barcodes.size())))
                   ->second.value;
}

std::optional<OrderId> Workload::AnyOrder(const State& state) {
  if (random_.OneIn(3)) return std::nullopt;
  return AnyId(state.orders);
}

// ---- Statements ------------------------------------------------------------

std::string Workload::RunStatements(Transaction& txn, ModelTransaction& model) {
  const size_t statements = random_.OneTo(random_.OneIn(8) ? 20 : 4);
  std::string error;
  for (size_t i = 0; i < statements && error.empty(); ++i) {
    error = RunStatement(txn, model);
    if (error.empty()) error = model.TakeTimestamps(txn);
  }
  return error;
}

std::string Workload::RunStatement(Transaction& txn, ModelTransaction& model) {
  const State& state = model.state();
  switch (random_.Below(12)) {
    case 0: {
      const std::string email = AnyText("c");
      const std::string name = AnyText("n");
      return Compare("InsertCustomer",
                     txn.InsertCustomer({.email = email, .name = name}),
                     model.InsertCustomer({.email = email, .name = name}));
    }
    case 1: {
      const NewOrder row{.customer_id = AnyId(state.customers)};
      return Compare("InsertOrder", txn.InsertOrder(row),
                     model.InsertOrder(row));
    }
    case 2:
    case 3: {
      const std::string value = AnyText("b");
      const NewBarcode row{.value = value,
                           .order_id = AnyOrder(state),
                           .is_used = random_.OneIn(10)};
      return Compare("InsertBarcode", txn.InsertBarcode(row),
                     model.InsertBarcode(row));
    }
    case 4: {
      const OrderId order = AnyId(state.orders);
      const size_t n = random_.OneTo(3);
      return Compare("AssignBarcodes", txn.AssignBarcodes(order, n).status(),
                     model.AssignBarcodes(order, n).faults);
    }
    case 5: {
      const std::string value = AnyValue(state);
      return Compare("Redeem", txn.Redeem(value), model.Redeem(value));
    }
    case 6: {
      const std::string value = AnyValue(state);
      return Compare("Unredeem", txn.Unredeem(value), model.Unredeem(value));
    }
    case 7:
      return ChangeCustomer(txn, model);
    case 8:
      return ChangeOrder(txn, model);
    case 9:
      return ChangeBarcode(txn, model);
    case 10:
      return Delete(txn, model);
    default:
      return random_.OneIn(4) ? InsertMany(txn, model)
                              : RunStatement(txn, model);
  }
}

std::string Workload::InsertMany(Transaction& txn, ModelTransaction& model) {
  std::vector<std::string> values;
  const size_t count = random_.OneTo(random_.OneIn(6) ? 150 : 20);
  for (size_t i = 0; i < count; ++i) {
    values.push_back(absl::StrCat("m", model.state().next_barcode_id, "-", i,
                                  std::string(i % 5 * 40, 'y')));
  }
  std::vector<NewBarcode> rows;
  for (const std::string& value : values) rows.push_back({.value = value});
  return Compare("InsertBarcodes", txn.InsertBarcodes(rows),
                 model.InsertBarcodes(rows));
}

std::string Workload::ChangeCustomer(Transaction& txn,
                                     ModelTransaction& model) {
  const CustomerId id = AnyId(model.state().customers);
  const std::string email = AnyText("c");
  const std::string name = AnyText("n");
  CustomerUpdate update;
  if (random_.OneIn(2)) update.email = email;
  if (random_.OneIn(2)) update.name = name;
  if (random_.OneIn(4)) {
    update.updated_at = Timestamp(std::chrono::microseconds(random_.Below(99)));
  }
  return Compare("UpdateCustomer", txn.UpdateCustomer(id, update),
                 model.UpdateCustomer(id, update));
}

std::string Workload::ChangeOrder(Transaction& txn, ModelTransaction& model) {
  const OrderId id = AnyId(model.state().orders);
  const OrderUpdate update{.customer_id = AnyId(model.state().customers)};
  return Compare("UpdateOrder", txn.UpdateOrder(id, update),
                 model.UpdateOrder(id, update));
}

std::string Workload::ChangeBarcode(Transaction& txn, ModelTransaction& model) {
  const BarcodeId id = AnyId(model.state().barcodes);
  const std::string value = AnyText("b");
  BarcodeUpdate update;
  if (random_.OneIn(2)) update.value = value;
  if (random_.OneIn(2)) update.order_id = AnyOrder(model.state());
  if (random_.OneIn(3)) update.is_used = random_.OneIn(2);
  return Compare("UpdateBarcode", txn.UpdateBarcode(id, update),
                 model.UpdateBarcode(id, update));
}

std::string Workload::Delete(Transaction& txn, ModelTransaction& model) {
  switch (random_.Below(4)) {
    case 0: {
      const CustomerId id = AnyId(model.state().customers);
      return Compare("DeleteCustomer", txn.DeleteCustomer(id),
                     model.DeleteCustomer(id));
    }
    case 1: {
      const OrderId id = AnyId(model.state().orders);
      return Compare("DeleteOrder", txn.DeleteOrder(id), model.DeleteOrder(id));
    }
    default: {
      const BarcodeId id = AnyId(model.state().barcodes);
      return Compare("DeleteBarcode", txn.DeleteBarcode(id),
                     model.DeleteBarcode(id));
    }
  }
}

// ---- States ----------------------------------------------------------------

State ReadState(const Reader& reader) {
  State state;
  state.lsn = reader.lsn();
  for (const Customer& row : reader.Customers()) {
    state.customers.emplace(row.id, ToOwned(row));
  }
  for (const Order& row : reader.Orders()) state.orders.emplace(row.id, row);
  for (const Barcode& row : reader.Barcodes()) {
    state.barcodes.emplace(row.id, ToOwned(row));
  }
  return state;
}

std::string CompareRows(const State& found, const State& expected) {
  std::string error =
      CompareTables("customer", found.customers, expected.customers);
  if (error.empty()) {
    error = CompareTables("order", found.orders, expected.orders);
  }
  if (error.empty()) {
    error = CompareTables("barcode", found.barcodes, expected.barcodes);
  }
  return error;
}

}  // namespace orderstore
