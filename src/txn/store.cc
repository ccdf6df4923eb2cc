#include "orderstore/store.h"

#include <optional>

#include "txn/engine.h"

namespace orderstore {

absl::StatusOr<std::unique_ptr<Store>> Store::OpenInMemory(
    const Options& options) {
  absl::StatusOr<std::unique_ptr<txn::Engine>> engine =
      txn::Engine::Create(options);
  if (!engine.ok()) return engine.status();
  return std::unique_ptr<Store>(new Store(*std::move(engine)));
}

Store::Store(std::unique_ptr<txn::Engine> engine)
    : engine_(std::move(engine)) {}

Store::~Store() = default;

absl::StatusOr<Transaction> Store::Begin() {
  absl::Status status = engine_->Begin(std::nullopt);
  if (!status.ok()) return status;
  return Transaction(engine_.get());
}

absl::StatusOr<Transaction> Store::Begin(
    std::chrono::steady_clock::time_point deadline) {
  absl::Status status = engine_->Begin(deadline);
  if (!status.ok()) return status;
  return Transaction(engine_.get());
}

ReadView Store::OpenReadView() const {
  return ReadView(engine_.get(), engine_->OpenView());
}

StoreStats Store::Stats() const { return engine_->Stats(); }

absl::Status Store::Check() const { return engine_->Check(); }

// ---- ReadView --------------------------------------------------------------

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
