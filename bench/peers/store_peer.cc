#include "peers/store_peer.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "checks.h"
#include "fixtures.h"
#include "peers/ticket_tally.h"
#include "subjects/store_subject.h"

namespace orderstore::bench {
namespace {

Options OptionsFor(std::optional<Durability> durability, bool huge_pages) {
  Options options;
  options.huge_pages = huge_pages;
  options.durability = durability.value_or(Durability::kAsync);
  options.snapshot_interval = {};
  options.snapshot_log_bytes = 0;
  return options;
}

class StoreReader : public PeerReader {
 public:
  explicit StoreReader(const Store& store)
      : store_(store), view_(store.OpenReadView()) {}

  void BeginRead() override {
    view_ = store_.OpenReadView();
    reads_together_ = true;
  }
  void EndRead() override { reads_together_ = false; }

  std::optional<Customer> FindCustomer(CustomerId id) override {
    return View().FindCustomer(id);
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    return View().FindCustomerByEmail(email);
  }
  std::optional<Order> FindOrder(OrderId id) override {
    return View().FindOrder(id);
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    return View().FindBarcodeByValue(value);
  }
  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    View().FindCustomers(ids, rows);
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    View().FindOrders(ids, rows);
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    View().FindCustomersByEmail(emails, rows);
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    View().FindBarcodesByValue(values, rows);
  }
  std::vector<Order> OrdersOf(CustomerId id) override {
    return View().OrdersOf(id);
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    return View().BarcodesOf(id, BarcodeFilter::kUnused);
  }

  // The answer is part of the state; this computes it as the others do.
  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    const ReadView& view = View();
    std::vector<CustomerId> customers;  // by order id
    for (const Order& order : view.Orders()) {
      customers.resize(static_cast<size_t>(order.id.value()));
      customers.push_back(order.customer_id);
    }
    TicketTally tally;
    // Barcodes that are side by side are mostly of one order.
    OrderId order;
    int64_t tickets = 0;
    const auto add = [&] {
      if (tickets == 0) return;
      tally.Add(customers[static_cast<size_t>(order.value())], tickets);
      tickets = 0;
    };
    for (const Barcode& row : view.Barcodes()) {
      if (!row.order_id) continue;
      if (*row.order_id != order) {
        add();
        order = *row.order_id;
      }
      ++tickets;
    }
    add();
    return tally.Top(k);
  }
  // So is this; it counts by the index of unassigned barcodes.
  int64_t CountUnassigned() override {
    int64_t count = 0;
    const ReadView& view = View();
    auto rows = view.UnassignedBarcodes();
    for (auto it = rows.begin(); it != rows.end(); ++it) ++count;
    return count;
  }
  std::vector<CustomerTickets> KeptTopCustomers(size_t k) override {
    return View().TopCustomers(k);
  }
  int64_t KeptUnassigned() override {
    return View().Counts().unassigned_barcodes;
  }

  EveryRow ReadEveryRow() override {
    EveryRow rows;
    const ReadView& view = View();
    for (const Customer& row : view.Customers()) rows.Add(row);
    for (const Order& row : view.Orders()) rows.Add(row);
    for (const Barcode& row : view.Barcodes()) rows.Add(row);
    return rows;
  }

 private:
  // A view for this call. It lives until the next, as do its texts.
  const ReadView& View() {
    if (!reads_together_) view_ = store_.OpenReadView();
    return view_;
  }

  const Store& store_;
  ReadView view_;
  bool reads_together_ = false;
};

class StoreWriter : public PeerWriter {
 public:
  explicit StoreWriter(StoreSubject& subject) : subject_(subject) {}

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    return subject_.Checkout(buyer, values);
  }
  bool Redeem(std::string_view value) override {
    return Happened(subject_.store().Transact(
        [&](Transaction& txn) { return txn.Redeem(value); }));
  }
  // Unredeem accepts barcodes that are not used.
  bool Unredeem(std::string_view value) override {
    return Happened(subject_.store().Transact([&](Transaction& txn) {
      const auto row = txn.FindBarcodeByValue(value);
      if (!row) return absl::NotFoundError("no such barcode");
      if (!row->order_id || !row->is_used) {
        return absl::FailedPreconditionError("unassigned or unused");
      }
      return txn.Unredeem(value);
    }));
  }

 private:
  static bool Happened(const absl::StatusOr<Lsn>& lsn) {
    if (lsn.ok()) return true;
    Require(absl::IsNotFound(lsn.status()) ||
                absl::IsFailedPrecondition(lsn.status()),
            "the store failed");
    return false;
  }

  StoreSubject& subject_;
};

class StorePeer : public Peer {
 public:
  StorePeer(const std::string& path, std::optional<Durability> durability,
            bool huge_pages)
      : path_(path), durability_(durability), huge_pages_(huge_pages) {
    Reopen();
  }

  void Load(const Workload& data) override {
    subject_->CommitWith(Durability::kAsync);
    LoadAll(data, *subject_);
    if (!durability_) return;
    subject_->CommitWith(*durability_);
    Require(store().Sync().status());
  }
  void Checkpoint() override {
    if (durability_) Require(store().WriteSnapshot().status());
  }

  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<StoreReader>(store());
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    return std::make_unique<StoreWriter>(*subject_);
  }

  void Backup(const std::string& path) override {
    Require(store().Backup(path).status());
  }
  std::unique_ptr<Peer> OpenBackup(const std::string& path) override {
    return std::make_unique<StorePeer>(path, durability_, huge_pages_);
  }
  void Close() override {
    Require(store().Close());
    subject_.reset();
  }
  void Reopen() override {
    subject_ = durability_ ? std::make_unique<StoreSubject>(
                                 path_, OptionsFor(durability_, huge_pages_))
                           : std::make_unique<StoreSubject>(huge_pages_);
  }

  int64_t MemoryBytes() override { return store().Stats().memory_bytes; }

 private:
  Store& store() { return subject_->store(); }

  const std::string path_;
  const std::optional<Durability> durability_;
  const bool huge_pages_;
  std::unique_ptr<StoreSubject> subject_;
};

}  // namespace

std::unique_ptr<Peer> MakeStorePeer(const std::string& path,
                                    std::optional<Durability> durability,
                                    bool huge_pages) {
  return std::make_unique<StorePeer>(path, durability, huge_pages);
}

}  // namespace orderstore::bench
