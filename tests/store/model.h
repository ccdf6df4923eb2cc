// A naive reference of the store: a copy of all rows for each state, each
// statement in the words of its documentation. The model test holds the store
// against it.
//
//   State state;                          // LSN 0, empty
//   ModelTransaction txn(state);
//   Expected<CustomerId> id = txn.InsertCustomer({.email = "a@x"});
//   // id.faults: the codes the store may answer with; empty: it succeeds
//   state = txn.state();                  // commit; or forget txn: abort

#ifndef ORDERSTORE_TESTS_STORE_MODEL_H_
#define ORDERSTORE_TESTS_STORE_MODEL_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "orderstore/ids.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"
#include "store/model_state.h"

namespace orderstore {

// The codes of every documented error that applies to a statement. The store
// may answer with any of them; if there is none, the statement succeeds.
using Faults = std::set<absl::StatusCode>;

template <typename T>
struct Expected {
  Faults faults;
  T value = {};
};

// The statements of Transaction, on a state. A statement with faults changes
// nothing.
//
// Timestamps that a statement leaves to the store can't be foreseen. After the
// store ran the statement too, TakeTimestamps reads them from there and checks
// them by their rules.
class ModelTransaction {
 public:
  explicit ModelTransaction(const State& state) : state_(state) {}

  const State& state() const { return state_; }
  // True once a statement changed something, even if later ones undid it.
  bool wrote() const { return wrote_; }

  Expected<CustomerId> InsertCustomer(const NewCustomer& row);
  Expected<CustomerId> FindOrCreateCustomer(std::string_view email,
                                            std::string_view name);
  Faults UpdateCustomer(CustomerId id, const CustomerUpdate& update);
  Faults DeleteCustomer(CustomerId id);

  Expected<OrderId> InsertOrder(const NewOrder& row);
  Faults UpdateOrder(OrderId id, const OrderUpdate& update);
  Faults DeleteOrder(OrderId id);

  Expected<BarcodeId> InsertBarcode(const NewBarcode& row);
  Faults UpdateBarcode(BarcodeId id, const BarcodeUpdate& update);
  Faults DeleteBarcode(BarcodeId id);

  Expected<std::vector<BarcodeId>> InsertBarcodes(
      OrderId order, std::span<const std::string_view> values);
  Expected<std::vector<CustomerId>> InsertCustomers(
      std::span<const NewCustomer> rows);
  Expected<std::vector<OrderId>> InsertOrders(std::span<const NewOrder> rows);
  Expected<std::vector<BarcodeId>> InsertBarcodes(
      std::span<const NewBarcode> rows);

  Expected<std::vector<BarcodeId>> AssignBarcodes(OrderId order, size_t n);
  Faults AssignBarcode(std::string_view value, OrderId order);
  Faults Redeem(std::string_view value);
  Faults Unredeem(std::string_view value);

  // Takes from `reader` the timestamps that statements since the last call left
  // to the store. Returns what is wrong with them, or an empty string.
  std::string TakeTimestamps(const Reader& reader);

 private:
  // A row whose timestamps the store chose.
  struct Defaulted {
    std::variant<CustomerId, OrderId, BarcodeId> id;
    bool created_at = false;
    bool updated_at = false;
    std::optional<Timestamp> old_updated_at = {};  // none: an insert
  };

  template <typename NewRow, typename RowId>
  void NoteInsert(const NewRow& row, RowId id, int64_t* next_id);
  template <typename Row>
  void NoteUpdate(Row& row, const Row& changed, std::optional<Timestamp> given);
  template <typename RowId, typename NewRow>
  Expected<std::vector<RowId>> InsertAll(
      std::span<const NewRow> rows,
      Expected<RowId> (ModelTransaction::*insert)(const NewRow&));
  template <typename Row, typename StoredRow>
  std::string TakeRow(const Defaulted& defaulted, Row& row,
                      const std::optional<StoredRow>& stored);
  OwnedBarcode* MutableBarcode(std::string_view value);

  State state_;
  bool wrote_ = false;
  std::optional<Timestamp> time_;  // of the transaction, once it is known
  std::vector<Defaulted> defaulted_;
};

// ---- What may be wrong with a statement ------------------------------------

// At most 255 characters of UTF-8 as of RFC 3629, without NUL.
inline bool IsGoodText(std::string_view text) {
  int characters = 0;
  for (size_t at = 0; at < text.size(); ++characters) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = lead < 0x80   ? 1
                          : lead < 0xC0 ? 0  // a continuation byte
                          : lead < 0xE0 ? 2
                          : lead < 0xF0 ? 3
                          : lead < 0xF8 ? 4
                                        : 0;
    if (length == 0 || at + length > text.size()) return false;
    uint32_t code = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xC0) != 0x80) return false;
      code = (code << 6) | (next & 0x3Fu);
    }
    constexpr uint32_t kLeast[] = {0, 1, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10FFFF) return false;
    if (code >= 0xD800 && code <= 0xDFFF) return false;
    at += length;
  }
  return characters <= 255;
}

inline std::string RowName(CustomerId id) {
  return std::string("customer ").append(std::to_string(id.value()));
}
inline std::string RowName(OrderId id) {
  return std::string("order ").append(std::to_string(id.value()));
}
inline std::string RowName(BarcodeId id) {
  return std::string("barcode ").append(std::to_string(id.value()));
}

inline void AddTextFaults(std::string_view text, bool may_be_empty,
                          Faults* faults) {
  if (!IsGoodText(text) || (text.empty() && !may_be_empty)) {
    faults->insert(absl::StatusCode::kInvalidArgument);
  }
}

inline void AddTimeFaults(std::optional<Timestamp> time, Faults* faults) {
  if (time && (*time < kTimestampMin || *time > kTimestampMax)) {
    faults->insert(absl::StatusCode::kInvalidArgument);
  }
}

// A statement that names a row which must be there.
template <typename Row>
void AddRowFaults(const std::map<decltype(Row::id), Row>& rows,
                  decltype(Row::id) id, Faults* faults) {
  if (!id.valid()) faults->insert(absl::StatusCode::kInvalidArgument);
  if (!rows.contains(id)) faults->insert(absl::StatusCode::kNotFound);
}

// An insert that gives an id, or draws one.
template <typename Row>
void AddNewIdFaults(const std::map<decltype(Row::id), Row>& rows,
                    std::optional<decltype(Row::id)> id, int64_t next_id,
                    Faults* faults) {
  using RowId = decltype(Row::id);
  if (!id) {
    if (next_id > RowId::Max().value()) {
      faults->insert(absl::StatusCode::kResourceExhausted);
    }
    return;
  }
  if (!id->valid()) faults->insert(absl::StatusCode::kInvalidArgument);
  if (rows.contains(*id)) faults->insert(absl::StatusCode::kAlreadyExists);
}

template <typename RowId>
RowId NewId(std::optional<RowId> given, int64_t next_id) {
  return given ? *given : RowId(static_cast<int32_t>(next_id));
}

// ---- What a statement changed ----------------------------------------------

template <typename NewRow, typename RowId>
void ModelTransaction::NoteInsert(const NewRow& row, RowId id,
                                  int64_t* next_id) {
  *next_id = std::max(*next_id, int64_t{id.value()} + 1);
  wrote_ = true;
  if (!row.created_at || !row.updated_at) {
    defaulted_.push_back({.id = id,
                          .created_at = !row.created_at,
                          .updated_at = !row.updated_at});
  }
}

template <typename Row>
void ModelTransaction::NoteUpdate(Row& row, const Row& changed,
                                  std::optional<Timestamp> given) {
  if (changed == row) return;
  wrote_ = true;
  if (!given) {
    defaulted_.push_back(
        {.id = row.id, .updated_at = true, .old_updated_at = row.updated_at});
  }
  row = changed;
}

// ---- Customers -------------------------------------------------------------

inline Expected<CustomerId> ModelTransaction::InsertCustomer(
    const NewCustomer& row) {
  Faults faults;
  AddTextFaults(row.email, /*may_be_empty=*/false, &faults);
  AddTextFaults(row.name, /*may_be_empty=*/true, &faults);
  AddTimeFaults(row.created_at, &faults);
  AddTimeFaults(row.updated_at, &faults);
  AddNewIdFaults(state_.customers, row.id, state_.next_customer_id, &faults);
  if (state_.FindCustomerByEmail(row.email) != nullptr) {
    faults.insert(absl::StatusCode::kAlreadyExists);
  }
  if (!faults.empty()) return {faults};
  const CustomerId id = NewId(row.id, state_.next_customer_id);
  state_.customers[id] = {id, std::string(row.email), std::string(row.name),
                          row.created_at.value_or(Timestamp()),
                          row.updated_at.value_or(Timestamp())};
  NoteInsert(row, id, &state_.next_customer_id);
  return {{}, id};
}

inline Expected<CustomerId> ModelTransaction::FindOrCreateCustomer(
    std::string_view email, std::string_view name) {
  Faults faults;
  AddTextFaults(email, /*may_be_empty=*/false, &faults);
  AddTextFaults(name, /*may_be_empty=*/true, &faults);
  if (!faults.empty()) return {faults};
  if (const OwnedCustomer* row = state_.FindCustomerByEmail(email)) {
    return {{}, row->id};
  }
  return InsertCustomer({.email = email, .name = name});
}

inline Faults ModelTransaction::UpdateCustomer(CustomerId id,
                                               const CustomerUpdate& update) {
  Faults faults;
  AddRowFaults(state_.customers, id, &faults);
  AddTimeFaults(update.updated_at, &faults);
  if (update.name) AddTextFaults(*update.name, true, &faults);
  if (update.email) {
    AddTextFaults(*update.email, false, &faults);
    const OwnedCustomer* holder = state_.FindCustomerByEmail(*update.email);
    if (holder != nullptr && holder->id != id) {
      faults.insert(absl::StatusCode::kAlreadyExists);
    }
  }
  if (!faults.empty()) return faults;
  OwnedCustomer& row = state_.customers[id];
  OwnedCustomer changed = row;
  if (update.email) changed.email = *update.email;
  if (update.name) changed.name = *update.name;
  if (update.updated_at) changed.updated_at = *update.updated_at;
  NoteUpdate(row, changed, update.updated_at);
  return {};
}

inline Faults ModelTransaction::DeleteCustomer(CustomerId id) {
  Faults faults;
  AddRowFaults(state_.customers, id, &faults);
  if (!state_.OrdersOf(id).empty()) {
    faults.insert(absl::StatusCode::kFailedPrecondition);
  }
  if (!faults.empty()) return faults;
  state_.customers.erase(id);
  wrote_ = true;
  return {};
}

// ---- Orders ----------------------------------------------------------------

inline Expected<OrderId> ModelTransaction::InsertOrder(const NewOrder& row) {
  Faults faults;
  AddRowFaults(state_.customers, row.customer_id, &faults);
  AddTimeFaults(row.created_at, &faults);
  AddTimeFaults(row.updated_at, &faults);
  AddNewIdFaults(state_.orders, row.id, state_.next_order_id, &faults);
  if (!faults.empty()) return {faults};
  const OrderId id = NewId(row.id, state_.next_order_id);
  state_.orders[id] = {id, row.customer_id,
                       row.created_at.value_or(Timestamp()),
                       row.updated_at.value_or(Timestamp())};
  NoteInsert(row, id, &state_.next_order_id);
  return {{}, id};
}

inline Faults ModelTransaction::UpdateOrder(OrderId id,
                                            const OrderUpdate& update) {
  Faults faults;
  AddRowFaults(state_.orders, id, &faults);
  AddTimeFaults(update.updated_at, &faults);
  if (update.customer_id) {
    AddRowFaults(state_.customers, *update.customer_id, &faults);
  }
  if (!faults.empty()) return faults;
  Order& row = state_.orders[id];
  Order changed = row;
  if (update.customer_id) changed.customer_id = *update.customer_id;
  if (update.updated_at) changed.updated_at = *update.updated_at;
  NoteUpdate(row, changed, update.updated_at);
  return {};
}

inline Faults ModelTransaction::DeleteOrder(OrderId id) {
  Faults faults;
  AddRowFaults(state_.orders, id, &faults);
  if (!state_.BarcodesOf(id, BarcodeFilter::kAll).empty()) {
    faults.insert(absl::StatusCode::kFailedPrecondition);
  }
  if (!faults.empty()) return faults;
  state_.orders.erase(id);
  wrote_ = true;
  return {};
}

// ---- Barcodes --------------------------------------------------------------

inline Expected<BarcodeId> ModelTransaction::InsertBarcode(
    const NewBarcode& row) {
  Faults faults;
  AddTextFaults(row.value, /*may_be_empty=*/false, &faults);
  AddTimeFaults(row.created_at, &faults);
  AddTimeFaults(row.updated_at, &faults);
  AddNewIdFaults(state_.barcodes, row.id, state_.next_barcode_id, &faults);
  if (row.order_id) AddRowFaults(state_.orders, *row.order_id, &faults);
  if (state_.FindBarcodeByValue(row.value) != nullptr) {
    faults.insert(absl::StatusCode::kAlreadyExists);
  }
  if (!faults.empty()) return {faults};
  const BarcodeId id = NewId(row.id, state_.next_barcode_id);
  state_.barcodes[id] = {id,
                         std::string(row.value),
                         row.order_id,
                         row.is_used,
                         row.created_at.value_or(Timestamp()),
                         row.updated_at.value_or(Timestamp())};
  NoteInsert(row, id, &state_.next_barcode_id);
  return {{}, id};
}

inline Faults ModelTransaction::UpdateBarcode(BarcodeId id,
                                              const BarcodeUpdate& update) {
  Faults faults;
  AddRowFaults(state_.barcodes, id, &faults);
  AddTimeFaults(update.updated_at, &faults);
  if (update.order_id && *update.order_id) {
    AddRowFaults(state_.orders, **update.order_id, &faults);
  }
  if (update.value) {
    AddTextFaults(*update.value, false, &faults);
    const OwnedBarcode* holder = state_.FindBarcodeByValue(*update.value);
    if (holder != nullptr && holder->id != id) {
      faults.insert(absl::StatusCode::kAlreadyExists);
    }
  }
  if (!faults.empty()) return faults;
  OwnedBarcode& row = state_.barcodes[id];
  OwnedBarcode changed = row;
  if (update.value) changed.value = *update.value;
  if (update.order_id) changed.order_id = *update.order_id;
  if (update.is_used) changed.is_used = *update.is_used;
  if (update.updated_at) changed.updated_at = *update.updated_at;
  NoteUpdate(row, changed, update.updated_at);
  return {};
}

inline Faults ModelTransaction::DeleteBarcode(BarcodeId id) {
  Faults faults;
  AddRowFaults(state_.barcodes, id, &faults);
  if (!faults.empty()) return faults;
  state_.barcodes.erase(id);
  wrote_ = true;
  return {};
}

// ---- Many rows at once -----------------------------------------------------

template <typename RowId, typename NewRow>
Expected<std::vector<RowId>> ModelTransaction::InsertAll(
    std::span<const NewRow> rows,
    Expected<RowId> (ModelTransaction::*insert)(const NewRow&)) {
  const ModelTransaction before = *this;
  Expected<std::vector<RowId>> result;
  for (const NewRow& row : rows) {
    const Expected<RowId> one = (this->*insert)(row);
    if (!one.faults.empty()) {
      *this = before;
      return {one.faults};
    }
    result.value.push_back(one.value);
  }
  return result;
}

inline Expected<std::vector<CustomerId>> ModelTransaction::InsertCustomers(
    std::span<const NewCustomer> rows) {
  return InsertAll(rows, &ModelTransaction::InsertCustomer);
}

inline Expected<std::vector<OrderId>> ModelTransaction::InsertOrders(
    std::span<const NewOrder> rows) {
  return InsertAll(rows, &ModelTransaction::InsertOrder);
}

inline Expected<std::vector<BarcodeId>> ModelTransaction::InsertBarcodes(
    std::span<const NewBarcode> rows) {
  return InsertAll(rows, &ModelTransaction::InsertBarcode);
}

inline Expected<std::vector<BarcodeId>> ModelTransaction::InsertBarcodes(
    OrderId order, std::span<const std::string_view> values) {
  Faults faults;
  AddRowFaults(state_.orders, order, &faults);
  if (!faults.empty()) {
    // Every row is at fault then, and may have faults of its own.
    for (std::string_view value : values) {
      faults.merge(InsertBarcode({.value = value, .order_id = order}).faults);
    }
    return {faults};
  }
  std::vector<NewBarcode> rows;
  for (std::string_view value : values) {
    rows.push_back({.value = value, .order_id = order});
  }
  return InsertBarcodes(rows);
}

// ---- What this domain lives on ---------------------------------------------

inline OwnedBarcode* ModelTransaction::MutableBarcode(std::string_view value) {
  const OwnedBarcode* row = state_.FindBarcodeByValue(value);
  return row == nullptr ? nullptr : &state_.barcodes[row->id];
}

inline Expected<std::vector<BarcodeId>> ModelTransaction::AssignBarcodes(
    OrderId order, size_t n) {
  Faults faults;
  AddRowFaults(state_.orders, order, &faults);
  std::vector<BarcodeId> ids;
  for (const OwnedBarcode& row : state_.UnassignedBarcodes()) {
    if (!row.is_used && ids.size() < n) ids.push_back(row.id);
  }
  if (ids.size() < n) faults.insert(absl::StatusCode::kNotFound);
  if (!faults.empty()) return {faults};
  for (BarcodeId id : ids) UpdateBarcode(id, {.order_id = order});
  return {{}, ids};
}

inline Faults ModelTransaction::AssignBarcode(std::string_view value,
                                              OrderId order) {
  Faults faults;
  AddTextFaults(value, false, &faults);
  AddRowFaults(state_.orders, order, &faults);
  OwnedBarcode* row = MutableBarcode(value);
  if (row == nullptr) {
    faults.insert(absl::StatusCode::kNotFound);
  } else if (row->order_id || row->is_used) {
    faults.insert(absl::StatusCode::kFailedPrecondition);
  }
  if (!faults.empty()) return faults;
  return UpdateBarcode(row->id, {.order_id = order});
}

inline Faults ModelTransaction::Redeem(std::string_view value) {
  Faults faults;
  AddTextFaults(value, false, &faults);
  OwnedBarcode* row = MutableBarcode(value);
  if (row == nullptr) {
    faults.insert(absl::StatusCode::kNotFound);
  } else if (!row->order_id || row->is_used) {
    faults.insert(absl::StatusCode::kFailedPrecondition);
  }
  if (!faults.empty()) return faults;
  return UpdateBarcode(row->id, {.is_used = true});
}

inline Faults ModelTransaction::Unredeem(std::string_view value) {
  Faults faults;
  AddTextFaults(value, false, &faults);
  OwnedBarcode* row = MutableBarcode(value);
  if (row == nullptr) faults.insert(absl::StatusCode::kNotFound);
  if (!faults.empty()) return faults;
  return UpdateBarcode(row->id, {.is_used = false});
}

// ---- Timestamps ------------------------------------------------------------

template <typename Row, typename StoredRow>
std::string ModelTransaction::TakeRow(const Defaulted& defaulted, Row& row,
                                      const std::optional<StoredRow>& stored) {
  const std::string name = RowName(row.id);
  if (!stored) return name + " is not there";
  if (defaulted.created_at) {
    if (!time_) time_ = stored->created_at;
    if (stored->created_at != *time_) {
      return name + ": created_at is not the transaction's time";
    }
    row.created_at = stored->created_at;
  }
  if (!defaulted.updated_at) return "";
  const Timestamp updated_at = stored->updated_at;
  row.updated_at = updated_at;
  if (!defaulted.old_updated_at) {
    if (!time_) time_ = updated_at;
    return updated_at == *time_
               ? ""
               : name + ": updated_at is not the transaction's time";
  }
  // An update: the transaction's time, or just past the old time.
  const Timestamp past =
      *defaulted.old_updated_at + std::chrono::microseconds(1);
  if (updated_at < past) return name + ": updated_at did not move";
  if (!time_ && updated_at > past) time_ = updated_at;
  if (time_ && updated_at != std::max(*time_, past)) {
    return name + ": updated_at is not the transaction's time, nor just past " +
           "the old one";
  }
  return "";
}

inline std::string ModelTransaction::TakeTimestamps(const Reader& reader) {
  std::string error;
  for (const Defaulted& defaulted : std::exchange(defaulted_, {})) {
    if (const auto* customer = std::get_if<CustomerId>(&defaulted.id)) {
      error += TakeRow(defaulted, state_.customers[*customer],
                       reader.FindCustomer(*customer));
    } else if (const auto* order = std::get_if<OrderId>(&defaulted.id)) {
      error +=
          TakeRow(defaulted, state_.orders[*order], reader.FindOrder(*order));
    } else {
      const auto barcode = std::get<BarcodeId>(defaulted.id);
      error += TakeRow(defaulted, state_.barcodes[barcode],
                       reader.FindBarcode(barcode));
    }
  }
  return error;
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_MODEL_H_
