// The open transaction's changes, made to the tables and written down for the
// log in one step, so that neither can be forgotten.
//
// Thread-safety: the writer lock's holder's alone.

#ifndef ORDERSTORE_TXN_EDITS_H_
#define ORDERSTORE_TXN_EDITS_H_

#include <cstdint>
#include <string_view>

#include "table/changes.h"
#include "table/tables.h"
#include "txn/redo.h"

namespace orderstore::txn {

class Edits {
 public:
  using Times = table::Changes::Times;

  explicit Edits(table::Tables& tables) : tables_(tables), changes_(tables) {}

  // Starts a transaction on top of `base`. Without `logged` nothing is written
  // down.
  void Begin(const table::CommitState& base, bool logged) {
    changes_.Begin(base);
    redo_.Clear();
    logged_ = logged;
  }

  table::Changes& changes() { return changes_; }
  const table::Changes& changes() const { return changes_; }
  // The log record's body.
  std::string_view body() const { return redo_.body(); }

  struct Savepoint {
    table::Changes::Savepoint changes;
    size_t redo_size;
  };
  Savepoint Save() const { return {changes_.Save(), redo_.size()}; }
  void UndoTo(const Savepoint& savepoint) {
    changes_.UndoTo(savepoint.changes);
    redo_.ShrinkTo(savepoint.redo_size);
  }

  // ---- As in Changes. ----
  void InsertCustomer(uint32_t id, std::string_view email,
                      std::string_view name, uint64_t email_hash, Times times) {
    changes_.InsertCustomer(id, email, name, email_hash, times);
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kInsertCustomer,
                 .id = id,
                 .text = email,
                 .name = name,
                 .created_at = times.created_at,
                 .updated_at = times.updated_at});
    }
  }
  void InsertOrder(uint32_t id, uint32_t customer, Times times) {
    changes_.InsertOrder(id, customer, times);
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kInsertOrder,
                 .id = id,
                 .parent = customer,
                 .created_at = times.created_at,
                 .updated_at = times.updated_at});
    }
  }
  void InsertBarcode(uint32_t id, std::string_view value, uint64_t value_hash,
                     uint32_t word, Times times) {
    changes_.InsertBarcode(id, value, value_hash, word, times);
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kInsertBarcode,
                 .id = id,
                 .text = value,
                 .parent = table::BarcodeRow::OrderOf(word),
                 .used = table::BarcodeRow::IsUsed(word),
                 .created_at = times.created_at,
                 .updated_at = times.updated_at});
    }
  }

  void ReplaceCustomer(uint32_t slot, std::string_view email,
                       std::string_view name, uint64_t email_hash,
                       int64_t updated_at) {
    // First: `email` and `name` may be the old row's.
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kUpdateCustomer,
                 .id = tables_.customers.rows[slot].id,
                 .text = email,
                 .name = name,
                 .updated_at = updated_at});
    }
    changes_.ReplaceCustomer(slot, email, name, email_hash, updated_at);
  }
  void ReplaceBarcode(uint32_t slot, std::string_view value,
                      uint64_t value_hash, uint32_t word, int64_t updated_at) {
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kUpdateBarcode,
                 .id = tables_.barcodes.rows[slot].id,
                 .text = value,
                 .parent = table::BarcodeRow::OrderOf(word),
                 .used = table::BarcodeRow::IsUsed(word),
                 .updated_at = updated_at});
    }
    changes_.ReplaceBarcode(slot, value, value_hash, word, updated_at);
  }
  void SetCustomer(uint32_t slot, int64_t updated_at) {
    changes_.SetCustomer(slot, updated_at);
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kTouchCustomer,
                 .id = tables_.customers.rows[slot].id,
                 .updated_at = updated_at});
    }
  }
  void SetOrder(uint32_t slot, uint32_t customer, int64_t updated_at) {
    changes_.SetOrder(slot, customer, updated_at);
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kUpdateOrder,
                 .id = tables_.orders.rows[slot].id,
                 .parent = customer,
                 .updated_at = updated_at});
    }
  }
  void SetBarcode(uint32_t slot, uint32_t word, int64_t updated_at) {
    changes_.SetBarcode(slot, word, updated_at);
    if (logged_) {
      redo_.Add({.kind = RedoOp::Kind::kSetBarcode,
                 .id = tables_.barcodes.rows[slot].id,
                 .parent = table::BarcodeRow::OrderOf(word),
                 .used = table::BarcodeRow::IsUsed(word),
                 .updated_at = updated_at});
    }
  }

  void DeleteCustomer(uint32_t slot) {
    changes_.DeleteCustomer(slot);
    AddDelete(RedoOp::Kind::kDeleteCustomer, tables_.customers.rows[slot].id);
  }
  void DeleteOrder(uint32_t slot) {
    changes_.DeleteOrder(slot);
    AddDelete(RedoOp::Kind::kDeleteOrder, tables_.orders.rows[slot].id);
  }
  void DeleteBarcode(uint32_t slot) {
    changes_.DeleteBarcode(slot);
    AddDelete(RedoOp::Kind::kDeleteBarcode, tables_.barcodes.rows[slot].id);
  }

 private:
  void AddDelete(RedoOp::Kind kind, uint32_t id) {
    if (logged_) redo_.Add({.kind = kind, .id = id});
  }

  table::Tables& tables_;
  table::Changes changes_;
  Redo redo_;
  bool logged_ = false;
};

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_EDITS_H_
