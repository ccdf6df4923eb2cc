#include "crash/story.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "store/model.h"
#include "store/open_store.h"

namespace orderstore {
namespace {

constexpr char kBackup[] = "/backup";

constexpr auto kResourceExhausted = absl::StatusCode::kResourceExhausted;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;
constexpr auto kUnknown = absl::StatusCode::kUnknown;

Options StoreOptions(Durability durability) {
  Options options;
  options.durability = durability;
  // Nothing is flushed but by whoever waits: the calls come in the same order,
  // but for those that make segments ahead.
  options.async_delay_max = std::chrono::hours(1);
  options.segment_bytes = 16 << 10;
  options.snapshot_interval = std::chrono::seconds(0);
  options.snapshot_log_bytes = 0;
  options.snapshots_kept = 2;
  return options;
}

}  // namespace

Story::Story(const StoryOptions& options)
    : options_(options), disk_(options.disk_seed), random_(options.seed) {}

std::string Story::Error(const std::string& what) const {
  return absl::StrCat("seed ", options_.seed, ", the disk's ",
                      options_.disk_seed, ": ", what, "\nthe last calls:\n",
                      disk_.Trace());
}

std::string Story::Run() {
  std::string error = FirstSession();
  if (error.empty()) error = SecondSession();
  if (error.empty()) error = Ending();
  store_.reset();
  return error.empty() ? "" : Error(error);
}

std::string Story::FirstSession() {
  std::string error = Open();
  if (error.empty()) error = RunTransactions(6);
  if (error.empty()) error = Sync();
  if (error.empty()) error = RunTransaction(/*large=*/true);
  if (error.empty()) error = RunTransactions(3);
  if (error.empty()) error = WriteSnapshot();
  if (error.empty()) error = RunTransaction(/*large=*/true);
  if (error.empty()) error = RunTransactions(3);
  if (error.empty()) error = Backup();
  if (error.empty()) error = RunTransactions(2);
  if (error.empty()) error = WriteSnapshot();
  if (error.empty()) error = RunTransactions(4);
  // The third: the first goes, and the log before the second.
  if (error.empty()) error = WriteSnapshot();
  if (error.empty()) error = RunTransactions(1);
  if (error.empty()) error = Close();
  return error;
}

std::string Story::SecondSession() {
  std::string error = Open();
  if (error.empty()) error = RunTransactions(5);
  if (error.empty()) error = Sync();
  return error;
}

std::string Story::Ending() {
  store_.reset();
  EndFaults();
  if (options_.drops_cache) disk_.DropCache();
  std::string error = Open();
  if (error.empty()) error = RunTransactions(3);
  if (error.empty()) error = CheckView();
  if (!error.empty()) return error;
  store_.reset();
  disk_.Restart(disk::Survival::kNothing);
  error = Open();
  store_.reset();
  if (!error.empty()) return absl::StrCat("after a power cut: ", error);
  return disk_.OpenDescriptors() > 0 ? "files are left open" : CheckBackup();
}

// ---- Steps -----------------------------------------------------------------

std::string Story::Open() {
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<std::unique_ptr<Store>> store =
        store::OpenStore::Open(disk_, kShop, StoreOptions(options_.durability));
    if (store.ok()) {
      store_ = *std::move(store);
      return ledger_.CheckRecovered(*store_);
    }
    std::string error =
        Judge("Open", store.status(), {kResourceExhausted, kUnavailable});
    if (!error.empty()) return error;
    if (attempt == 2) EndFaults();
    if (attempt == 3) {
      return absl::StrCat("the fault is over, and the store does not open: ",
                          store.status().ToString());
    }
  }
}

std::string Story::Close() {
  const absl::Status status = store_->Close();
  if (status.ok()) ledger_.Acknowledge(store_->Stats().lsn);
  std::string error = CheckView();
  store_.reset();
  if (!error.empty()) return absl::StrCat("after Close: ", error);
  return Judge("Close", status, {kResourceExhausted, kUnavailable, kUnknown});
}

std::string Story::RunTransactions(int count) {
  std::string error;
  for (int i = 0; i < count && error.empty(); ++i) {
    error = RunTransaction(/*large=*/false);
  }
  return error;
}

std::string Story::RunTransaction(bool large) {
  absl::StatusOr<Transaction> txn = store_->Begin();
  if (!txn.ok()) {
    std::string error = Judge("Begin", txn.status(), {kUnavailable});
    return error.empty() ? LookAfterFailure() : error;
  }
  ModelTransaction model(ledger_.StateAt(txn->lsn()));
  std::string error = Workload(random_).RunStatements(*txn, model);
  if (large && error.empty()) {
    // More than a segment.
    std::vector<std::string> values;
    for (int i = 0; i < 110; ++i) {
      values.push_back(absl::StrCat("large", txn->lsn(), "-", i, "-",
                                    std::string(180, 'z')));
    }
    std::vector<NewBarcode> rows;
    for (const std::string& value : values) rows.push_back({.value = value});
    model.InsertBarcodes(rows);
    if (absl::Status status = txn->InsertBarcodes(rows).status();
        !status.ok()) {
      error = status.ToString();
    }
    if (error.empty()) error = model.TakeTimestamps(*txn);
  }
  if (!error.empty()) return error;
  if (!large && random_.OneIn(8)) {
    txn->Abort();
    return CheckView();
  }
  const absl::StatusOr<Lsn> lsn =
      ledger_.Commit(*store_, *txn, model.state(),
                     random_.OneIn(3) ? Durability::kAsync : Durability::kSync);
  if (lsn.ok()) return CheckView();
  ++refusals_;
  error = Judge("Commit", lsn.status(),
                {kResourceExhausted, kUnavailable, kUnknown});
  if (error.empty()) error = CheckView();
  if (error.empty()) error = LookAfterFailure();
  return error;
}

std::string Story::Sync() {
  const absl::StatusOr<Lsn> lsn = store_->Sync();
  if (lsn.ok()) {
    ledger_.Acknowledge(*lsn);
    return CheckView();
  }
  std::string error = Judge("Sync", lsn.status(), {kUnknown});
  return error.empty() ? LookAfterFailure() : error;
}

std::string Story::WriteSnapshot() {
  const absl::StatusOr<Lsn> lsn = store_->WriteSnapshot();
  if (lsn.ok()) {
    ledger_.Acknowledge(*lsn);
    return CheckView();
  }
  std::string error = Judge("WriteSnapshot", lsn.status(),
                            {kResourceExhausted, kUnavailable, kUnknown});
  return error.empty() ? LookAfterFailure() : error;
}

std::string Story::Backup() {
  const absl::StatusOr<Lsn> lsn = store_->Backup(kBackup);
  if (lsn.ok()) {
    // Without kSync it may be ahead of the log.
    if (*lsn <= store_->durable_lsn()) ledger_.Acknowledge(*lsn);
    backed_up_ = true;
    backup_ = ledger_.StateAt(*lsn);
    return CheckView();
  }
  std::string error = Judge("Backup", lsn.status(),
                            {kResourceExhausted, kUnavailable, kUnknown});
  if (error.empty() && !options_.lasting &&
      disk_.Exists(absl::StrCat(kBackup, "/STORE"))) {
    error = "Backup failed, and left a store";
  }
  return error.empty() ? LookAfterFailure() : error;
}

std::string Story::LookAfterFailure() {
  std::string error = CheckView();
  if (!error.empty()) return error;
  absl::Status status = store_->Begin().status();
  if (status.ok()) {
    // The log is well. Once there is room, commits succeed.
    EndFaults();
    return "";
  }
  ++log_failures_;
  EndFaults();
  // The fault is over, but the log has failed for good.
  status = store_->Begin().status();
  if (status.ok()) return "Begin succeeds after the log has failed";
  error = JudgeText(status, {kUnavailable}, status.ToString());
  if (!error.empty()) return error;
  if (store_->Sync().ok() && store_->durable_lsn() != store_->Stats().lsn) {
    return "Sync succeeds after the log has failed";
  }
  if (store_->Close().ok()) return "Close succeeds after the log has failed";
  if (status = store_->Check(); !status.ok()) return status.ToString();
  error = CheckView();
  store_.reset();
  if (!error.empty()) return absl::StrCat("after Close: ", error);
  if (options_.drops_cache) disk_.DropCache();
  return Open();
}

std::string Story::CheckView() {
  const ReadView view = store_->OpenReadView();
  const std::string error = ledger_.CheckView(view);
  // What a view of a kSync store showed, no crash takes back.
  if (options_.durability == Durability::kSync) {
    ledger_.Acknowledge(view.lsn());
  }
  return error;
}

std::string Story::CheckBackup() {
  if (!backed_up_) {
    return options_.errors_may_come || options_.only_full
               ? ""
               : "no backup was made";
  }
  const absl::StatusOr<std::unique_ptr<Store>> store =
      store::OpenStore::Open(disk_, kBackup, StoreOptions(options_.durability));
  if (!store.ok()) {
    return absl::StrCat("the backup does not open: ",
                        store.status().ToString());
  }
  const std::string error =
      CompareRows(ReadState((*store)->OpenReadView()), backup_);
  return error.empty() ? "" : absl::StrCat("the backup: ", error);
}

std::string Story::Judge(const char* step, const absl::Status& status,
                         Codes codes) const {
  if (status.ok()) return "";
  const std::string text = absl::StrCat(step, ": ", status.ToString());
  if (options_.only_full && !absl::IsResourceExhausted(status)) {
    return absl::StrCat("the disk is full, and ", text);
  }
  if ((!options_.errors_may_come && !options_.only_full) || over_) return text;
  return JudgeText(status, codes, text);
}

std::string Story::JudgeText(const absl::Status& status, Codes codes,
                             const std::string& text) {
  if (std::find(codes.begin(), codes.end(), status.code()) == codes.end()) {
    return absl::StrCat("no documented code: ", text);
  }
  // Perhaps of the folder that holds the store's.
  if (!absl::StrContains(status.message(), " /")) {
    return absl::StrCat("names no path: ", text);
  }
  return "";
}

void Story::EndFaults() {
  over_ = true;
  disk_.ClearFaults();
  disk_.SetCapacity(std::numeric_limits<int64_t>::max());
}

}  // namespace orderstore
