#include "table/tables.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <utility>

#include "table/text_equal.h"

namespace orderstore::table {
namespace {

// Room for 2^31 - 1 rows in each table, as many versions, and the indexes.
// ThreadSanitizer leaves a process 1.5 TiB, so that a second store may not fit:
// there tables are smaller.
#if defined(__SANITIZE_THREAD__)
#define ORDERSTORE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ORDERSTORE_TSAN 1
#endif
#endif
#ifdef ORDERSTORE_TSAN
constexpr uint32_t kSlotsMax = uint32_t{1} << 27;
constexpr size_t kAddressSpaceBytes = size_t{192} << 30;
#else
constexpr uint32_t kSlotsMax = kIdMax;
constexpr size_t kAddressSpaceBytes = size_t{640} << 30;
#endif

uint64_t RandomSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

// To be called when a slot or the list of children of this id went.
void VacateIfEmpty(IdDirectory<ParentEntry>& ids, uint32_t id) {
  const ParentEntry& entry = ids[id];
  if (entry.slot.load(std::memory_order_relaxed) == 0 &&
      entry.children.load(std::memory_order_relaxed) == 0) {
    ids.Vacate(id);
  }
}

// A row that is deleted goes with its last version.
bool IsGone(const RowHeader& row) {
  return IsDeleted(row) && !row.LoadOlder().is_version();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tables>> Tables::Create(const Options& options) {
  absl::StatusOr<std::unique_ptr<AddressSpace>> space =
      AddressSpace::Reserve(kAddressSpaceBytes, options.huge_pages);
  if (!space.ok()) return space.status();
  return std::unique_ptr<Tables>(new Tables(*std::move(space), RandomSeed()));
}

Tables::Customers::Customers(Tables& tables)
    : rows(*tables.space_, kSlotsMax),
      ids(*tables.space_),
      by_email(*tables.space_, tables.limbo,
               {&rows, &tables.text, tables.seed}),
      orders(*tables.space_, tables.limbo) {}

Tables::Orders::Orders(Tables& tables)
    : rows(*tables.space_, kSlotsMax),
      ids(*tables.space_),
      barcodes(*tables.space_, tables.limbo) {}

Tables::Barcodes::Barcodes(Tables& tables)
    : rows(*tables.space_, kSlotsMax),
      ids(*tables.space_),
      by_value(*tables.space_, tables.limbo,
               {&rows, &tables.text, tables.seed}),
      unassigned(*tables.space_) {}

Tables::Tables(std::unique_ptr<AddressSpace> space, uint64_t hash_seed)
    : space_(std::move(space)),
      seed(hash_seed),
      versions(*space_, kSlotsMax),
      text(*space_),
      customers(*this),
      orders(*this),
      barcodes(*this),
      ranking(*space_,
              [this](uint32_t customer) { return TicketCount(customer); }) {}

Tables::~Tables() {
  // What the collector has is in the address space and in `states`.
  limbo.Drain();
}

Tables::Found<CustomerRow> Tables::FindCustomerByEmail(std::string_view email,
                                                       uint64_t hash,
                                                       Tick tick) const {
  Found<CustomerRow> found;
  customers.by_email.Find(hash, [&](uint32_t slot) {
    const CustomerRow& row = customers.rows[slot];
    if (!TextEqual(row.Email(text), email)) return false;
    // The same email may be in several slots, of which a view sees one.
    const Sight sight = See(row, versions, tick);
    if (!sight.words) return false;
    found = {&row, *sight.words};
    return true;
  });
  return found;
}

Tables::Found<BarcodeRow> Tables::FindBarcodeByValue(std::string_view value,
                                                     uint64_t hash,
                                                     Tick tick) const {
  Found<BarcodeRow> found;
  barcodes.by_value.Find(hash, [&](uint32_t slot) {
    const BarcodeRow& row = barcodes.rows[slot];
    if (!TextEqual(row.text.Get(text), value)) return false;
    const Sight sight = See(row, versions, tick);
    if (!sight.words) return false;
    found = {&row, *sight.words};
    return true;
  });
  return found;
}

uint32_t Tables::TicketCount(uint32_t customer) const {
  const uint32_t slot =
      customers.ids[customer].slot.load(std::memory_order_acquire);
  if (slot == 0) return 0;
  const CustomerRow& row = customers.rows[slot];
  return IsDeleted(row) ? 0 : row.word.load(std::memory_order_relaxed);
}

// ---- Reclaiming ------------------------------------------------------------

void Tables::ReserveForAnEnd() {
  constexpr size_t kPieces = 512;
  states.Reserve();
  collector.Reserve(kPieces);
  limbo.Reserve(kPieces);
}

bool Tables::Collect(Tick published, size_t keep, size_t items_max) {
  const bool more =
      collector.Collect(published, keep, items_max,
                        [this](const Garbage& garbage) { Reclaim(garbage); });
  // Some 10 us worth at least: a reader may have kept much in limbo.
  constexpr size_t kFreeAtLeast = 1024;
  return limbo.Advance(std::max(2 * items_max, kFreeAtLeast)) || more;
}

void Tables::Reclaim(const Garbage& garbage) {
  // Without memory for it the piece is given up whole, and nothing of it is
  // used again.
  limbo.Reserve(Limbo::kRetiredAtOnce);
  const uint32_t slot = garbage.slot;
  const auto version = static_cast<uint32_t>(garbage.item);
  switch (garbage.kind) {
    case Garbage::Kind::kCommitState:
      states.Free(reinterpret_cast<const PublishedState*>(garbage.item));
      return;
    case Garbage::Kind::kCustomerVersion:
      UnlinkVersion(customers.rows[slot], version);
      if (IsGone(customers.rows[slot])) {
        UnlinkCustomer(slot);
        RetireCustomer(slot);
      }
      return;
    case Garbage::Kind::kOrderVersion:
      ReclaimOrderVersion(slot, version);
      if (IsGone(orders.rows[slot])) {
        UnlinkOrder(slot);
        RetireOrder(slot);
      }
      return;
    case Garbage::Kind::kBarcodeVersion:
      ReclaimBarcodeVersion(slot, version);
      if (IsGone(barcodes.rows[slot])) {
        UnlinkBarcode(slot);
        RetireBarcode(slot);
      }
      return;
  }
}

void Tables::ReclaimOrderVersion(uint32_t slot, uint32_t number) {
  OrderRow& row = orders.rows[slot];
  const uint32_t customer = versions[number].word;
  const uint32_t position = versions[number].position;
  UnlinkVersion(row, number);
  if (customer != row.word.load(std::memory_order_relaxed) &&
      !HasVersionUnder(row, customer)) {
    RemoveChild(customers.ids, customers.orders, customer, position);
  }
}

void Tables::ReclaimBarcodeVersion(uint32_t slot, uint32_t number) {
  BarcodeRow& row = barcodes.rows[slot];
  const uint32_t order = BarcodeRow::OrderOf(versions[number].word);
  const uint32_t position = versions[number].position;
  UnlinkVersion(row, number);
  if (order == 0) {
    ForgetUnlessUnassigned(row.id);
  } else if (order != BarcodeRow::OrderOf(
                          row.word.load(std::memory_order_relaxed)) &&
             !HasVersionUnder(row, order)) {
    RemoveChild(orders.ids, orders.barcodes, order, position);
  }
}

void Tables::UnlinkVersion(RowHeader& row, uint32_t number) {
  const Version& version = versions[number];
  const Link next = version.LoadNext();
  std::atomic<uint32_t>& link =
      version.prev == 0 ? row.older : versions[version.prev].next;
  link.store(next.bits(), std::memory_order_release);
  if (next.is_version()) versions[next.number()].prev = version.prev;
  limbo.Retire(
      [](void* self, uint64_t item) {
        static_cast<VersionPool*>(self)->Free(static_cast<uint32_t>(item));
      },
      &versions, number);
}

bool Tables::HasVersionUnder(const OrderRow& row, uint32_t customer) const {
  bool found = false;
  ForEachVersion(row, [&](const Version& version) {
    found = version.word == customer;
    return !found;
  });
  return found;
}

bool Tables::HasVersionUnder(const BarcodeRow& row, uint32_t order) const {
  bool found = false;
  ForEachVersion(row, [&](const Version& version) {
    found = BarcodeRow::OrderOf(version.word) == order;
    return !found;
  });
  return found;
}

void Tables::ForgetUnlessUnassigned(uint32_t barcode) {
  if (barcodes.unassigned.UnassignedNow(barcode)) return;
  if (!HasUnassignedVersion(barcode)) barcodes.unassigned.Forget(barcode);
}

bool Tables::HasUnassignedVersion(uint32_t barcode) const {
  uint32_t slot = barcodes.ids[barcode].slot.load(std::memory_order_relaxed);
  while (slot != 0) {
    const BarcodeRow& row = barcodes.rows[slot];
    Link link = row.LoadOlder();
    for (; link.is_version(); link = versions[link.number()].LoadNext()) {
      if (BarcodeRow::OrderOf(versions[link.number()].word) == 0) return true;
    }
    slot = link.number();
  }
  return false;
}

// ---- Removing rows ---------------------------------------------------------

template <typename Table>
void Tables::UnlinkSlot(Table& table, uint32_t slot) {
  const uint32_t id = table.rows[slot].id;
  auto& entry = table.ids[id];
  const Link older = table.rows[slot].LoadOlder();
  assert(!older.is_version());
  if (entry.slot.load(std::memory_order_relaxed) == slot) {
    entry.slot.store(older.number(), std::memory_order_release);
  } else {
    std::atomic<uint32_t>* link =
        &table.rows[entry.slot.load(std::memory_order_relaxed)].older;
    for (;;) {
      const Link to = Link::FromBits(link->load(std::memory_order_relaxed));
      assert(to != Link());
      if (to == Link::ToSlot(slot)) break;
      link = to.is_slot() ? &table.rows[to.number()].older
                          : &versions[to.number()].next;
    }
    link->store(older.bits(), std::memory_order_release);
  }
}

void Tables::UnlinkCustomer(uint32_t slot) {
  CustomerRow& row = customers.rows[slot];
  customers.by_email.Erase(Hash(row.Email(text)), slot);
  UnlinkSlot(customers, slot);
  VacateIfEmpty(customers.ids, row.id);
}

void Tables::UnlinkOrder(uint32_t slot) {
  OrderRow& row = orders.rows[slot];
  RemoveChild(customers.ids, customers.orders,
              row.word.load(std::memory_order_relaxed), row.position);
  UnlinkSlot(orders, slot);
  VacateIfEmpty(orders.ids, row.id);
}

void Tables::UnlinkBarcode(uint32_t slot) {
  BarcodeRow& row = barcodes.rows[slot];
  const uint32_t id = row.id;
  const uint32_t order =
      BarcodeRow::OrderOf(row.word.load(std::memory_order_relaxed));
  barcodes.by_value.Erase(Hash(row.text.Get(text)), slot);
  UnlinkSlot(barcodes, slot);
  if (order != 0) {
    RemoveChild(orders.ids, orders.barcodes, order, row.position);
  } else {
    ForgetUnlessUnassigned(id);
  }
  if (barcodes.ids[id].slot.load(std::memory_order_relaxed) == 0) {
    barcodes.ids.Vacate(id);
    constexpr uint32_t kRange = IdBitmap::kReleaseIds;
    bool range_empty = true;
    for (uint32_t i = 0; i < kRange && range_empty;
         i += IdDirectory<RowEntry>::kPageIds) {
      range_empty = !barcodes.ids.PageOccupied(id / kRange * kRange + i);
    }
    if (range_empty) barcodes.unassigned.ReleaseAround(id);
  }
}

void Tables::RetireCustomer(uint32_t slot) {
  limbo.Retire(
      [](void* self, uint64_t item) {
        auto* tables = static_cast<Tables*>(self);
        const auto number = static_cast<uint32_t>(item);
        tables->customers.rows[number].text.Free(tables->text);
        tables->customers.rows.Free(number);
      },
      this, slot);
}

void Tables::RetireOrder(uint32_t slot) {
  limbo.Retire(
      [](void* self, uint64_t item) {
        static_cast<Tables*>(self)->orders.rows.Free(
            static_cast<uint32_t>(item));
      },
      this, slot);
}

void Tables::RetireBarcode(uint32_t slot) {
  limbo.Retire(
      [](void* self, uint64_t item) {
        auto* tables = static_cast<Tables*>(self);
        const auto number = static_cast<uint32_t>(item);
        tables->barcodes.rows[number].text.Free(tables->text);
        tables->barcodes.rows.Free(number);
      },
      this, slot);
}

void Tables::RemoveChild(IdDirectory<ParentEntry>& parents,
                         ChildIndex& children, uint32_t parent,
                         uint32_t position) {
  children.Remove(parents[parent].children, position);
  VacateIfEmpty(parents, parent);
}

// ---- Statistics ------------------------------------------------------------

void Tables::AddTo(StoreStats& stats) const {
  stats.customers.row_bytes = customers.rows.bytes();
  stats.customers.id_directory_bytes = customers.ids.bytes();
  stats.customers.hash_index_bytes = customers.by_email.bytes();
  stats.customers.child_index_bytes = customers.orders.bytes();
  stats.orders.row_bytes = orders.rows.bytes();
  stats.orders.id_directory_bytes = orders.ids.bytes();
  stats.orders.child_index_bytes = orders.barcodes.bytes();
  stats.barcodes.row_bytes = barcodes.rows.bytes();
  stats.barcodes.id_directory_bytes = barcodes.ids.bytes();
  stats.barcodes.hash_index_bytes = barcodes.by_value.bytes();
  stats.long_text_bytes = text.bytes();
  stats.unassigned_index_bytes = barcodes.unassigned.bytes();
  stats.ranking_bytes = ranking.bytes();
  stats.version_bytes =
      versions.bytes() + bookkeeping_bytes.load(std::memory_order_relaxed);
  stats.versions = versions.in_use();
  stats.memory_bytes = memory_bytes();
}

int64_t Tables::memory_bytes() const {
  return customers.rows.bytes() + customers.ids.bytes() +
         customers.by_email.bytes() + customers.orders.bytes() +
         orders.rows.bytes() + orders.ids.bytes() + orders.barcodes.bytes() +
         barcodes.rows.bytes() + barcodes.ids.bytes() +
         barcodes.by_value.bytes() + barcodes.unassigned.bytes() +
         text.bytes() + versions.bytes() +
         bookkeeping_bytes.load(std::memory_order_relaxed) + ranking.bytes();
}

}  // namespace orderstore::table
