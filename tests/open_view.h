// What tests of the store's parts share: address space, and read views without
// a store around them.

#ifndef ORDERSTORE_TESTS_OPEN_VIEW_H_
#define ORDERSTORE_TESTS_OPEN_VIEW_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "table/address_space.h"
#include "table/commit_state.h"
#include "table/state_publisher.h"
#include "table/view_registry.h"

namespace orderstore::table {

// Enough for any one part.
inline std::unique_ptr<AddressSpace> ReserveForTest() {
  return AddressSpace::Reserve(size_t{64} << 30, false).value();
}

// What limbo and collector count their own memory in, where nobody asks for it.
inline std::atomic<int64_t> uncounted_bytes = 0;

// A view of a chosen tick, open until Close or the end of its life.
class OpenView {
 public:
  OpenView(ViewRegistry& views, Tick tick) {
    CommitState state;
    state.tick = tick;
    states_.Publish(std::move(state));
    slot_ = views.Open(states_.latest_line());
  }
  OpenView(const OpenView&) = delete;
  OpenView& operator=(const OpenView&) = delete;
  ~OpenView() {
    if (slot_ != nullptr) Close();
  }

  // Returns whether garbage was parked for the view.
  bool Close() { return ViewRegistry::Close(std::exchange(slot_, nullptr)); }

  ViewSlot* slot() const { return slot_; }

 private:
  StatePublisher states_;
  ViewSlot* slot_ = nullptr;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TESTS_OPEN_VIEW_H_
