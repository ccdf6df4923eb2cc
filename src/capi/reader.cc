// Views, and the questions to a view or a transaction.

#include "orderstore/c/reader.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "capi/code.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/rows.h"
#include "orderstore/ids.h"
#include "orderstore/options.h"
#include "orderstore/read_view.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"
#include "orderstore/scan.h"
#include "orderstore/store.h"

namespace orderstore::capi {
namespace {

// Rows that are converted at a time; as many lookups overlap.
constexpr size_t kPortion = 32;

// Calls `answer(reader)`, which returns an orderstore_code, if the reader may
// be used and `out`, where the answer goes, is not NULL.
template <typename Out, typename Answer>
orderstore_code Ask(const orderstore_reader_t* reader, const Out* out,
                    Answer answer) noexcept {
  return Guarded([&] {
    const orderstore_code code = CheckUse(reader);
    if (code != ORDERSTORE_OK) return code;
    if (out == nullptr) {
      return Fail(ORDERSTORE_INVALID_ARGUMENT,
                  "there is NULL where the answer goes");
    }
    return answer(*reader->rows);
  });
}

orderstore_code NoSuchRow() {
  return Fail(ORDERSTORE_NOT_FOUND, "there is no such row");
}

orderstore_code NoRows() {
  return Fail(ORDERSTORE_INVALID_ARGUMENT,
              "there is NULL for an array that has elements");
}

// ---- One row ---------------------------------------------------------------

template <typename Row, typename CRow>
orderstore_code GiveRow(const std::optional<Row>& found, CRow* row) {
  if (!found) {
    *row = CRow{};
    return NoSuchRow();
  }
  *row = ToC(*found);
  return Succeed();
}

// Calls `find(reader, text)`.
template <typename CRow, typename Find>
orderstore_code FindByText(const orderstore_reader_t* reader,
                           const char* column, orderstore_text text, CRow* row,
                           Find find) noexcept {
  return Ask(reader, row, [&](const Reader& rows) {
    const absl::Status status = CheckText(column, text);
    if (!status.ok()) return Fail(status);
    return GiveRow(find(rows, ToView(text)), row);
  });
}

// ---- Many rows at once -----------------------------------------------------

// Answers for keys[i], as `convert` makes them of the C API's, by `find(reader,
// keys, rows)`.
template <typename Key, typename Row, typename CKey, typename CRow,
          typename Convert, typename Find>
orderstore_code FindMany(const orderstore_reader_t* reader, const CKey* keys,
                         size_t count, CRow* rows, Convert convert,
                         Find find) noexcept {
  return Guarded([&] {
    const orderstore_code code = CheckUse(reader);
    if (code != ORDERSTORE_OK) return code;
    if (count > 0 && (keys == nullptr || rows == nullptr)) return NoRows();
    std::array<Key, kPortion> some_keys;
    std::array<std::optional<Row>, kPortion> found;
    for (size_t at = 0; at < count; at += kPortion) {
      const size_t size = std::min(kPortion, count - at);
      std::transform(keys + at, keys + at + size, some_keys.begin(), convert);
      find(*reader->rows, std::span<const Key>(some_keys).first(size),
           std::span<std::optional<Row>>(found));
      std::transform(found.begin(),
                     found.begin() + static_cast<ptrdiff_t>(size), rows + at,
                     [](const std::optional<Row>& row) {
                       return row ? ToC(*row) : CRow{};
                     });
    }
    return Succeed();
  });
}

// The same by texts.
template <typename Row, typename CRow, typename Find>
orderstore_code FindManyByText(const orderstore_reader_t* reader,
                               const orderstore_text* texts, size_t count,
                               CRow* rows, Find find) noexcept {
  const size_t known = texts == nullptr ? 0 : count;
  if (!std::all_of(texts, texts + known, IsSound)) {
    return Fail(ORDERSTORE_INVALID_ARGUMENT,
                "a text has bytes, and NULL for their address");
  }
  return FindMany<std::string_view, Row>(reader, texts, count, rows, ToView,
                                         find);
}

// ---- Rows of a parent ------------------------------------------------------

template <typename Row, typename CRow>
orderstore_code GiveRows(const std::vector<Row>& found, CRow* rows,
                         size_t capacity, size_t* count) {
  *count = found.size();
  const auto given = static_cast<ptrdiff_t>(std::min(capacity, found.size()));
  std::transform(found.begin(), found.begin() + given, rows,
                 [](const Row& row) { return ToC(row); });
  if (found.size() > capacity) {
    return Fail(ORDERSTORE_OUT_OF_RANGE,
                "there are more rows than there is room for; the first ones "
                "were given, and the number of all");
  }
  return Succeed();
}

// ---- Scans -----------------------------------------------------------------

template <typename Row, typename CRow>
orderstore_code ReadPage(const orderstore_reader_t* reader, int32_t after,
                         CRow* rows, size_t capacity, size_t* count,
                         typename Scan<Row>::ReadPage read) noexcept {
  return Ask(reader, count, [&](const Reader& of) {
    if (rows == nullptr && capacity > 0) return NoRows();
    std::array<Row, kPortion> page;
    decltype(Row::id) last(after);
    size_t size = 0;
    bool more = true;
    while (more && size < capacity) {
      const size_t wanted = std::min(kPortion, capacity - size);
      const size_t got = (of.*read)(last, std::span(page).first(wanted));
      for (size_t i = 0; i < got; ++i) rows[size + i] = ToC(page[i]);
      size += got;
      more = got == wanted;
      if (got > 0) last = page[got - 1].id;
    }
    *count = size;
    return Succeed();
  });
}

}  // namespace
}  // namespace orderstore::capi

namespace capi = orderstore::capi;
using orderstore::Reader;

// ---- Views -----------------------------------------------------------------

orderstore_code orderstore_view_open(const orderstore_t* store, int32_t level,
                                     orderstore_view_t** view) {
  return capi::Guarded([&] {
    if (view == nullptr) return capi::IsNull("view");
    *view = nullptr;
    if (store == nullptr) return capi::IsNull("store");
    if (level != ORDERSTORE_READ_DEFAULT && level != ORDERSTORE_READ_LATEST) {
      return capi::Fail(absl::InvalidArgumentError(
          absl::StrCat("there is no read level ", level)));
    }
    *view =
        std::make_unique<orderstore_view_t>(
            store->store->OpenReadView(level == ORDERSTORE_READ_LATEST
                                           ? orderstore::ReadLevel::kLatest
                                           : orderstore::ReadLevel::kDefault))
            .release();
    return capi::Succeed();
  });
}

orderstore_code orderstore_view_open_at_least(const orderstore_t* store,
                                              uint64_t at_least,
                                              int64_t timeout_ms,
                                              orderstore_view_t** view) {
  return capi::Guarded([&] {
    if (view == nullptr) return capi::IsNull("view");
    *view = nullptr;
    if (store == nullptr) return capi::IsNull("store");
    absl::StatusOr<orderstore::ReadView> opened =
        store->store->OpenReadView(at_least, capi::ToDeadline(timeout_ms));
    if (!opened.ok()) return capi::Fail(opened.status());
    *view = std::make_unique<orderstore_view_t>(*std::move(opened)).release();
    return capi::Succeed();
  });
}

void orderstore_view_destroy(orderstore_view_t* view) { delete view; }

const orderstore_reader_t* orderstore_view_reader(
    const orderstore_view_t* view) {
  return view == nullptr ? nullptr : &view->reader;
}

const orderstore_reader_t* orderstore_txn_reader(const orderstore_txn_t* txn) {
  return txn == nullptr ? nullptr : &txn->reader;
}

orderstore_code orderstore_get_lsn(const orderstore_reader_t* reader,
                                   uint64_t* lsn) {
  return capi::Ask(reader, lsn, [&](const Reader& rows) {
    *lsn = rows.lsn();
    return capi::Succeed();
  });
}

// ---- One row ---------------------------------------------------------------

orderstore_code orderstore_find_customer(const orderstore_reader_t* reader,
                                         int32_t id, orderstore_customer* row) {
  return capi::Ask(reader, row, [&](const Reader& rows) {
    return capi::GiveRow(rows.FindCustomer(orderstore::CustomerId(id)), row);
  });
}

orderstore_code orderstore_find_customer_by_email(
    const orderstore_reader_t* reader, orderstore_text email,
    orderstore_customer* row) {
  return capi::FindByText(reader, "email", email, row,
                          [](const Reader& rows, std::string_view text) {
                            return rows.FindCustomerByEmail(text);
                          });
}

orderstore_code orderstore_find_order(const orderstore_reader_t* reader,
                                      int32_t id, orderstore_order* row) {
  return capi::Ask(reader, row, [&](const Reader& rows) {
    return capi::GiveRow(rows.FindOrder(orderstore::OrderId(id)), row);
  });
}

orderstore_code orderstore_find_barcode(const orderstore_reader_t* reader,
                                        int32_t id, orderstore_barcode* row) {
  return capi::Ask(reader, row, [&](const Reader& rows) {
    return capi::GiveRow(rows.FindBarcode(orderstore::BarcodeId(id)), row);
  });
}

orderstore_code orderstore_find_barcode_by_value(
    const orderstore_reader_t* reader, orderstore_text value,
    orderstore_barcode* row) {
  return capi::FindByText(reader, "value", value, row,
                          [](const Reader& rows, std::string_view text) {
                            return rows.FindBarcodeByValue(text);
                          });
}

// ---- Many rows at once -----------------------------------------------------

orderstore_code orderstore_find_customers(const orderstore_reader_t* reader,
                                          const int32_t* ids, size_t count,
                                          orderstore_customer* rows) {
  return capi::FindMany<orderstore::CustomerId, orderstore::Customer>(
      reader, ids, count, rows,
      [](int32_t id) { return orderstore::CustomerId(id); },
      [](const Reader& of, auto keys, auto found) {
        of.FindCustomers(keys, found);
      });
}

orderstore_code orderstore_find_customers_by_email(
    const orderstore_reader_t* reader, const orderstore_text* emails,
    size_t count, orderstore_customer* rows) {
  return capi::FindManyByText<orderstore::Customer>(
      reader, emails, count, rows, [](const Reader& of, auto keys, auto found) {
        of.FindCustomersByEmail(keys, found);
      });
}

orderstore_code orderstore_find_orders(const orderstore_reader_t* reader,
                                       const int32_t* ids, size_t count,
                                       orderstore_order* rows) {
  return capi::FindMany<orderstore::OrderId, orderstore::Order>(
      reader, ids, count, rows,
      [](int32_t id) { return orderstore::OrderId(id); },
      [](const Reader& of, auto keys, auto found) {
        of.FindOrders(keys, found);
      });
}

orderstore_code orderstore_find_barcodes(const orderstore_reader_t* reader,
                                         const int32_t* ids, size_t count,
                                         orderstore_barcode* rows) {
  return capi::FindMany<orderstore::BarcodeId, orderstore::Barcode>(
      reader, ids, count, rows,
      [](int32_t id) { return orderstore::BarcodeId(id); },
      [](const Reader& of, auto keys, auto found) {
        of.FindBarcodes(keys, found);
      });
}

orderstore_code orderstore_find_barcodes_by_value(
    const orderstore_reader_t* reader, const orderstore_text* values,
    size_t count, orderstore_barcode* rows) {
  return capi::FindManyByText<orderstore::Barcode>(
      reader, values, count, rows, [](const Reader& of, auto keys, auto found) {
        of.FindBarcodesByValue(keys, found);
      });
}

// ---- Rows of a parent ------------------------------------------------------

orderstore_code orderstore_orders_of(const orderstore_reader_t* reader,
                                     int32_t customer_id,
                                     orderstore_order* rows, size_t capacity,
                                     size_t* count) {
  return capi::Ask(reader, count, [&](const Reader& of) {
    if (rows == nullptr && capacity > 0) return capi::NoRows();
    return capi::GiveRows(of.OrdersOf(orderstore::CustomerId(customer_id)),
                          rows, capacity, count);
  });
}

orderstore_code orderstore_barcodes_of(const orderstore_reader_t* reader,
                                       int32_t order_id, int32_t filter,
                                       orderstore_barcode* rows,
                                       size_t capacity, size_t* count) {
  using orderstore::BarcodeFilter;
  return capi::Ask(reader, count, [&](const Reader& of) {
    if (rows == nullptr && capacity > 0) return capi::NoRows();
    BarcodeFilter chosen = BarcodeFilter::kAll;
    switch (filter) {
      case ORDERSTORE_BARCODES_ALL:
        break;
      case ORDERSTORE_BARCODES_USED:
        chosen = BarcodeFilter::kUsed;
        break;
      case ORDERSTORE_BARCODES_UNUSED:
        chosen = BarcodeFilter::kUnused;
        break;
      default:
        return capi::Fail(absl::InvalidArgumentError(
            absl::StrCat("there is no filter of barcodes ", filter)));
    }
    return capi::GiveRows(of.BarcodesOf(orderstore::OrderId(order_id), chosen),
                          rows, capacity, count);
  });
}

// ---- Scans -----------------------------------------------------------------

orderstore_code orderstore_read_customers(const orderstore_reader_t* reader,
                                          int32_t after,
                                          orderstore_customer* rows,
                                          size_t capacity, size_t* count) {
  return capi::ReadPage<orderstore::Customer>(reader, after, rows, capacity,
                                              count, &Reader::ReadCustomers);
}

orderstore_code orderstore_read_orders(const orderstore_reader_t* reader,
                                       int32_t after, orderstore_order* rows,
                                       size_t capacity, size_t* count) {
  return capi::ReadPage<orderstore::Order>(reader, after, rows, capacity, count,
                                           &Reader::ReadOrders);
}

orderstore_code orderstore_read_barcodes(const orderstore_reader_t* reader,
                                         int32_t after,
                                         orderstore_barcode* rows,
                                         size_t capacity, size_t* count) {
  return capi::ReadPage<orderstore::Barcode>(reader, after, rows, capacity,
                                             count, &Reader::ReadBarcodes);
}

orderstore_code orderstore_read_unassigned_barcodes(
    const orderstore_reader_t* reader, int32_t after, orderstore_barcode* rows,
    size_t capacity, size_t* count) {
  return capi::ReadPage<orderstore::Barcode>(
      reader, after, rows, capacity, count, &Reader::ReadUnassignedBarcodes);
}

// ---- Analytics -------------------------------------------------------------

orderstore_code orderstore_get_counts(const orderstore_reader_t* reader,
                                      orderstore_counts* counts) {
  return capi::Ask(reader, counts, [&](const Reader& rows) {
    *counts = capi::ToC(rows.Counts());
    return capi::Succeed();
  });
}

orderstore_code orderstore_get_digests(const orderstore_reader_t* reader,
                                       orderstore_digests* digests) {
  return capi::Ask(reader, digests, [&](const Reader& rows) {
    *digests = capi::ToC(rows.Digests());
    return capi::Succeed();
  });
}

orderstore_code orderstore_get_next_ids(const orderstore_reader_t* reader,
                                        orderstore_next_ids* next_ids) {
  return capi::Ask(reader, next_ids, [&](const Reader& rows) {
    *next_ids = capi::ToC(rows.NextIds());
    return capi::Succeed();
  });
}

orderstore_code orderstore_get_ticket_count(const orderstore_reader_t* reader,
                                            int32_t customer_id,
                                            int64_t* ticket_count) {
  return capi::Ask(reader, ticket_count, [&](const Reader& rows) {
    const std::optional<int64_t> tickets =
        rows.TicketCount(orderstore::CustomerId(customer_id));
    *ticket_count = tickets.value_or(0);
    return tickets ? capi::Succeed() : capi::NoSuchRow();
  });
}

orderstore_code orderstore_top_customers(const orderstore_reader_t* reader,
                                         size_t k,
                                         orderstore_customer_tickets* rows,
                                         size_t* count) {
  return capi::Ask(reader, count, [&](const Reader& of) {
    if (rows == nullptr && k > 0) return capi::NoRows();
    return capi::GiveRows(of.TopCustomers(k), rows, k, count);
  });
}
