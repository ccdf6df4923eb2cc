// Tables with one writer, as the engine runs them, without its checks: verbs
// apply steps to an open transaction, which then commits or aborts.

#ifndef ORDERSTORE_TESTS_TABLE_TABLES_FIXTURE_H_
#define ORDERSTORE_TESTS_TABLE_TABLES_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "orderstore/options.h"
#include "table/changes.h"
#include "table/commit_state.h"
#include "table/tables.h"

namespace orderstore::table {

class TablesTest : public testing::Test {
 protected:
  static constexpr Changes::Times kTimes = {.created_at = 100,
                                            .updated_at = 200};

  void Begin() { changes.Begin(newest()); }
  void Commit() {
    CommitState state = changes.state();
    ++state.lsn;
    End(std::move(state));
  }
  void Abort() {
    CommitState state = newest();
    const Tick tick = changes.tick();
    changes.UndoTo({.steps = 0, .state = state});
    state.tick = tick;
    End(std::move(state));
  }
  const CommitState& newest() const { return tables->states.latest(); }

  // Compares everything with the rows, in the middle of a transaction too.
  absl::Status CheckNow() {
    CommitState state = changes.state();
    state.top = tables->ranking.Publish();
    return tables->Check(state);
  }

  void InsertCustomer(uint32_t id, std::string_view email,
                      std::string_view name = "N") {
    changes.InsertCustomer(id, email, name, tables->Hash(email), kTimes);
  }
  void InsertOrder(uint32_t id, uint32_t customer) {
    changes.InsertOrder(id, customer, kTimes);
  }
  void InsertBarcode(uint32_t id, std::string_view value, uint32_t order,
                     bool used = false) {
    changes.InsertBarcode(id, value, tables->Hash(value),
                          BarcodeRow::WordOf(order, used), kTimes);
  }

  uint32_t CustomerSlot(uint32_t id) const {
    return tables->customers.ids[id].slot;
  }
  uint32_t OrderSlot(uint32_t id) const { return tables->orders.ids[id].slot; }
  uint32_t BarcodeSlot(uint32_t id) const {
    return tables->barcodes.ids[id].slot;
  }

  // Gives back what no view needs.
  void CollectAll() {
    // The second time for what the first one unlinked.
    for (int i = 0; i < 2; ++i) tables->Collect(newest().tick, 0, 1 << 20);
  }

  const std::unique_ptr<Tables> tables = Tables::Create(Options()).value();
  Changes changes{*tables};

 private:
  void End(CommitState state) {
    state.top = tables->ranking.Publish();
    changes.Finish();
    const Tick end = state.tick;
    const PublishedState* old = tables->states.Publish(std::move(state)).before;
    tables->collector.Add({.begin = old->state.tick,
                           .end = end,
                           .kind = Garbage::Kind::kCommitState,
                           .item = reinterpret_cast<uint64_t>(old)});
  }
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TESTS_TABLE_TABLES_FIXTURE_H_
