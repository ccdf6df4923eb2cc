#include "durable_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "checks.h"
#include "fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"

namespace orderstore::bench {
namespace {

using Key = std::pair<std::string, int32_t>;
std::map<Key, std::unique_ptr<DurableStore>>& AllStores() {
  static auto& all = *new std::map<Key, std::unique_ptr<DurableStore>>;
  return all;
}

// Of files in the folder that end in this, sorted by name.
std::vector<std::string> FilesEndingIn(std::string_view end,
                                       const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().ends_with(end)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Options DurableOptions(Durability durability) {
  Options options;
  options.huge_pages = GlobalSettings().huge_pages;
  options.durability = durability;
  options.snapshot_interval = {};
  options.snapshot_log_bytes = 0;
  return options;
}

// ---- Stores ----------------------------------------------------------------

DurableStore::DurableStore(std::string_view name, const Workload& data,
                           const Options& options)
    : data_(data), options_(options), folder_(FreshPath(name)) {
  const Unpinned unpinned;
  subject_ = std::make_unique<StoreSubject>(folder_, options);
  LoadAll(data, *subject_);
  Require(store().Sync().status());
}

CheckoutInput DurableStore::NextCheckouts(size_t n) {
  const uint64_t begin = checkouts_;
  checkouts_ += n;
  return CheckoutInput(data_, kSaleNumber, begin, n);
}

void DurableStore::RedeemNext() {
  const TextColumn& tickets = data_.redeemable();
  const std::string_view value = tickets[redemptions_ % tickets.size()];
  if (redemptions_ / tickets.size() % 2 == 0) {
    subject_->Redeem(value);
  } else {
    subject_->Unredeem(value);
  }
  ++redemptions_;
}

void DurableStore::CheckReopened() {
  Require(store().Sync().status());
  const Contents before = Contents::Of(store());
  Require(
      before.counts.orders == data_.orders() + static_cast<int64_t>(checkouts_),
      "a checkout is missing");
  Require(store().Close());
  subject_.reset();
  const Unpinned unpinned;
  subject_ = std::make_unique<StoreSubject>(folder_, options_);
  Require(Contents::Of(store()) == before, "a reopened store differs");
  Require(store().open_report().bad_snapshots.empty(), "a snapshot is bad");
  Require(store().Check());
}

DurableStore& DurableStoreFor(std::string_view name, int32_t customers,
                              const Options& options) {
  auto& store = AllStores()[{std::string(name), customers}];
  if (store == nullptr) {
    store =
        std::make_unique<DurableStore>(name, WorkloadFor(customers), options);
  }
  return *store;
}

void CheckDurableStores() {
  for (auto& [key, store] : AllStores()) {
    store->CheckReopened();
    store.reset();
  }
  AllStores().clear();
}

Contents Contents::Of(const Store& store) {
  const ReadView view = store.OpenReadView(ReadLevel::kLatest);
  return {view.lsn(), view.Counts(), view.Digests()};
}

// ---- Files -----------------------------------------------------------------

int64_t LogBytes(const std::string& folder) {
  constexpr size_t kSector = 4096;
  int64_t bytes = 0;
  std::string sector(kSector, '\0');
  for (const std::string& path : FilesEndingIn(".log", folder)) {
    std::ifstream file(path, std::ios::binary);
    int64_t at = 0;
    int64_t used = 0;
    while (file.read(sector.data(), kSector)) {
      at += int64_t{kSector};
      if (sector.find_first_not_of('\0') != std::string::npos) used = at;
    }
    bytes += used;
  }
  return bytes;
}

int64_t SnapshotBytes(const std::string& folder) {
  const std::vector<std::string> files = FilesEndingIn(".snapshot", folder);
  Require(!files.empty(), "there is no snapshot");
  return static_cast<int64_t>(std::filesystem::file_size(files.back()));
}

}  // namespace orderstore::bench
