#include "orderstore/store.h"

#include "io/file_system.h"
#include "store/open_store.h"

namespace orderstore {

using store::OpenStore;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& folder,
                                                   const Options& options) {
  return OpenStore::Open(io::Posix(), folder, options);
}

absl::StatusOr<std::unique_ptr<Store>> Store::OpenReadOnly(
    const std::string& folder, const Options& options) {
  return OpenStore::OpenReadOnly(io::Posix(), folder, options);
}

absl::StatusOr<std::unique_ptr<Store>> Store::OpenAsOf(
    const std::string& folder, Lsn lsn, const Options& options) {
  return OpenStore::OpenReadOnly(io::Posix(), folder, options, lsn);
}

absl::StatusOr<std::unique_ptr<Store>> Store::OpenSnapshot(
    const std::string& file, const Options& options) {
  return OpenStore::OpenSnapshot(io::Posix(), file, options);
}

absl::StatusOr<std::unique_ptr<Store>> Store::OpenInMemory(
    const Options& options) {
  return OpenStore::OpenInMemory(options);
}

Store::Store(std::unique_ptr<OpenStore> opened) : opened_(std::move(opened)) {}

Store::~Store() = default;

absl::Status Store::Close() { return opened_->Close(); }

const OpenReport& Store::open_report() const { return opened_->report(); }

SchemaRevision Store::schema_revision() const {
  return opened_->engine().schema();
}

// ---- Writing ---------------------------------------------------------------

absl::StatusOr<Transaction> Store::Begin() {
  absl::Status status = opened_->engine().Begin(std::nullopt);
  if (!status.ok()) return status;
  return Transaction(&opened_->engine());
}

absl::StatusOr<Transaction> Store::Begin(
    std::chrono::steady_clock::time_point deadline) {
  absl::Status status = opened_->engine().Begin(deadline);
  if (!status.ok()) return status;
  return Transaction(&opened_->engine());
}

// ---- Durability ------------------------------------------------------------

Lsn Store::durable_lsn() const { return opened_->engine().durable_lsn(); }

absl::Status Store::WaitDurable(Lsn lsn, Deadline deadline) const {
  return opened_->engine().WaitDurable(lsn, deadline);
}

absl::Status Store::WaitIfSync(Lsn lsn) const {
  txn::Engine& engine = opened_->engine();
  return engine.durability() == Durability::kSync
             ? engine.WaitDurable(lsn, std::nullopt)
             : absl::OkStatus();
}

absl::StatusOr<Lsn> Store::Sync() {
  const Lsn lsn = opened_->engine().latest_lsn();
  if (absl::Status status = WaitDurable(lsn); !status.ok()) return status;
  return lsn;
}

// ---- Reading ---------------------------------------------------------------

ReadView Store::OpenReadView(ReadLevel level) const {
  txn::Engine& engine = opened_->engine();
  return ReadView(&engine, engine.OpenView(level));
}

absl::StatusOr<ReadView> Store::OpenReadView(Lsn at_least,
                                             Deadline deadline) const {
  absl::Status status = WaitDurable(at_least, deadline);
  if (!status.ok()) return status;
  return OpenReadView();
}

// ---- Snapshots and watching ------------------------------------------------

absl::StatusOr<Lsn> Store::WriteSnapshot() { return opened_->WriteSnapshot(); }

absl::StatusOr<Lsn> Store::Backup(const std::string& folder,
                                  const std::atomic<bool>* cancelled) {
  return opened_->Backup(folder, cancelled);
}

StoreStats Store::Stats() const { return opened_->Stats(); }

absl::Status Store::Check(Deadline deadline) const {
  return opened_->engine().Check(deadline);
}

}  // namespace orderstore
