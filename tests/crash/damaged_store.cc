#include "crash/damaged_store.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "crash/workload.h"
#include "io/file.h"
#include "recovery/identity.h"
#include "recovery/snapshot_files.h"
#include "snapshot/snapshot.h"
#include "store/open_store.h"

namespace orderstore {
namespace {

using disk::DiskImage;
using disk::Survival;

// A store that cannot be made is a mistake of the test.
void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "no store to damage: %s\n", what);
  std::abort();
}

absl::StatusOr<Lsn> Sell(Store& store, int number, size_t text_bytes) {
  const std::string text =
      absl::StrCat(number, std::string(text_bytes, static_cast<char>('a')));
  return store.Transact([&](Transaction& txn) -> absl::Status {
    const auto customer = txn.FindOrCreateCustomer(
        absl::StrCat("c", number % 3, "@example.com"), "name");
    if (!customer.ok()) return customer.status();
    const auto order = txn.InsertOrder({.customer_id = *customer});
    if (!order.ok()) return order.status();
    return txn.InsertBarcode({.value = text, .order_id = *order}).status();
  });
}

}  // namespace

DamagedStore::DamagedStore(Kind kind) : kind_(kind), disk_(7) {
  Fill();
  if (kind == Kind::kTorn || kind == Kind::kRotating) CutPower(kind);
  image_ = disk_.Image();
  if (kind == Kind::kBackup) folder_ = "/backup";
  std::erase_if(image_.files, [this](const auto& file) {
    return !absl::StartsWith(file.first, folder_ + "/");
  });
  image_.folders = {folder_};
  Describe();
}

absl::StatusOr<std::unique_ptr<Store>> DamagedStore::Open() {
  Options options;
  options.segment_bytes = 16 << 10;
  options.snapshot_interval = std::chrono::seconds(0);
  options.snapshot_log_bytes = 0;
  return store::OpenStore::Open(disk_, folder_, options);
}

void DamagedStore::Fill() {
  absl::StatusOr<std::unique_ptr<Store>> store = Open();
  Require(store.ok(), "it does not open");
  int number = 0;
  const auto sell = [&](int count) {
    for (int i = 0; i < count; ++i) {
      Require(Sell(**store, ++number, 10).ok(), "a sale failed");
    }
  };
  sell(3);
  Require((*store)->WriteSnapshot().ok(), "the first snapshot failed");
  sell(2);
  Require((*store)->WriteSnapshot().ok(), "the second snapshot failed");
  Require((*store)->Backup("/backup").ok(), "the backup failed");
  sell(2);
  Require((*store)->Close().ok(), "it does not close");
}

// Goes on in the store, and cuts the power at the first change that leaves what
// is wanted.
void DamagedStore::CutPower(Kind kind) {
  const DiskImage closed = disk_.Image();
  for (int64_t nth = 1; nth < 200; ++nth) {
    disk_.Load(closed);
    {
      absl::StatusOr<std::unique_ptr<Store>> store = Open();
      Require(store.ok(), "it does not open again");
      disk_.CutPowerAt(nth);
      // One after the other, each in one frame of two sectors.
      for (int i = 0; i < 3 && !disk_.off(); ++i) {
        Sell(**store, 100 + i, 200).status().IgnoreError();
      }
      disk_.CutPower();
    }
    for (uint64_t seed = 1; seed < 8; ++seed) {
      const DiskImage left = disk_.AfterCut(
          seed, kind == Kind::kTorn ? Survival::kSome : Survival::kEverything);
      disk::DiskImage before = left;
      disk_.Load(left);
      absl::StatusOr<std::unique_ptr<Store>> store = Open();
      Require(store.ok(), "it does not open after a power cut");
      const OpenReport& report = (*store)->open_report();
      const bool torn = report.torn_bytes > 0;
      bool unused = false;
      for (const auto& [path, bytes] : before.files) {
        unused |= absl::EndsWith(path, ".log") && !disk_.Exists(path);
      }
      // Behind sales, not behind the close before.
      unused &= !report.closed_cleanly;
      store->reset();
      if (kind == Kind::kTorn ? torn : unused) {
        disk_.Load(left);
        return;
      }
      disk_.Load(left);
    }
  }
  Require(false, "no power cut leaves what is wanted");
}

void DamagedStore::Describe() {
  disk_.Load(image_);
  {
    const io::Folder folder = io::Folder::Open(disk_, folder_).value();
    const io::Uuid store = recovery::ReadIdentity(folder).value().value();
    const std::vector<Lsn> snapshots = recovery::ListSnapshots(folder).value();
    const auto path_of = [this](Lsn lsn) {
      return absl::StrCat(folder_, "/", snapshot::SnapshotName(lsn));
    };
    newest_snapshot_ = path_of(snapshots[0]);
    if (snapshots.size() > 1) older_snapshot_ = path_of(snapshots[1]);
    wal::LogReader log =
        wal::LogReader::Open(folder, store, snapshots[0]).value();
    std::optional<wal::LogItem> item = log.Next().value();
    if (item) first_needed_ = item->segment;
    while (item) item = log.Next().value();
    end_ = log.end();
    if (first_needed_ == 0) first_needed_ = end_.segment;
  }
  Require(end_.closed || kind_ != Kind::kClosed, "it is not closed");
  const std::unique_ptr<Store> store = Open().value();
  expected_ = ReadState(store->OpenReadView());
}

std::string DamagedStore::last_segment() const {
  return absl::StrCat(folder_, "/", wal::SegmentName(end_.segment));
}

std::vector<std::string> DamagedStore::Files() const {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : image_.files) paths.push_back(path);
  return paths;
}

bool DamagedStore::IsHarmless(const std::string& path, size_t begin,
                              size_t end) const {
  // Nothing of it is needed.
  if (absl::EndsWith(path, "/LOCK") || absl::EndsWith(path, ".tmp")) {
    return true;
  }
  // The newest one serves.
  if (path == older_snapshot_) return true;
  // The older one serves, with more of the log; the open's report says so.
  if (path == newest_snapshot_) return !older_snapshot_.empty();
  const std::optional<uint32_t> segment =
      wal::SegmentNumber(path.substr(path.rfind('/') + 1));
  if (!segment) return false;
  // Only the older snapshot needs it.
  if (*segment < first_needed_) return true;
  // Behind the last frame: a torn one, or zeros. What is not zero there, is
  // taken for torn, or refused.
  return *segment == end_.segment &&
         begin >= static_cast<size_t>(end_.offset) &&
         end <= static_cast<size_t>(end_.segment_bytes);
}

std::string DamagedStore::Try(const DiskImage& image,
                              const std::vector<std::string>& changed,
                              bool harmless) {
  disk_.Load(image);
  const absl::StatusOr<std::unique_ptr<Store>> store = Open();
  if (store.ok()) {
    ++opened_;
    return CheckOpened(**store, changed, harmless);
  }
  ++refused_;
  return CheckRefused(store.status(), changed, image);
}

std::string DamagedStore::CheckOpened(const Store& store,
                                      const std::vector<std::string>& changed,
                                      bool harmless) const {
  const ReadView view = store.OpenReadView();
  if (view.lsn() != expected_.lsn) {
    return absl::StrCat("it opens with LSN ", view.lsn(), ", and had ",
                        expected_.lsn);
  }
  std::string error = CompareRows(ReadState(view), expected_);
  if (!error.empty()) return absl::StrCat("it opens, and ", error);
  if (!harmless) return "it opens as if nothing were damaged";
  const std::vector<std::string>& bad = store.open_report().bad_snapshots;
  const bool newest_is_there = disk_.Exists(newest_snapshot_);
  if (std::find(changed.begin(), changed.end(), newest_snapshot_) !=
          changed.end() &&
      newest_is_there &&
      (bad.empty() || !absl::StrContains(bad[0], newest_snapshot_))) {
    return "it opens, and does not report the bad snapshot";
  }
  return "";
}

std::string DamagedStore::CheckRefused(const absl::Status& status,
                                       const std::vector<std::string>& changed,
                                       const DiskImage& image) {
  if (!absl::IsDataLoss(status) && !absl::IsFailedPrecondition(status)) {
    return absl::StrCat("no code for damage: ", status.ToString());
  }
  if (std::none_of(changed.begin(), changed.end(), [&](const auto& path) {
        return absl::StrContains(status.message(), path);
      })) {
    return absl::StrCat("names none of the files: ", status.ToString());
  }
  // Without the file that makes it a store, nothing is lost; and where a whole
  // file is missing, there is no offset.
  if (absl::IsDataLoss(status) &&
      !absl::StrContains(status.message(), folder_ + "/STORE")) {
    if (!absl::StrContains(status.message(), " at risk")) {
      return absl::StrCat("names no LSNs at risk: ", status.ToString());
    }
    if (image.files.size() == image_.files.size() &&
        !absl::StrContains(status.message(), " at offset ")) {
      return absl::StrCat("names no offset: ", status.ToString());
    }
  }
  DiskImage left = disk_.AfterCut(1, Survival::kEverything);
  const std::string lock = folder_ + "/LOCK";
  left.files.erase(lock);
  const auto locked = image.files.find(lock);
  if (locked != image.files.end()) left.files.insert(*locked);
  if (left != image) {
    return absl::StrCat("refused, and changed on the disk: ",
                        status.ToString());
  }
  return "";
}

}  // namespace orderstore
