#include "peers/map_peer.h"

#include <malloc.h>

#include <array>

#include "checks.h"
#include "fixtures.h"
#include "orderstore/reader.h"
#include "peers/ticket_tally.h"
#include "subjects/floor_subject.h"

namespace orderstore::bench {
namespace {

class MapReader : public PeerReader {
 public:
  explicit MapReader(const MapsFloor& floor) : floor_(floor) {}

  std::optional<Customer> FindCustomer(CustomerId id) override {
    return floor_.FindCustomer(id);
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    return floor_.FindCustomerByEmail(email);
  }
  std::optional<Order> FindOrder(OrderId id) override {
    return floor_.FindOrder(id);
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    return floor_.FindBarcodeByValue(value);
  }
  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    floor_.FindCustomers(ids, rows);
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    floor_.FindOrders(ids, rows);
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    floor_.FindCustomersByEmail(emails, rows);
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    floor_.FindBarcodesByValue(values, rows);
  }
  std::vector<Order> OrdersOf(CustomerId id) override {
    return floor_.OrdersOf(id);
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    return floor_.BarcodesOf(id, BarcodeFilter::kUnused);
  }
  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    // Barcodes that are side by side are mostly of one order.
    TicketTally tally;
    OrderId order;
    CustomerId customer;
    ForEachBarcode([&](const Barcode& row) {
      if (!row.order_id) return;
      if (*row.order_id != order) {
        order = *row.order_id;
        customer = floor_.FindOrder(order)->customer_id;
      }
      tally.Add(customer, 1);
    });
    return tally.Top(k);
  }
  int64_t CountUnassigned() override {
    int64_t count = 0;
    ForEachBarcode([&](const Barcode& row) { count += !row.order_id; });
    return count;
  }
  std::vector<CustomerTickets> KeptTopCustomers(size_t k) override {
    return floor_.TopCustomers(k);
  }
  int64_t KeptUnassigned() override {
    return floor_.Counts().unassigned_barcodes;
  }

  EveryRow ReadEveryRow() override {
    EveryRow rows;
    const Counts counts = floor_.Counts();
    for (int32_t id = 1; id <= counts.customers; ++id) {
      rows.Add(*floor_.FindCustomer(CustomerId(id)));
    }
    for (int32_t id = 1; id <= counts.orders; ++id) {
      rows.Add(*floor_.FindOrder(OrderId(id)));
    }
    ForEachBarcode([&](const Barcode& row) { rows.Add(row); });
    return rows;
  }

 private:
  template <typename Fn>
  void ForEachBarcode(Fn&& fn) {
    const int64_t count = floor_.Counts().barcodes;
    for (int32_t id = 1; id <= count; ++id) {
      fn(*floor_.FindBarcode(BarcodeId(id)));
    }
  }

  const MapsFloor& floor_;
};

class MapWriter : public PeerWriter {
 public:
  explicit MapWriter(MapsFloor& floor) : floor_(floor) {}

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    return floor_.Checkout(buyer, values);
  }
  bool Redeem(std::string_view value) override {
    return floor_.SetUsed(value, true);
  }
  bool Unredeem(std::string_view value) override {
    return floor_.SetUsed(value, false);
  }

 private:
  MapsFloor& floor_;
};

class MapPeer : public Peer {
 public:
  void Load(const Workload& data) override {
    floor_.Reserve(static_cast<size_t>(data.customers()),
                   static_cast<size_t>(data.orders()),
                   static_cast<size_t>(data.barcodes()));
    LoadAll(data, floor_);
  }
  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<MapReader>(floor_);
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    return std::make_unique<MapWriter>(floor_);
  }
  void Backup(const std::string&) override { Fail("a map has no backup"); }
  std::unique_ptr<Peer> OpenBackup(const std::string&) override {
    Fail("a map has no backup");
  }
  void Close() override { Fail("a map is not closed"); }
  void Reopen() override { Fail("a map is not opened"); }
  // What malloc has handed out, which has some other things in it.
  int64_t MemoryBytes() override {
    const struct mallinfo2 info = mallinfo2();
    return static_cast<int64_t>(info.uordblks + info.hblkhd);
  }

 private:
  MapsFloor floor_{false};
};

}  // namespace

std::unique_ptr<Peer> MakeMapPeer() { return std::make_unique<MapPeer>(); }

}  // namespace orderstore::bench
