// The three tables with their indexes, and what readers and the writer share.
//
//   customers  ids -> slot, email -> slot, id -> orders
//   orders     ids -> slot,                id -> barcodes
//   barcodes   ids -> slot, value -> slot, unassigned ids
//
// Readers look things up here as of a tick, inside an epoch (limbo.h); the
// writer changes things through Changes (changes.h); what was replaced comes
// back through Reclaim.
//
// Thread-safety: readers' functions are const and may run at any time beside
// the one writer.

#ifndef ORDERSTORE_TABLE_TABLES_H_
#define ORDERSTORE_TABLE_TABLES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/options.h"
#include "orderstore/stats.h"
#include "table/address_space.h"
#include "table/child_index.h"
#include "table/collector.h"
#include "table/hash_index.h"
#include "table/id_directory.h"
#include "table/limbo.h"
#include "table/prefetch.h"
#include "table/ranking.h"
#include "table/rows.h"
#include "table/text_hash.h"
#include "table/unassigned_index.h"
#include "table/version.h"
#include "table/view_registry.h"

namespace orderstore::table {

// What the id directory keeps for an id.
struct RowEntry {
  std::atomic<uint32_t> slot;  // the newest, or 0
};
struct ParentEntry {
  std::atomic<uint32_t> slot;
  ChildIndex::Anchor children;
};

// Hashes the key of a slot, for splits of the hash indexes.
template <typename Row, std::string_view (*kKey)(const Row&, const BlockPool&)>
struct KeyHasher {
  const Pool<Row>* rows;
  const BlockPool* text;
  uint64_t seed;

  uint64_t operator()(uint32_t slot) const {
    return TextHash(kKey((*rows)[slot], *text), seed);
  }
  void Prefetch(uint32_t slot) const { table::Prefetch(&(*rows)[slot]); }
};

inline std::string_view EmailOf(const CustomerRow& row, const BlockPool& text) {
  return row.Email(text);
}
inline std::string_view ValueOf(const BarcodeRow& row, const BlockPool& text) {
  return row.text.Get(text);
}

using EmailIndex = HashIndex<KeyHasher<CustomerRow, EmailOf>>;
using ValueIndex = HashIndex<KeyHasher<BarcodeRow, ValueOf>>;

class Tables {
 public:
  // ResourceExhausted: no address space.
  static absl::StatusOr<std::unique_ptr<Tables>> Create(const Options& options);

  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;
  // Precondition: no view is open.
  ~Tables();

 private:
  // First: everything below lives in it.
  const std::unique_ptr<AddressSpace> space_;

 public:
  const uint64_t seed;
  StatePublisher states;
  ViewRegistry views;
  // Of the records in the two below and in the open transaction's Changes.
  std::atomic<int64_t> bookkeeping_bytes = 0;
  Limbo limbo{views, bookkeeping_bytes};
  Collector collector{views, bookkeeping_bytes};

  VersionPool versions;
  BlockPool text;  // that does not fit into its row

  struct Customers {
    explicit Customers(Tables& tables);

    Pool<CustomerRow> rows;
    IdDirectory<ParentEntry> ids;
    EmailIndex by_email;
    ChildIndex orders;
  } customers;

  struct Orders {
    explicit Orders(Tables& tables);

    Pool<OrderRow> rows;
    IdDirectory<ParentEntry> ids;
    ChildIndex barcodes;
  } orders;

  struct Barcodes {
    explicit Barcodes(Tables& tables);

    Pool<BarcodeRow> rows;
    IdDirectory<RowEntry> ids;
    ValueIndex by_value;
    UnassignedIndex unassigned;
  } barcodes;

  Ranking ranking;

  // ---- Lookups as of a tick: the slot and what the view sees there. ----
  template <typename Row>
  struct Found {
    const Row* row = nullptr;  // null: no such row
    Words words;
  };

  Found<CustomerRow> FindCustomer(uint32_t id, Tick tick) const {
    return FindById<CustomerRow>(customers, id, tick);
  }
  Found<OrderRow> FindOrder(uint32_t id, Tick tick) const {
    return FindById<OrderRow>(orders, id, tick);
  }
  Found<BarcodeRow> FindBarcode(uint32_t id, Tick tick) const {
    return FindById<BarcodeRow>(barcodes, id, tick);
  }
  Found<CustomerRow> FindCustomerByEmail(std::string_view email, uint64_t hash,
                                         Tick tick) const;
  Found<BarcodeRow> FindBarcodeByValue(std::string_view value, uint64_t hash,
                                       Tick tick) const;

  uint64_t Hash(std::string_view key) const { return TextHash(key, seed); }

  // ---- The writer's. ----
  // Takes the memory that the end of a transaction of some hundred changes
  // needs, a commit's or an abort's.
  void ReserveForAnEnd();
  // Collects garbage that ended by `published`, at most `items_max` pieces and
  // not the youngest `keep`, and frees what readers have left. Returns whether
  // there is more to do now. Throws std::bad_alloc; the tables are sound then,
  // and collector.blocked().
  bool Collect(Tick published, size_t keep, size_t items_max);

  // Takes a row that no view sees, and that has no versions, out of every
  // index.
  void UnlinkCustomer(uint32_t slot);
  void UnlinkOrder(uint32_t slot);
  void UnlinkBarcode(uint32_t slot);
  // Frees the slot of an unlinked row when no reader can stand in it.
  void RetireCustomer(uint32_t slot);
  void RetireOrder(uint32_t slot);
  void RetireBarcode(uint32_t slot);

  // Takes the entry of a child out of its parent's list.
  void RemoveChild(IdDirectory<ParentEntry>& parents, ChildIndex& children,
                   uint32_t parent, uint32_t position);
  // Whether an older version of the barcode is unassigned.
  bool HasUnassignedVersion(uint32_t barcode) const;
  // Calls unassigned.Forget if no version of the barcode is unassigned.
  void ForgetUnlessUnassigned(uint32_t barcode);
  // Whether a version that hangs on this slot has this parent.
  bool HasVersionUnder(const OrderRow& row, uint32_t customer) const;
  bool HasVersionUnder(const BarcodeRow& row, uint32_t order) const;

  // Calls fn(version) for the versions that hang on this very slot, newest
  // first, until it returns false.
  template <typename Fn>
  void ForEachVersion(const RowHeader& row, Fn fn) const {
    for (Link link = row.LoadOlder(); link.is_version();) {
      const Version& version = versions[link.number()];
      if (!fn(version)) return;
      link = version.LoadNext();
    }
  }

  // ---- Statistics; any thread. ----
  void AddTo(StoreStats& stats) const;
  int64_t memory_bytes() const;

  // Recomputes every index, count and ranking from the rows, as of `state`,
  // which is the newest. DataLoss names the first difference. (check.cc)
  absl::Status Check(const CommitState& state) const;

  // The newest ticket count of a customer; 0 if there is none.
  uint32_t TicketCount(uint32_t customer) const;

 private:
  Tables(std::unique_ptr<AddressSpace> space, uint64_t hash_seed);

  // The row of an id as of `tick`, in whichever of its slots that is.
  template <typename Row, typename Table>
  Found<Row> FindById(const Table& table, uint32_t id, Tick tick) const {
    uint32_t slot = table.ids[id].slot.load(std::memory_order_acquire);
    while (slot != 0) {
      const Row& row = table.rows[slot];
      const Sight sight = See(row, versions, tick);
      if (sight.words) return {&row, *sight.words};
      slot = sight.older.number();
    }
    return {};
  }

  void Reclaim(const Garbage& garbage);
  void ReclaimOrderVersion(uint32_t slot, uint32_t number);
  void ReclaimBarcodeVersion(uint32_t slot, uint32_t number);
  // Takes the version off its row's chain and retires it.
  void UnlinkVersion(RowHeader& row, uint32_t number);
  // Takes the slot off its id's chain. O(slots of the id that views pin).
  template <typename Table>
  void UnlinkSlot(Table& table, uint32_t slot);
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_TABLES_H_
