// The floor: the same work as the store's on plain containers, as an expert
// would write it into an application. One thread; no transactions, no versions,
// no checks of the text. It has all columns of the schema, keeps what the
// store's answers need (lists of children, ticket counts, counts of rows, the
// unassigned barcodes in id order), and gives its answers in the same structs.

#ifndef ORDERSTORE_BENCH_SUBJECTS_FLOOR_SUBJECT_H_
#define ORDERSTORE_BENCH_SUBJECTS_FLOOR_SUBJECT_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "checks.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"
#include "subjects/floor_tables.h"
#include "subjects/sale.h"
#include "top_tickets.h"

namespace orderstore::bench {

template <typename Tables>
class FloorSubject {
 public:
  static constexpr std::string_view kName = Tables::kName;

  // Huge pages are up to malloc (glibc.malloc.hugetlb).
  explicit FloorSubject(bool) {}
  FloorSubject(const FloorSubject&) = delete;
  FloorSubject& operator=(const FloorSubject&) = delete;

  // ---- What a read view answers ----

  const FloorSubject& View() const { return *this; }

  std::optional<Customer> FindCustomer(CustomerId id) const {
    const CustomerRow* row = customers_.Find(id.value());
    if (row == nullptr) return std::nullopt;
    return Customer{id, row->email, row->name, row->created_at,
                    row->updated_at};
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) const {
    return FindCustomer(CustomerId(emails_.Find(email)));
  }
  std::optional<Order> FindOrder(OrderId id) const {
    const OrderRow* row = orders_.Find(id.value());
    if (row == nullptr) return std::nullopt;
    return Order{id, row->customer_id, row->created_at, row->updated_at};
  }
  std::optional<Barcode> FindBarcode(BarcodeId id) const {
    const BarcodeRow* row = barcodes_.Find(id.value());
    if (row == nullptr) return std::nullopt;
    return ToBarcode(id, *row);
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) const {
    return FindBarcode(BarcodeId(values_.Find(value)));
  }

  // At most 32 at once, their cache misses overlapped. HashMaps only.
  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) const {
    for (CustomerId id : ids) customers_.Prefetch(id.value());
    for (size_t i = 0; i < ids.size(); ++i) rows[i] = FindCustomer(ids[i]);
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) const {
    for (OrderId id : ids) orders_.Prefetch(id.value());
    for (size_t i = 0; i < ids.size(); ++i) rows[i] = FindOrder(ids[i]);
  }
  void FindBarcodes(std::span<const BarcodeId> ids,
                    std::span<std::optional<Barcode>> rows) const {
    for (BarcodeId id : ids) barcodes_.Prefetch(id.value());
    for (size_t i = 0; i < ids.size(); ++i) rows[i] = FindBarcode(ids[i]);
  }

  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) const {
    const auto ids = FindIds(emails, emails_, customers_);
    for (size_t i = 0; i < emails.size(); ++i) {
      rows[i] = FindCustomer(CustomerId(ids[i]));
    }
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) const {
    const auto ids = FindIds(values, values_, barcodes_);
    for (size_t i = 0; i < values.size(); ++i) {
      rows[i] = FindBarcode(BarcodeId(ids[i]));
    }
  }

  std::vector<Order> OrdersOf(CustomerId id) const {
    std::vector<Order> rows;
    if (const CustomerRow* customer = customers_.Find(id.value())) {
      rows.reserve(customer->orders.size());
      for (OrderId order : customer->orders) rows.push_back(*FindOrder(order));
    }
    return rows;
  }
  std::vector<Barcode> BarcodesOf(OrderId id, BarcodeFilter filter) const {
    std::vector<Barcode> rows;
    if (const OrderRow* order = orders_.Find(id.value())) {
      rows.reserve(order->barcodes.size());
      for (BarcodeId barcode : order->barcodes) {
        const BarcodeRow& row = *barcodes_.Find(barcode.value());
        if (filter == BarcodeFilter::kAll ||
            row.is_used == (filter == BarcodeFilter::kUsed)) {
          rows.push_back(ToBarcode(barcode, row));
        }
      }
    }
    return rows;
  }

  orderstore::Counts Counts() const { return counts_; }

  // A query, as nothing is maintained for it: one pass over the customers.
  std::vector<CustomerTickets> TopCustomers(size_t k) const {
    return TopTickets(
        static_cast<int32_t>(counts_.customers), k,
        [&](int32_t id) { return customers_.Find(id)->ticket_count; });
  }

  // ---- Changes ----

  // Makes room for so many rows. HashMaps only.
  void Reserve(size_t customers, size_t orders, size_t barcodes) {
    customers_.Reserve(customers);
    emails_.Reserve(customers);
    orders_.Reserve(orders);
    barcodes_.Reserve(barcodes);
    values_.Reserve(barcodes);
  }

  void LoadCustomers(std::span<const NewCustomer> rows) {
    const Timestamp now = Now();
    for (const NewCustomer& row : rows) {
      Require(FindOrAddCustomer(row.email, row.name, now).second,
              "the floor has this email");
    }
  }
  void LoadOrders(std::span<const NewOrder> rows) {
    const Timestamp now = Now();
    for (const NewOrder& row : rows) AddOrder(row.customer_id, now);
  }
  void LoadBarcodes(std::span<const NewBarcode> rows) {
    const Timestamp now = Now();
    for (const NewBarcode& row : rows) {
      AddBarcode(row.value, row.order_id.value_or(OrderId()), row.is_used, now);
    }
  }

  Sale Checkout(const Buyer& buyer, std::span<const std::string_view> values) {
    const Timestamp now = Now();
    Sale sale = Sell(buyer, now);
    for (std::string_view value : values) {
      sale.last_barcode = AddBarcode(value, sale.order, false, now);
      if (!sale.first_barcode.valid()) sale.first_barcode = sale.last_barcode;
    }
    return sale;
  }
  Sale CheckoutFromStock(const Buyer& buyer, size_t n) {
    const Timestamp now = Now();
    Sale sale = Sell(buyer, now);
    for (size_t i = 0; i < n; ++i) {
      sale.last_barcode = AssignNext(sale.order, now);
      if (!sale.first_barcode.valid()) sale.first_barcode = sale.last_barcode;
    }
    return sale;
  }
  void TakeOne(OrderId order) { AssignNext(order, Now()); }

  void Redeem(std::string_view value) {
    Require(SetUsed(value, true), "the floor cannot redeem this barcode");
  }
  void Unredeem(std::string_view value) {
    Require(SetUsed(value, false), "the floor cannot unredeem this barcode");
  }
  // False: there is none, or it is unassigned, or it is so already.
  bool SetUsed(std::string_view value, bool is_used) {
    BarcodeRow* row = barcodes_.Find(values_.Find(value));
    if (row == nullptr || !row->order_id.valid() || row->is_used == is_used) {
      return false;
    }
    row->is_used = is_used;
    row->updated_at = Now();
    counts_.unused_barcodes += is_used ? -1 : 1;
    return true;
  }

 private:
  struct CustomerRow {
    CustomerRow(std::string_view email_text, std::string_view name_text,
                Timestamp now)
        : email(email_text),
          name(name_text),
          created_at(now),
          updated_at(now) {}
    std::string email;
    std::string name;
    Timestamp created_at;
    Timestamp updated_at;
    int64_t ticket_count = 0;
    absl::InlinedVector<OrderId, 4> orders;
  };
  struct OrderRow {
    OrderRow(CustomerId customer, Timestamp now)
        : customer_id(customer), created_at(now), updated_at(now) {}
    CustomerId customer_id;
    Timestamp created_at;
    Timestamp updated_at;
    absl::InlinedVector<BarcodeId, 4> barcodes;
  };
  struct BarcodeRow {
    BarcodeRow(std::string_view text, OrderId order, bool used, Timestamp now)
        : value(text),
          created_at(now),
          updated_at(now),
          order_id(order),
          is_used(used) {}
    std::string value;
    Timestamp created_at;
    Timestamp updated_at;
    OrderId order_id;
    bool is_used;
  };

  static Timestamp Now() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }

  static Barcode ToBarcode(BarcodeId id, const BarcodeRow& row) {
    return {id,
            row.value,
            row.order_id.valid() ? std::optional(row.order_id) : std::nullopt,
            row.is_used,
            row.created_at,
            row.updated_at};
  }

  std::pair<CustomerId, bool> FindOrAddCustomer(std::string_view email,
                                                std::string_view name,
                                                Timestamp now) {
    auto [id, added] = emails_.FindOrAdd(
        email, [&] { return customers_.Add(email, name, now); });
    counts_.customers += added;
    return {CustomerId(id), added};
  }

  OrderId AddOrder(CustomerId customer_id, Timestamp now) {
    CustomerRow* customer = customers_.Find(customer_id.value());
    Require(customer != nullptr, "the floor has no such customer");
    const OrderId id(orders_.Add(customer_id, now));
    customer->orders.push_back(id);
    ++counts_.orders;
    return id;
  }

  BarcodeId AddBarcode(std::string_view value, OrderId order, bool is_used,
                       Timestamp now) {
    auto [id, added] = values_.FindOrAdd(
        value, [&] { return barcodes_.Add(value, order, is_used, now); });
    Require(added, "the floor has this barcode");
    const BarcodeId barcode(id);
    if (order.valid()) {
      AddTicket(order, barcode);
    } else {
      unassigned_.push_back(barcode);
      ++counts_.unassigned_barcodes;
    }
    ++counts_.barcodes;
    counts_.unused_barcodes += !is_used;
    return barcode;
  }

  void AddTicket(OrderId order_id, BarcodeId barcode) {
    OrderRow* order = orders_.Find(order_id.value());
    Require(order != nullptr, "the floor has no such order");
    order->barcodes.push_back(barcode);
    ++customers_.Find(order->customer_id.value())->ticket_count;
  }

  Sale Sell(const Buyer& buyer, Timestamp now) {
    Sale sale;
    sale.customer = FindOrAddCustomer(buyer.email, buyer.name, now).first;
    sale.order = AddOrder(sale.customer, now);
    return sale;
  }

  BarcodeId AssignNext(OrderId order, Timestamp now) {
    Require(!unassigned_.empty(), "the floor has no barcode left");
    const BarcodeId id = unassigned_.front();
    unassigned_.pop_front();
    BarcodeRow* row = barcodes_.Find(id.value());
    row->order_id = order;
    row->updated_at = now;
    AddTicket(order, id);
    --counts_.unassigned_barcodes;
    return id;
  }

  static constexpr size_t kBatchMax = 32;

  // The ids of the rows with these texts, 0 for none, and the rows prefetched.
  static std::array<int32_t, kBatchMax> FindIds(
      std::span<const std::string_view> texts, const auto& index,
      const auto& table) {
    std::array<int32_t, kBatchMax> ids;
    for (std::string_view text : texts) index.Prefetch(text);
    for (size_t i = 0; i < texts.size(); ++i) {
      ids[i] = index.Find(texts[i]);
      table.Prefetch(ids[i]);
    }
    return ids;
  }

  typename Tables::template Rows<CustomerRow> customers_;
  typename Tables::template Rows<OrderRow> orders_;
  typename Tables::template Rows<BarcodeRow> barcodes_;
  typename Tables::template TextIndex<CustomerRow, &CustomerRow::email> emails_{
      customers_};
  typename Tables::template TextIndex<BarcodeRow, &BarcodeRow::value> values_{
      barcodes_};
  // In id order: new barcodes have higher ids, and no barcode comes back.
  std::deque<BarcodeId> unassigned_;
  orderstore::Counts counts_;
};

using MapsFloor = FloorSubject<HashMaps>;
using ArraysFloor = FloorSubject<Arrays>;

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_SUBJECTS_FLOOR_SUBJECT_H_
