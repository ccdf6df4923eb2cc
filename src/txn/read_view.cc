#include "orderstore/read_view.h"

#include <utility>

#include "txn/engine.h"

namespace orderstore {

ReadView& ReadView::operator=(ReadView&& other) noexcept {
  if (this != &other) {
    if (engine_ != nullptr) engine_->CloseView(slot_);
    engine_ = std::exchange(other.engine_, nullptr);
    slot_ = std::exchange(other.slot_, nullptr);
  }
  return *this;
}

ReadView::~ReadView() {
  if (engine_ != nullptr) engine_->CloseView(slot_);
}

}  // namespace orderstore
