#include "txn/writer.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "table/text_equal.h"
#include "txn/messages.h"
#include "txn/rows_out.h"
#include "txn/text_check.h"

namespace orderstore::txn {
namespace {

using table::CustomerRow;
using table::kRelaxed;
using table::OrderRow;
using table::RowHeader;

template <typename RowId>
uint32_t Number(RowId id) {
  return static_cast<uint32_t>(id.value());
}

int64_t Micros(Timestamp time) { return time.time_since_epoch().count(); }

absl::Status CheckTime(absl::string_view column, Timestamp time) {
  if (time >= kTimestampMin) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(column, " ", Micros(time), " us is before 4714-11-24 BC"));
}

absl::Status Taken(const std::string& row, const std::string& what) {
  return absl::AlreadyExistsError(absl::StrCat(what, " is taken by ", row));
}

// The slot of an id, unless the row is deleted. The writer sees the newest
// version of everything.
template <typename Table, typename RowId>
uint32_t LiveSlot(const Table& table, RowId id) {
  if (!id.valid()) return 0;
  const uint32_t slot = table.ids[Number(id)].slot.load(kRelaxed);
  return slot != 0 && table.rows[slot].LoadStamp(kRelaxed).deleted() ? 0 : slot;
}

}  // namespace

// ---- What statements share -------------------------------------------------

uint32_t Writer::CustomerSlot(CustomerId id) const {
  return LiveSlot(tables_.customers, id);
}
uint32_t Writer::OrderSlot(OrderId id) const {
  return LiveSlot(tables_.orders, id);
}
uint32_t Writer::BarcodeSlot(BarcodeId id) const {
  return LiveSlot(tables_.barcodes, id);
}

uint32_t Writer::CustomerSlot(std::string_view email, uint64_t hash) const {
  return tables_.customers.by_email.Find(hash, [&](uint32_t slot) {
    const CustomerRow& row = tables_.customers.rows[slot];
    return table::TextEqual(row.Email(tables_.text), email) &&
           !row.LoadStamp(kRelaxed).deleted();
  });
}

absl::Status Writer::RequireOrder(OrderId order) const {
  if (absl::Status status = CheckId(order); !status.ok()) return status;
  return OrderSlot(order) == 0 ? NoSuch(order) : absl::OkStatus();
}

int64_t Writer::Now() {
  if (!now_) {
    now_ = std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  }
  return *now_;
}

// Later than the row's last change, even when the clock was set back.
int64_t Writer::NextUpdatedAt(const RowHeader& row) {
  const int64_t last = row.updated_at.load(kRelaxed);
  return std::max(Now(), last == Micros(kTimestampMax) ? last : last + 1);
}

bool Writer::Moves(const RowHeader& row, std::optional<Timestamp> updated_at) {
  return updated_at && Micros(*updated_at) != row.updated_at.load(kRelaxed);
}

absl::StatusOr<int64_t> Writer::ChooseUpdatedAt(
    const RowHeader& row, std::optional<Timestamp> given) {
  if (!given) return NextUpdatedAt(row);
  if (absl::Status status = CheckTime("updated_at", *given); !status.ok()) {
    return status;
  }
  return Micros(*given);
}

absl::StatusOr<table::Changes::Times> Writer::ChooseTimes(
    std::optional<Timestamp> created_at, std::optional<Timestamp> updated_at) {
  if (created_at) {
    absl::Status status = CheckTime("created_at", *created_at);
    if (!status.ok()) return status;
  }
  if (updated_at) {
    absl::Status status = CheckTime("updated_at", *updated_at);
    if (!status.ok()) return status;
  }
  return table::Changes::Times{created_at ? Micros(*created_at) : Now(),
                               updated_at ? Micros(*updated_at) : Now()};
}

template <typename RowId>
absl::StatusOr<RowId> Writer::ChooseId(std::string_view table,
                                       std::optional<RowId> given,
                                       int64_t next) {
  if (given) {
    if (absl::Status status = CheckId(*given); !status.ok()) return status;
    return *given;
  }
  if (next > table::kIdMax) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the sequence of ", std::string(table),
        " has given its last id, 2147483647; give the row a free id"));
  }
  return RowId(static_cast<int32_t>(next));
}

// A statement changes a row and its parents, and makes a version of each.
constexpr uint64_t kAtOnce = 4;

absl::Status Writer::CheckRoomToDelete() const {
  if (tables_.versions.HasRoomFor(kAtOnce)) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      "the store has no number left for another version; close read views that "
      "have been open for long");
}

absl::Status Writer::CheckRoom() const {
  // Deletes go on beyond it.
  constexpr uint64_t kVersionsKept = uint64_t{1} << 20;
  if (tables_.versions.HasRoomFor(kAtOnce + kVersionsKept) &&
      tables_.customers.rows.HasRoomFor(kAtOnce) &&
      tables_.orders.rows.HasRoomFor(kAtOnce) &&
      tables_.barcodes.rows.HasRoomFor(kAtOnce) &&
      tables_.customers.by_email.HasRoomFor(kAtOnce) &&
      tables_.barcodes.by_value.HasRoomFor(kAtOnce) &&
      tables_.customers.orders.HasRoomFor(kAtOnce) &&
      tables_.orders.barcodes.HasRoomFor(kAtOnce) &&
      tables_.text.HasRoomFor(uint64_t{1} << 16)) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      "the store has no number left for another row or version; close read "
      "views that have been open for long, or delete rows");
}

absl::Status Writer::CheckGrowth() {
  if (absl::Status status = CheckRoom(); !status.ok()) return status;
  if (!limited_) return absl::OkStatus();
  // More than one row takes: its slot and longest text, new pages of the id
  // directory and the unassigned index, two hash segments and a directory
  // chunk, a chunk of a child list and of its directory, versions, and chunks
  // of what remembers all that, for an abort and for the collector.
  constexpr int64_t kGrowthMax = 512 << 10;
  const auto fits = [this] {
    return tables_.memory_bytes() + kGrowthMax <= memory_bytes_max_;
  };
  if (fits()) return absl::OkStatus();
  // Perhaps only what earlier transactions replaced is in the way.
  constexpr size_t kItemsMax = 1 << 16;
  tables_.Collect(tables_.states.durable_tick(), /*keep=*/0, kItemsMax);
  if (fits()) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "the store holds ", tables_.memory_bytes(),
      " bytes, and memory_bytes_max is ", memory_bytes_max_,
      "; delete rows, close old read views, or open it with a higher limit"));
}

// ---- Customers -------------------------------------------------------------

absl::StatusOr<CustomerId> Writer::InsertCustomer(const NewCustomer& row) {
  return Insert(row, tables_.Hash(row.email));
}

absl::StatusOr<CustomerId> Writer::Insert(const NewCustomer& row,
                                          uint64_t hash) {
  absl::Status status = CheckText("email", row.email, Empty::kRefused);
  if (!status.ok()) return status;
  status = CheckText("name", row.name, Empty::kAllowed);
  if (!status.ok()) return status;
  absl::StatusOr<CustomerId> id =
      ChooseId("customers", row.id, state().next_customer_id);
  if (!id.ok()) return id;
  auto times = ChooseTimes(row.created_at, row.updated_at);
  if (!times.ok()) return times.status();
  if (row.id && CustomerSlot(*id) != 0) {
    return Taken("another row", NameOf(*id));
  }
  if (const uint32_t slot = CustomerSlot(row.email, hash); slot != 0) {
    return Taken(NameOf(IdOf(tables_.customers.rows[slot])),
                 absl::StrCat("email ", Quoted(row.email)));
  }
  if (absl::Status growth = CheckGrowth(); !growth.ok()) return growth;
  edits_.InsertCustomer(Number(*id), row.email, row.name, hash, *times);
  return id;
}

absl::StatusOr<CustomerId> Writer::FindOrCreateCustomer(std::string_view email,
                                                        std::string_view name) {
  absl::Status status = CheckText("email", email, Empty::kRefused);
  if (!status.ok()) return status;
  status = CheckText("name", name, Empty::kAllowed);
  if (!status.ok()) return status;
  const NewCustomer row{.email = email, .name = name};
  const uint64_t hash = tables_.Hash(email);
  if (const uint32_t slot = CustomerSlot(email, hash); slot != 0) {
    return IdOf(tables_.customers.rows[slot]);
  }
  return Insert(row, hash);
}

absl::Status Writer::UpdateCustomer(CustomerId id,
                                    const CustomerUpdate& update) {
  if (absl::Status status = CheckId(id); !status.ok()) return status;
  const uint32_t slot = CustomerSlot(id);
  if (slot == 0) return NoSuch(id);
  const CustomerRow& row = tables_.customers.rows[slot];
  const std::string_view email = update.email.value_or(row.Email(tables_.text));
  const std::string_view name = update.name.value_or(row.Name(tables_.text));
  absl::Status status = CheckText("email", email, Empty::kRefused);
  if (!status.ok()) return status;
  status = CheckText("name", name, Empty::kAllowed);
  if (!status.ok()) return status;
  absl::StatusOr<int64_t> updated_at = ChooseUpdatedAt(row, update.updated_at);
  if (!updated_at.ok()) return updated_at.status();
  const bool email_changes = email != row.Email(tables_.text);
  const bool text_changes = email_changes || name != row.Name(tables_.text);
  const uint64_t hash = text_changes ? tables_.Hash(email) : 0;
  const uint32_t owner = email_changes ? CustomerSlot(email, hash) : 0;
  if (owner != 0) {
    return Taken(NameOf(IdOf(tables_.customers.rows[owner])),
                 absl::StrCat("email ", Quoted(email)));
  }
  if (!text_changes && !Moves(row, update.updated_at)) return absl::OkStatus();
  if (status = CheckGrowth(); !status.ok()) return status;
  if (text_changes) {
    edits_.ReplaceCustomer(slot, email, name, hash, *updated_at);
  } else {
    edits_.SetCustomer(slot, *updated_at);
  }
  return absl::OkStatus();
}

absl::Status Writer::DeleteCustomer(CustomerId id) {
  if (absl::Status status = CheckId(id); !status.ok()) return status;
  const uint32_t slot = CustomerSlot(id);
  if (slot == 0) return NoSuch(id);
  if (edits_.changes().HasOrders(Number(id))) {
    return absl::FailedPreconditionError(
        absl::StrCat(NameOf(id), " has orders; delete them first"));
  }
  if (absl::Status room = CheckRoomToDelete(); !room.ok()) return room;
  edits_.DeleteCustomer(slot);
  return absl::OkStatus();
}

// ---- Orders ----------------------------------------------------------------

absl::StatusOr<OrderId> Writer::InsertOrder(const NewOrder& row) {
  return Insert(row, 0);
}

absl::StatusOr<OrderId> Writer::Insert(const NewOrder& row, uint64_t /*hash*/) {
  if (absl::Status status = CheckId(row.customer_id); !status.ok()) {
    return status;
  }
  absl::StatusOr<OrderId> id =
      ChooseId("orders", row.id, state().next_order_id);
  if (!id.ok()) return id;
  auto times = ChooseTimes(row.created_at, row.updated_at);
  if (!times.ok()) return times.status();
  if (row.id && OrderSlot(*id) != 0) return Taken("another row", NameOf(*id));
  if (CustomerSlot(row.customer_id) == 0) return NoSuch(row.customer_id);
  if (absl::Status growth = CheckGrowth(); !growth.ok()) return growth;
  edits_.InsertOrder(Number(*id), Number(row.customer_id), *times);
  return id;
}

absl::Status Writer::UpdateOrder(OrderId id, const OrderUpdate& update) {
  if (absl::Status status = CheckId(id); !status.ok()) return status;
  const uint32_t slot = OrderSlot(id);
  if (slot == 0) return NoSuch(id);
  const OrderRow& row = tables_.orders.rows[slot];
  const uint32_t before = row.word.load(kRelaxed);
  uint32_t customer = before;
  if (update.customer_id) {
    absl::Status status = CheckId(*update.customer_id);
    if (!status.ok()) return status;
    if (CustomerSlot(*update.customer_id) == 0) {
      return NoSuch(*update.customer_id);
    }
    customer = Number(*update.customer_id);
  }
  absl::StatusOr<int64_t> updated_at = ChooseUpdatedAt(row, update.updated_at);
  if (!updated_at.ok()) return updated_at.status();
  if (customer == before && !Moves(row, update.updated_at)) {
    return absl::OkStatus();
  }
  if (absl::Status status = CheckGrowth(); !status.ok()) return status;
  edits_.SetOrder(slot, customer, *updated_at);
  return absl::OkStatus();
}

absl::Status Writer::DeleteOrder(OrderId id) {
  if (absl::Status status = CheckId(id); !status.ok()) return status;
  const uint32_t slot = OrderSlot(id);
  if (slot == 0) return NoSuch(id);
  if (edits_.changes().HasBarcodes(Number(id))) {
    return absl::FailedPreconditionError(
        absl::StrCat(NameOf(id), " has barcodes; delete or move them first"));
  }
  if (absl::Status room = CheckRoomToDelete(); !room.ok()) return room;
  edits_.DeleteOrder(slot);
  return absl::OkStatus();
}

template absl::StatusOr<BarcodeId> Writer::ChooseId(std::string_view,
                                                    std::optional<BarcodeId>,
                                                    int64_t);

}  // namespace orderstore::txn
