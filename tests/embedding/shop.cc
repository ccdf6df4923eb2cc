// A small ticket shop: a checkout that sells, a gate with two scanners, a
// snapshot of the store while they scan, and a restart.
//
//   shop FOLDER
//
// keeps its store in FOLDER, which must be new or empty. It tells what it does,
// checks what comes of it, and exits with 1 if anything is not as it should be.

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/store.h"

namespace {

using orderstore::Barcode;
using orderstore::CustomerId;
using orderstore::Lsn;
using orderstore::NewBarcode;
using orderstore::OrderId;
using orderstore::ReadView;
using orderstore::Store;
using orderstore::Transaction;

constexpr int kStock = 100;

// Sells `count` tickets to a customer, and returns their barcodes: all of this
// happens, and no crash takes it back, or nothing does.
absl::StatusOr<std::vector<std::string>> Sell(Store& store,
                                              std::string_view email,
                                              std::string_view name,
                                              size_t count) {
  std::vector<std::string> tickets;
  const absl::StatusOr<Lsn> sold =
      store.Transact([&](Transaction& txn) -> absl::Status {
        absl::StatusOr<CustomerId> customer =
            txn.FindOrCreateCustomer(email, name);
        if (!customer.ok()) return customer.status();
        absl::StatusOr<OrderId> order =
            txn.InsertOrder({.customer_id = *customer});
        if (!order.ok()) return order.status();
        auto barcodes = txn.AssignBarcodes(*order, count);
        if (!barcodes.ok()) return barcodes.status();
        for (const Barcode& row : *barcodes) tickets.emplace_back(row.value);
        return absl::OkStatus();
      });
  if (!sold.ok()) return sold.status();
  return tickets;
}

// Lets in who shows this ticket, once; false: it was used before, or never
// sold.
absl::StatusOr<bool> Admit(Store& store, std::string_view ticket) {
  const absl::StatusOr<Lsn> admitted =
      store.Transact([&](Transaction& txn) { return txn.Redeem(ticket); });
  if (absl::IsFailedPrecondition(admitted.status())) return false;
  if (!admitted.ok()) return admitted.status();
  return true;
}

absl::Status Check(bool holds, const char* claim) {
  if (holds) return absl::OkStatus();
  return absl::InternalError(std::string("it does not hold that ") + claim);
}

absl::StatusOr<std::unique_ptr<Store>> OpenNew(const std::string& folder) {
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(folder);
  if (!store.ok()) return store.status();
  const absl::Status is_new =
      Check((*store)->open_report().created, "the folder was new or empty");
  if (!is_new.ok()) return is_new;
  return store;
}

// Puts kStock tickets up for sale.
absl::Status Stock(Store& store) {
  std::vector<std::string> values;
  for (int i = 0; i < kStock; ++i) {
    values.push_back(std::to_string(400'638'000 + i));
  }
  std::vector<NewBarcode> rows;
  for (const std::string& value : values) rows.push_back({.value = value});
  return store
      .Transact(
          [&](Transaction& txn) { return txn.InsertBarcodes(rows).status(); })
      .status();
}

// Sells tickets to two customers, and to a third one more than are left.
// Returns those that were sold.
absl::StatusOr<std::vector<std::string>> SellMost(Store& store) {
  auto tickets = Sell(store, "ann@example.com", "Ann", 20);
  if (!tickets.ok()) return tickets.status();
  const auto more = Sell(store, "bob@example.com", "Bob", 40);
  if (!more.ok()) return more.status();
  tickets->insert(tickets->end(), more->begin(), more->end());

  const auto too_many = Sell(store, "eve@example.com", "Eve", 41);
  absl::Status status = Check(absl::IsNotFound(too_many.status()),
                              "nobody is sold more tickets than are left");
  if (!status.ok()) return status;
  const ReadView view = store.OpenReadView();
  status = Check(!view.FindCustomerByEmail("eve@example.com"),
                 "a sale that fails leaves nothing, not even its customer");
  if (!status.ok()) return status;
  const auto top = view.TopCustomers(1);
  status = Check(top.size() == 1 && top[0].ticket_count == 40,
                 "Bob has most tickets");
  if (!status.ok()) return status;
  std::cout << "sold " << tickets->size() << " of " << kStock << " tickets; "
            << view.FindCustomer(top[0].customer_id)->name << " has most, "
            << top[0].ticket_count << "\n";
  return tickets;
}

// What a scanner at the gate did with the tickets that it was shown.
struct Scanner {
  size_t admitted = 0;
  size_t refused = 0;
  absl::Status status;
};

void ScanAll(Store& store, std::span<const std::string> tickets,
             Scanner& scanner) {
  for (const std::string& ticket : tickets) {
    const absl::StatusOr<bool> is_admitted = Admit(store, ticket);
    if (!is_admitted.ok()) {
      scanner.status = is_admitted.status();
      return;
    }
    ++(*is_admitted ? scanner.admitted : scanner.refused);
  }
}

// Shows every ticket to both scanners, to one of them in the opposite order,
// while a snapshot is written. Returns the snapshot's LSN.
absl::StatusOr<Lsn> OpenGate(Store& store,
                             const std::vector<std::string>& tickets) {
  const std::vector<std::string> reversed(tickets.rbegin(), tickets.rend());
  Scanner left;
  Scanner right;
  absl::StatusOr<Lsn> snapshot = Lsn{0};
  std::thread left_thread([&] { ScanAll(store, tickets, left); });
  std::thread right_thread([&] { ScanAll(store, reversed, right); });
  std::thread snapshot_thread([&] { snapshot = store.WriteSnapshot(); });
  left_thread.join();
  right_thread.join();
  snapshot_thread.join();
  for (const absl::Status& status :
       {left.status, right.status, snapshot.status()}) {
    if (!status.ok()) return status;
  }
  std::cout << "the scanners let in " << left.admitted << " and "
            << right.admitted << ", and refused "
            << left.refused + right.refused << " used tickets\n"
            << "the snapshot is of commit " << *snapshot << "\n";
  absl::Status status =
      Check(left.admitted + right.admitted == tickets.size() &&
                left.refused + right.refused == tickets.size(),
            "each ticket lets in once, whoever scans it");
  if (!status.ok()) return status;
  return snapshot;
}

// What has to be the same after a restart.
struct State {
  Lsn lsn = 0;
  orderstore::Counts counts;
  orderstore::Digests digests;  // of all rows

  friend bool operator==(const State&, const State&) = default;
};

State StateOf(const Store& store) {
  const ReadView view = store.OpenReadView();
  return {view.lsn(), view.Counts(), view.Digests()};
}

absl::Status CheckRestarted(Store& store, const State& before, Lsn snapshot,
                            const std::string& used_ticket) {
  const orderstore::OpenReport& report = store.open_report();
  std::cout << "opened again: the snapshot, and " << report.replayed
            << " commits of the log\n";
  absl::Status status = Check(report.closed_cleanly, "the store was closed");
  status.Update(Check(report.snapshot_lsn == snapshot,
                      "opening begins with the snapshot"));
  status.Update(Check(StateOf(store) == before, "every row is still there"));
  const absl::StatusOr<bool> is_admitted = Admit(store, used_ticket);
  status.Update(is_admitted.status());
  status.Update(Check(is_admitted.ok() && !*is_admitted,
                      "a ticket that was used stays used"));
  return status;
}

absl::Status RunShop(const std::string& folder) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenNew(folder);
  if (!store.ok()) return store.status();
  if (absl::Status status = Stock(**store); !status.ok()) return status;
  const auto tickets = SellMost(**store);
  if (!tickets.ok()) return tickets.status();
  const absl::StatusOr<Lsn> snapshot = OpenGate(**store, *tickets);
  if (!snapshot.ok()) return snapshot.status();

  const State state = StateOf(**store);
  const int64_t left = kStock - static_cast<int64_t>(tickets->size());
  absl::Status status = Check(state.counts.unassigned_barcodes == left &&
                                  state.counts.unused_barcodes == left,
                              "what was sold is used, and nothing else is");
  if (!status.ok()) return status;

  status = (*store)->Close();
  if (!status.ok()) return status;
  store->reset();
  store = Store::Open(folder);
  if (!store.ok()) return store.status();
  return CheckRestarted(**store, state, *snapshot, tickets->front());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: shop FOLDER\n";
    return 2;
  }
  if (const absl::Status status = RunShop(argv[1]); !status.ok()) {
    std::cerr << "shop: " << status << "\n";
    return 1;
  }
  std::cout << "all is as it should be\n";
  return 0;
}
