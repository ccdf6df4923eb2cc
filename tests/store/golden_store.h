// Stores whose rows are known as of each LSN, to be kept as released versions
// leave them: what kinds there are, their history, and how they are made.
//
//   std::unique_ptr<Store> store =
//       MakeGoldenStore(io::Posix(), "shop", kGoldenKinds[0]);
//   EXPECT_TRUE(RowsOf(store->OpenReadView()) == GoldenState(GoldenLast()));
//
// What is kept was made with this history: to change it, or what the kinds are,
// needs tests of its own for the stores that are there.

#ifndef ORDERSTORE_TESTS_STORE_GOLDEN_STORE_H_
#define ORDERSTORE_TESTS_STORE_GOLDEN_STORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/file_system.h"
#include "orderstore/logged_transaction.h"
#include "orderstore/schema_revision.h"
#include "orderstore/store.h"
#include "recovery/history.h"
#include "store/open_store.h"
#include "store/test_store.h"

namespace orderstore {

struct GoldenKind {
  const char* name;
  // Migrated to in between, if it is not that of new stores.
  SchemaRevision schema = kSchemaRevisionNew;
  bool is_compressed = false;
  // The power went off in the middle of the last frame, else it was closed.
  bool is_crashed = false;
  // The files reach back to here.
  Lsn oldest = 3;
};

// A migration removes nothing of the log.
inline constexpr GoldenKind kGoldenKinds[] = {
    {.name = "closed"},
    {.name = "crashed", .is_crashed = true},
    {.name = "compressed", .is_compressed = true},
    {.name = "revision_0001", .schema = SchemaRevision::kTables, .oldest = 0},
    {.name = "revision_0003",
     .schema = SchemaRevision::kTicketCount,
     .oldest = 0},
};

// ---- Their history ---------------------------------------------------------

inline constexpr Lsn kGoldenFirstSnapshot = 3;
// Of that of a migration, too.
inline constexpr Lsn kGoldenSecondSnapshot = 6;

inline Timestamp GoldenTime(int64_t second) {
  return Timestamp(std::chrono::microseconds(1'780'000'000'123'456) +
                   std::chrono::seconds(second));
}

// The longest that a value may be: 255 characters of four bytes, but the last.
inline std::string_view GoldenLongValue(size_t i) {
  static const std::vector<std::string> values = [] {
    std::vector<std::string> all;
    for (const char last : std::string_view("0123456789")) {
      std::string value;
      for (int j = 0; j < 254; ++j) value += "\xF0\x9F\x8E\xAB";
      all.push_back(value + last);
    }
    return all;
  }();
  return values[i];
}

inline Change GoldenCustomer(int32_t id, std::string_view email,
                             std::string_view name, int64_t second) {
  return CustomerInserted{.row = {.id = CustomerId(id),
                                  .email = email,
                                  .name = name,
                                  .created_at = GoldenTime(second),
                                  .updated_at = GoldenTime(second)}};
}

inline Change GoldenOrder(int32_t id, int32_t customer, Timestamp created_at) {
  return OrderInserted{.row = {.id = OrderId(id),
                               .customer_id = CustomerId(customer),
                               .created_at = created_at,
                               .updated_at = GoldenTime(2)}};
}

inline Change GoldenBarcode(int32_t id, std::string_view value,
                            std::optional<OrderId> order, int64_t second) {
  return BarcodeInserted{.row = {.id = BarcodeId(id),
                                 .value = value,
                                 .order_id = order,
                                 .is_used = false,
                                 .created_at = GoldenTime(second),
                                 .updated_at = GoldenTime(second)}};
}

inline Change GoldenBarcodeUpdate(int32_t id,
                                  std::optional<std::string_view> value,
                                  std::optional<OrderId> order, bool is_used,
                                  int64_t second) {
  return BarcodeUpdated{.id = BarcodeId(id),
                        .value = value,
                        .order_id = order,
                        .is_used = is_used,
                        .updated_at = GoldenTime(second)};
}

// What each transaction changes, from LSN 1 on. All stores have the same.
inline std::vector<std::vector<Change>> GoldenHistory() {
  std::vector<Change> long_values;  // more than two segments hold
  for (int32_t i = 0; i < 10; ++i) {
    long_values.push_back(GoldenBarcode(
        11 + i, GoldenLongValue(static_cast<size_t>(i)), std::nullopt, 4));
  }
  return {
      {GoldenCustomer(1, "ann@example.com", "Ann", 1),
       GoldenCustomer(2, "bob@example.com", "", 1)},
      {GoldenOrder(1, 1, GoldenTime(2)), GoldenOrder(7, 2, GoldenTime(2))},
      {GoldenBarcode(1, "00123", OrderId(1), 3),
       GoldenBarcode(2, "4006381333931", std::nullopt, 3),
       GoldenBarcode(3, "T 3", std::nullopt, 3)},
      long_values,
      {GoldenBarcodeUpdate(1, std::nullopt, OrderId(1), true, 5),
       GoldenBarcodeUpdate(2, std::nullopt, OrderId(7), false, 5)},
      {CustomerUpdated{.id = CustomerId(2),
                       .email = "b\xC3\xB6"
                                "b@example.com",
                       .name = "B\xC3\xB6"
                               "b \"the\\n\", 'Builder'",
                       .updated_at = GoldenTime(6)},
       OrderUpdated{.id = OrderId(7),
                    .customer_id = CustomerId(1),
                    .updated_at = GoldenTime(6)}},
      {GoldenBarcodeUpdate(3, "T-3", std::nullopt, false, 7),
       GoldenCustomer(3, "eve@example.com", "Eve", 7),
       CustomerDeleted{.id = CustomerId(3)}},
      {BarcodeDeleted{.id = BarcodeId(20)}},
      {GoldenBarcodeUpdate(2, std::nullopt, std::nullopt, false, 9),
       GoldenOrder(9, 2, Timestamp(std::chrono::microseconds(-1)))},
  };
}

inline Lsn GoldenLast() { return GoldenHistory().size(); }

// The rows as of an LSN, by what the history says.
inline State GoldenState(Lsn lsn) {
  const std::vector<std::vector<Change>> history = GoldenHistory();
  State state;
  for (Lsn next = 1; next <= lsn; ++next) {
    Apply({.lsn = next, .time = {}, .changes = history[next - 1]}, state);
  }
  return state;
}

// ---- Writing them ----------------------------------------------------------

// Makes a change of the history in a transaction.
struct GoldenStatement {
  Transaction& txn;

  absl::Status operator()(const CustomerInserted& change) const {
    const Customer& row = change.row;
    return txn
        .InsertCustomer({.email = row.email,
                         .name = row.name,
                         .id = row.id,
                         .created_at = row.created_at,
                         .updated_at = row.updated_at})
        .status();
  }
  absl::Status operator()(const CustomerUpdated& change) const {
    return txn.UpdateCustomer(change.id, {.email = change.email,
                                          .name = change.name,
                                          .updated_at = change.updated_at});
  }
  absl::Status operator()(const CustomerDeleted& change) const {
    return txn.DeleteCustomer(change.id);
  }
  absl::Status operator()(const OrderInserted& change) const {
    const Order& row = change.row;
    return txn
        .InsertOrder({.customer_id = row.customer_id,
                      .id = row.id,
                      .created_at = row.created_at,
                      .updated_at = row.updated_at})
        .status();
  }
  absl::Status operator()(const OrderUpdated& change) const {
    return txn.UpdateOrder(change.id, {.customer_id = change.customer_id,
                                       .updated_at = change.updated_at});
  }
  absl::Status operator()(const OrderDeleted& change) const {
    return txn.DeleteOrder(change.id);
  }
  absl::Status operator()(const BarcodeInserted& change) const {
    const Barcode& row = change.row;
    return txn
        .InsertBarcode({.value = row.value,
                        .order_id = row.order_id,
                        .is_used = row.is_used,
                        .id = row.id,
                        .created_at = row.created_at,
                        .updated_at = row.updated_at})
        .status();
  }
  absl::Status operator()(const BarcodeUpdated& change) const {
    BarcodeUpdate update = {.value = change.value,
                            .is_used = change.is_used,
                            .updated_at = change.updated_at};
    update.order_id.emplace(change.order_id);
    return txn.UpdateBarcode(change.id, update);
  }
  absl::Status operator()(const BarcodeDeleted& change) const {
    return txn.DeleteBarcode(change.id);
  }
};

inline absl::StatusOr<Lsn> CommitGolden(Store& store,
                                        const std::vector<Change>& changes) {
  return store.Transact([&](Transaction& txn) {
    absl::Status status;
    for (const Change& change : changes) {
      status.Update(std::visit(GoldenStatement{txn}, change));
    }
    return status;
  });
}

// The smallest segments, and snapshots when asked only.
inline Options GoldenOptions(bool is_compressed = false) {
  Options options;
  options.segment_bytes = 16 << 10;
  options.snapshot_interval = std::chrono::seconds(0);
  options.snapshot_log_bytes = 0;
  options.snapshot_compression = is_compressed;
  return options;
}

// A new store with all of the history, open.
inline std::unique_ptr<Store> MakeGoldenStore(io::FileSystem& file_system,
                                              const std::string& folder,
                                              const GoldenKind& kind) {
  const Options options = GoldenOptions(kind.is_compressed);
  const auto open = [&] {
    return store::OpenStore::Open(file_system, folder, options).value();
  };
  const std::vector<std::vector<Change>> history = GoldenHistory();
  const bool migrates = kind.schema != kSchemaRevisionNew;
  std::unique_ptr<Store> made = open();
  for (Lsn lsn = 1; lsn <= history.size(); ++lsn) {
    EXPECT_THAT(CommitGolden(*made, history[lsn - 1]), IsOkAndHolds(lsn));
    if (lsn == kGoldenSecondSnapshot && migrates) {
      EXPECT_THAT(made->Close(), IsOk());
      made.reset();
      EXPECT_THAT(
          store::OpenStore::Migrate(file_system, folder, kind.schema, options),
          IsOk());
      made = open();
    } else if (lsn == kGoldenFirstSnapshot || lsn == kGoldenSecondSnapshot) {
      EXPECT_THAT(made->WriteSnapshot(), IsOkAndHolds(lsn));
    }
  }
  return made;
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_GOLDEN_STORE_H_
