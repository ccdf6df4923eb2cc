// Rows, texts and times, from the C API to the C++ API and back.

#ifndef ORDERSTORE_CAPI_ROWS_H_
#define ORDERSTORE_CAPI_ROWS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "orderstore/c/records.h"
#include "orderstore/ids.h"
#include "orderstore/records.h"

namespace orderstore::capi {

// ---- From C ----------------------------------------------------------------

// Whether it has an address if it has bytes.
inline bool IsSound(orderstore_text text) {
  return text.data != nullptr || text.size == 0;
}
// InvalidArgument: it is not sound.
inline absl::Status CheckText(const char* column, orderstore_text text) {
  if (IsSound(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the text ", column, " has ", text.size,
                   " bytes, and NULL for their address; nothing was done"));
}

// Of a sound text.
inline std::string_view ToView(orderstore_text text) {
  return text.size == 0 ? std::string_view()
                        : std::string_view(text.data, text.size);
}

inline std::optional<Timestamp> ToTime(const int64_t* time_us) {
  if (time_us == nullptr) return std::nullopt;
  return Timestamp(std::chrono::microseconds(*time_us));
}

// None for 0.
template <typename RowId>
std::optional<RowId> ToOptionalId(int32_t id) {
  if (id == 0) return std::nullopt;
  return RowId(id);
}

// InvalidArgument: a text is not sound.
inline absl::Status CheckTexts(const orderstore_new_customer& row) {
  absl::Status status = CheckText("email", row.email);
  return status.ok() ? CheckText("name", row.name) : status;
}
inline absl::Status CheckTexts(const orderstore_new_order& /*row*/) {
  return absl::OkStatus();
}
inline absl::Status CheckTexts(const orderstore_new_barcode& row) {
  return CheckText("value", row.value);
}

// Of rows whose texts are sound.
inline NewCustomer ToRow(const orderstore_new_customer& row) {
  return {.email = ToView(row.email),
          .name = ToView(row.name),
          .id = ToOptionalId<CustomerId>(row.id),
          .created_at = ToTime(row.created_at_us),
          .updated_at = ToTime(row.updated_at_us)};
}
inline NewOrder ToRow(const orderstore_new_order& row) {
  return {.customer_id = CustomerId(row.customer_id),
          .id = ToOptionalId<OrderId>(row.id),
          .created_at = ToTime(row.created_at_us),
          .updated_at = ToTime(row.updated_at_us)};
}
inline NewBarcode ToRow(const orderstore_new_barcode& row) {
  return {.value = ToView(row.value),
          .order_id = ToOptionalId<OrderId>(row.order_id),
          .is_used = row.is_used != 0,
          .id = ToOptionalId<BarcodeId>(row.id),
          .created_at = ToTime(row.created_at_us),
          .updated_at = ToTime(row.updated_at_us)};
}

// ---- To C ------------------------------------------------------------------

inline orderstore_text ToC(std::string_view text) {
  return {text.data() == nullptr ? "" : text.data(), text.size()};
}

inline int64_t ToC(Timestamp time) { return time.time_since_epoch().count(); }

inline orderstore_customer ToC(const Customer& row) {
  return {row.id.value(), ToC(row.email), ToC(row.name), ToC(row.created_at),
          ToC(row.updated_at)};
}

inline orderstore_order ToC(const Order& row) {
  return {row.id.value(), row.customer_id.value(), ToC(row.created_at),
          ToC(row.updated_at)};
}

inline orderstore_barcode ToC(const Barcode& row) {
  return {row.id.value(),      row.order_id ? row.order_id->value() : 0,
          ToC(row.value),      ToC(row.created_at),
          ToC(row.updated_at), static_cast<uint8_t>(row.is_used)};
}

inline orderstore_counts ToC(const Counts& counts) {
  return {counts.customers, counts.orders, counts.barcodes,
          counts.unassigned_barcodes, counts.unused_barcodes};
}

inline orderstore_digests ToC(const Digests& digests) {
  return {digests.customers, digests.orders, digests.barcodes};
}

inline orderstore_next_ids ToC(const NextIds& next_ids) {
  return {next_ids.customers, next_ids.orders, next_ids.barcodes};
}

inline orderstore_customer_tickets ToC(const CustomerTickets& line) {
  return {line.customer_id.value(), line.ticket_count};
}

// ---- What programs in other languages were built for -----------------------

static_assert(sizeof(orderstore_text) == 16);
static_assert(sizeof(orderstore_customer) == 56);
static_assert(sizeof(orderstore_order) == 24);
static_assert(sizeof(orderstore_barcode) == 48);
static_assert(sizeof(orderstore_new_customer) == 56);
static_assert(sizeof(orderstore_new_order) == 24);
static_assert(sizeof(orderstore_new_barcode) == 48);
static_assert(sizeof(orderstore_customer_update) == 24);
static_assert(sizeof(orderstore_order_update) == 16);
static_assert(sizeof(orderstore_barcode_update) == 32);
static_assert(sizeof(orderstore_counts) == 40);
static_assert(sizeof(orderstore_digests) == 24);
static_assert(sizeof(orderstore_next_ids) == 24);
static_assert(sizeof(orderstore_customer_tickets) == 16);

}  // namespace orderstore::capi

#endif  // ORDERSTORE_CAPI_ROWS_H_
