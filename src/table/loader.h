// Fills empty tables with the rows of a snapshot: no statement by statement, no
// versions, and in two steps that two threads take at the same time, a block of
// rows after the other.
//
//   Loader loader(tables, tick);
//   loader.Reserve(customers, barcodes);
//   // thread A                          // thread B, a block behind
//   slots = loader.AddBarcodes(rows);    loader.IndexBarcodes(slots);
//   // when both are done
//   loader.FinishIndexes();
//   CommitState state = loader.Finish();
//
// The first step makes rows, the id directories, the lists of children and
// counts; the second the hash indexes, which have their size before it begins,
// so that nothing splits. Whoever has the rows computes their digests. What is
// the same as in Changes is done by the same pieces of Tables; Tables::Check
// compares the result.
//
// Rows come in the order of their ids, customers before orders before barcodes.
// The caller has checked texts and times; the loader finds missing parents and
// keys that are there twice.
//
// Thread-safety: Add... and Finish by one thread, Index... by one thread; a row
// is indexed after the call that added it happened. Nobody else knows the
// tables yet.

#ifndef ORDERSTORE_TABLE_LOADER_H_
#define ORDERSTORE_TABLE_LOADER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "table/commit_state.h"
#include "table/tables.h"

namespace orderstore::table {

class Loader {
 public:
  Loader(Tables& tables, Tick tick) : tables_(tables) {
    state_.tick = tick;
    tickets_.reserve(kTicketsMax);
  }
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Makes room in the hash indexes for so many rows.
  void Reserve(int64_t customers, int64_t barcodes);

  // ---- The first step. ----
  // Columns of a row; those that its table has not are not looked at.
  struct Row {
    uint32_t id;
    std::string_view text;  // email or value
    std::string_view name;
    uint32_t word;  // the customer of an order, the word of a barcode
    int64_t created_at;
    int64_t updated_at;
  };
  // Each returns the slot; 0: the parent is missing.
  uint32_t AddCustomer(const Row& row);
  uint32_t AddOrder(const Row& row);
  uint32_t AddBarcode(const Row& row);
  // What adding a row some rows ahead takes: its parent's entry, and then, some
  // rows later, the list that this leads to. `word` is that of the row.
  void PrefetchCustomer(uint32_t word) const;
  void PrefetchOrdersOf(uint32_t word) const;
  void PrefetchOrder(uint32_t word) const;
  void PrefetchBarcodesOf(uint32_t word) const;

  // ---- The second step. ----
  // Adds the keys of these slots. Returns a slot whose key is there already; 0
  // if there is none.
  uint32_t IndexCustomers(const std::vector<uint32_t>& slots);
  uint32_t IndexBarcodes(const std::vector<uint32_t>& slots);

  // ---- When both steps are done with all rows. ----
  // Adds keys that found no room in their segment. Returns as Index...
  uint32_t FinishIndexes();
  // The state: its tick, counts, sequences. Completes the ranking.
  CommitState Finish();

 private:
  template <typename Table>
  void LinkSlot(Table& table, uint32_t slot);
  void Fill(RowHeader& header, const Row& row, uint32_t word) const;
  // Adds the tickets counted so far to those of the customers.
  void AddTickets();
  template <typename Table, typename Index, typename KeyOf>
  uint32_t IndexKeys(Table& table, Index& index,
                     const std::vector<uint32_t>& slots, KeyOf key_of,
                     std::vector<uint32_t>& left);
  template <typename Table, typename Index, typename KeyOf>
  uint32_t IndexLeft(Table& table, Index& index, KeyOf key_of,
                     const std::vector<uint32_t>& left);

  Tables& tables_;
  CommitState state_;
  // Tickets of orders, whose customers are looked up many at a time: order,
  // customer and its row are three loads from memory, each told by the last.
  struct Tickets {
    uint32_t at;  // the order's slot, its customer's id, that one's slot
    uint32_t count;
  };
  static constexpr size_t kTicketsMax = 64;
  std::vector<Tickets> tickets_;
  uint32_t ticket_order_ = 0;  // the last; barcodes of one mostly come together

  // The second step's: slots whose segment was full.
  std::vector<uint32_t> customers_left_;
  std::vector<uint32_t> barcodes_left_;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_LOADER_H_
