#include "crash/life.h"

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/open_store.h"

namespace orderstore {
namespace {

disk::DiskOptions AnyDisk(uint64_t seed) {
  return {.direct_writes = seed % 4 != 0,
          .tears_sectors = seed % 3 == 0,
          .leaves_garbage = seed % 5 == 0};
}

}  // namespace

Life::Life(uint64_t seed)
    : seed_(seed), random_(seed), disk_(seed, AnyDisk(seed)) {}

std::string Life::Error(const std::string& what) const {
  return absl::StrCat("seed ", seed_, ", crash ", crashes_, ": ", what,
                      "\nthe last calls:\n", disk_.Trace());
}

std::string Life::Run(int crashes) {
  std::string error;
  while (crashes_ < crashes && error.empty()) {
    int64_t cut_at = 0;
    if (!random_.OneIn(6)) {
      const int32_t calls = random_.OneIn(3) ? 8 : 150;
      cut_at = static_cast<int64_t>(random_.OneTo(calls));
    }
    error = RunSession(cut_at);
  }
  return error;
}

std::string Life::RunSession(int64_t cut_at) {
  was_cut_ = false;
  disk_.CutPowerAt(cut_at);
  std::string error = Open();
  if (error.empty() && store_ != nullptr) error = Work();
  if (error.empty()) error = End();
  disk_.CutPowerAt(0);
  return error;
}

// ---- Opening ---------------------------------------------------------------

Options Life::AnyOptions() {
  Options options;
  options.durability =
      random_.OneIn(3) ? Durability::kAsync : Durability::kSync;
  // Soon, or not before somebody asks.
  options.async_delay_max = random_.OneIn(3)
                                ? std::chrono::hours(1)
                                : std::chrono::microseconds(random_.Below(300));
  options.async_bytes_max = random_.Below(3) * 2000;
  options.segment_bytes = 16 << 10;
  options.snapshot_interval = std::chrono::seconds(0);
  options.snapshot_log_bytes = random_.OneIn(2) ? 0 : 24 << 10;
  options.snapshots_kept = 1 + random_.Below(3);
  options.snapshot_compression = random_.OneIn(2);
  return options;
}

std::string Life::Open() {
  absl::StatusOr<std::unique_ptr<Store>> store =
      store::OpenStore::Open(disk_, kShop, AnyOptions());
  if (!store.ok()) {
    if (MayFail()) return "";
    return Error(
        absl::StrCat("the store does not open: ", store.status().ToString()));
  }
  store_ = *std::move(store);
  const std::string error = ledger_.CheckRecovered(*store_);
  return error.empty() ? "" : Error(error);
}

// ---- Work ------------------------------------------------------------------

std::string Life::Work() {
  if (random_.OneIn(8)) return RunThreads();
  const size_t transactions = random_.OneTo(random_.OneIn(4) ? 60 : 12);
  std::string error;
  for (size_t i = 0; i < transactions && error.empty() && !disk_.off(); ++i) {
    error = RunTransaction(random_);
    if (error.empty() && random_.OneIn(6)) error = DoSomethingElse();
  }
  return error;
}

std::string Life::RunThreads() {
  std::vector<std::string> errors(random_.OneTo(4));
  std::vector<std::thread> threads;
  for (std::string& error : errors) {
    const auto seed = static_cast<uint64_t>(random_.Below(1 << 30));
    threads.emplace_back([this, seed, &error] {
      SeededRandom random(seed);
      for (int i = 0; i < 8 && error.empty() && !disk_.off(); ++i) {
        error = RunTransaction(random);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::string& error : errors) {
    if (!error.empty()) return error;
  }
  return "";
}

std::string Life::RunTransaction(SeededRandom& random) {
  absl::StatusOr<Transaction> txn = store_->Begin();
  if (!txn.ok()) {
    return MayFail() ? ""
                     : Error(absl::StrCat("Begin: ", txn.status().ToString()));
  }
  ModelTransaction model(ledger_.StateAt(txn->lsn()));
  std::string error = Workload(random).RunStatements(*txn, model);
  if (!error.empty()) return Error(error);
  if (random.OneIn(8)) {
    txn->Abort();
    return "";
  }
  const absl::StatusOr<Lsn> lsn =
      ledger_.Commit(*store_, *txn, model.state(),
                     random.OneIn(3) ? Durability::kAsync : Durability::kSync);
  if (lsn.ok() || MayFail()) return "";
  return Error(absl::StrCat("Commit: ", lsn.status().ToString()));
}

std::string Life::DoSomethingElse() {
  absl::Status status;
  switch (random_.Below(4)) {
    case 0: {
      absl::StatusOr<Lsn> lsn = store_->Sync();
      status = lsn.status();
      if (lsn.ok()) ledger_.Acknowledge(*lsn);
      break;
    }
    case 1: {
      const absl::StatusOr<Lsn> lsn = store_->WriteSnapshot();
      status = lsn.status();
      if (lsn.ok()) ledger_.Acknowledge(*lsn);
      break;
    }
    case 2: {
      const std::string folder = absl::StrCat("/backup-", ++backups_);
      const absl::StatusOr<Lsn> lsn = store_->Backup(folder);
      status = lsn.status();
      if (lsn.ok()) {
        // Without kSync it may be ahead of the log.
        if (*lsn <= store_->durable_lsn()) ledger_.Acknowledge(*lsn);
        backup_ = folder;
        backup_state_ = ledger_.StateAt(*lsn);
      }
      break;
    }
    default: {
      // What a view showed is not lost, where views show durable states.
      const ReadView view = store_->OpenReadView();
      if (view.lsn() <= store_->durable_lsn()) ledger_.Acknowledge(view.lsn());
    }
  }
  if (status.ok() || MayFail()) return "";
  return Error(status.ToString());
}

// ---- Ending ----------------------------------------------------------------

std::string Life::End() {
  if (!disk_.off() && store_ != nullptr && random_.OneIn(3)) {
    const Lsn latest = store_->Stats().lsn;
    const absl::Status status = store_->Close();
    if (!status.ok() && !MayFail()) {
      return Error(absl::StrCat("Close: ", status.ToString()));
    }
    if (status.ok()) ledger_.Acknowledge(latest);
    if (!disk_.off()) {
      store_.reset();
      if (disk_.OpenDescriptors() > 0) return Error("files are left open");
      return CheckBackup();
    }
  }
  was_cut_ = disk_.off();
  const bool killed = !disk_.off() && random_.OneIn(2);
  if (!disk_.off()) disk_.CutPower();
  store_.reset();
  ++crashes_;
  if (killed) {
    disk_.RestartProgram();
  } else {
    disk_.Restart();
  }
  return random_.OneIn(4) ? CheckBackup() : "";
}

std::string Life::CheckBackup() {
  if (backup_.empty()) return "";
  disk_.CutPowerAt(0);
  const std::string folder = std::exchange(backup_, "");
  absl::StatusOr<std::unique_ptr<Store>> store =
      store::OpenStore::Open(disk_, folder, {.segment_bytes = 16 << 10});
  if (!store.ok()) {
    return Error(
        absl::StrCat("the backup does not open: ", store.status().ToString()));
  }
  const std::string error =
      CompareRows(ReadState((*store)->OpenReadView()), backup_state_);
  if (!error.empty()) return Error(absl::StrCat("the backup: ", error));
  return "";
}

}  // namespace orderstore
