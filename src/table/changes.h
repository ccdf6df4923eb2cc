// What the open transaction has done to the tables: applies changes, one step
// at a time, and undoes them.
//
// Steps are not checked here: constraints hold before and after (txn/writer.h
// sees to that). Each step changes rows, indexes, counts, ticket counts and
// the ranking together, in place, under the transaction's tick: no view sees
// that tick before it is published.
//
// Undoing a step applies its inverse. What it leaves behind is the versions it
// hung on chains, which are right also for the state as it was.
//
// A step, or the undoing of one, takes all its memory before it changes
// anything. So one that throws std::bad_alloc has done nothing, and what
// steps_ tells is all that there is to undo.
//
// Thread-safety: the writer's alone.

#ifndef ORDERSTORE_TABLE_CHANGES_H_
#define ORDERSTORE_TABLE_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "table/chunked_queue.h"
#include "table/commit_state.h"
#include "table/tables.h"

namespace orderstore::table {

class Changes {
 public:
  explicit Changes(Tables& tables)
      : tables_(tables),
        steps_(tables.bookkeeping_bytes),
        old_words_(tables.bookkeeping_bytes),
        stillborn_(tables.bookkeeping_bytes) {}
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  // Starts a transaction on top of `base`.
  void Begin(const CommitState& base);

  // The state as the transaction sees it. Its tick is the transaction's own;
  // its LSN and top list are the base's.
  const CommitState& state() const { return state_; }
  Tick tick() const { return state_.tick; }
  bool empty() const { return steps_.empty(); }
  // Whether any row was touched, by a step that was undone perhaps.
  bool touched() const { return touched_; }
  // How many pieces of garbage the transaction will leave, about.
  size_t size() const { return steps_.size(); }

  // A point to come back to.
  struct Savepoint {
    size_t steps;
    CommitState state;
  };
  Savepoint Save() const { return {steps_.size(), state_}; }
  // Throws std::bad_alloc with some of the steps undone; it may be called
  // again.
  void UndoTo(const Savepoint& savepoint);

  // Hands over what the transaction leaves to the limbo. After it, only Begin
  // may be called. Where that gets no memory, the rest waits for the end of the
  // next transaction.
  void Finish() noexcept;

  // ---- Steps. Slots are those of rows that the transaction sees. One that
  // replaces a row is two: without memory the first of them may be done. ----
  struct Times {
    int64_t created_at;
    int64_t updated_at;
  };
  void InsertCustomer(uint32_t id, std::string_view email,
                      std::string_view name, uint64_t email_hash, Times times) {
    AddCustomer(id, email, name, email_hash, 0, times);
  }
  void InsertOrder(uint32_t id, uint32_t customer, Times times);
  void InsertBarcode(uint32_t id, std::string_view value, uint64_t value_hash,
                     uint32_t word, Times times);

  void ReplaceCustomer(uint32_t slot, std::string_view email,
                       std::string_view name, uint64_t email_hash,
                       int64_t updated_at);
  void ReplaceBarcode(uint32_t slot, std::string_view value,
                      uint64_t value_hash, uint32_t word, int64_t updated_at);
  void SetCustomer(uint32_t slot, int64_t updated_at);
  void SetOrder(uint32_t slot, uint32_t customer, int64_t updated_at);
  void SetBarcode(uint32_t slot, uint32_t word, int64_t updated_at);

  void DeleteCustomer(uint32_t slot);
  void DeleteOrder(uint32_t slot);
  void DeleteBarcode(uint32_t slot);

  // Whether rows refer to this parent now.
  bool HasOrders(uint32_t customer) const;
  bool HasBarcodes(uint32_t order) const;

 private:
  enum class Kind : uint8_t {
    kInsertCustomer,
    kInsertOrder,
    kInsertBarcode,
    kSetCustomer,
    kSetOrder,
    kSetBarcode,
    kDeleteCustomer,
    kDeleteOrder,
    kDeleteBarcode,
  };
  // Frees a slot; says also of which table it is.
  using Retire = void (Tables::*)(uint32_t slot);
  struct Step {
    uint32_t slot;
    Kind kind;
  };

  // First in each step: nothing that comes after it in the step throws.
  void ReserveForAStep();
  void AddStep(Step step) {
    steps_.push_back(step);
    touched_ = true;
  }
  void Undo(Step step);
  Words TakeOldWords();

  // Makes sure that the row as it was before the transaction is on its chain,
  // and marks the row as changed by the transaction.
  void Preserve(RowHeader& row, uint32_t slot, uint32_t position,
                Garbage::Kind kind);
  void PreserveCustomer(uint32_t slot);
  void PreserveOrder(uint32_t slot);
  void PreserveBarcode(uint32_t slot);
  void MarkDeleted(RowHeader& row);
  void UnmarkDeleted(RowHeader& row);
  // Whether only this transaction has ever seen the row.
  bool IsNewborn(const RowHeader& row) const;
  // Takes back the newborn row that was deleted last, if it is this one.
  bool TakeStillborn(uint32_t slot, Retire retire);

  // Puts a filled slot into every index.
  void LinkCustomer(uint32_t slot, uint64_t email_hash);
  void LinkOrder(uint32_t slot);
  void LinkBarcode(uint32_t slot, uint64_t value_hash);
  void AddCustomer(uint32_t id, std::string_view email, std::string_view name,
                   uint64_t email_hash, uint32_t tickets, Times times);
  void Fill(RowHeader& row, uint32_t id, uint32_t word, Times times) const;
  // Makes the slot the newest of its id.
  template <typename Table>
  void LinkSlot(Table& table, uint32_t slot);

  void SetOrderWord(uint32_t slot, uint32_t customer);
  void SetBarcodeWord(uint32_t slot, uint32_t word);
  // The barcode, which has its entry there, begins or ends to count as one of
  // its order's, or as unassigned.
  void JoinOrder(const BarcodeRow& row, uint32_t word);
  void LeaveOrder(const BarcodeRow& row, uint32_t word);

  // The same for an order and its customer.
  void CountOrder(const OrderRow& row, int count);

  ChildIndex::Anchor& OrdersOf(uint32_t customer) {
    return tables_.customers.ids[customer].children;
  }
  ChildIndex::Anchor& BarcodesOf(uint32_t order) {
    return tables_.orders.ids[order].children;
  }
  void AddTickets(uint32_t customer, int64_t count);
  uint32_t CustomerOf(uint32_t order) const;
  int64_t CountBarcodes(uint32_t order) const;
  void AddBarcodeCounts(uint32_t word, int64_t count);

  Tables& tables_;
  CommitState state_;
  bool touched_ = false;
  ChunkedQueue<Step> steps_;
  // Of the kSet... steps, in order.
  ChunkedQueue<Words> old_words_;
  // Rows that the transaction inserted and deleted, in the order of deletion.
  // They are in no index any more; their slots are kept for an undo, and for
  // string_views that the transaction handed out.
  struct Stillborn {
    uint32_t slot;
    Retire retire;
  };
  ChunkedQueue<Stillborn> stillborn_;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_CHANGES_H_
