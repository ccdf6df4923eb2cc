#include "peer_fixtures.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "answers.h"
#include "checks.h"
#include "fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"

namespace orderstore::bench {
namespace {

using std::filesystem::recursive_directory_iterator;

struct AlivePeers {
  std::pair<std::string, int32_t> what;
  std::unique_ptr<HousedPeer> loaded;
  std::unique_ptr<ChangingPeer> changing;
};

AlivePeers& Alive() {
  static auto& alive = *new AlivePeers;
  return alive;
}

// Ends what is of another kind or size.
AlivePeers& AliveOf(const PeerKind& kind, int32_t customers) {
  std::pair what(kind.name, customers);
  if (Alive().what != what) EndPeers();
  Alive().what = std::move(what);
  return Alive();
}

std::string MakeFolder(const PeerKind& kind) {
  std::string path = FreshPath(kind.name);
  Require(std::filesystem::create_directory(path), "cannot make a folder");
  return path;
}

}  // namespace

HousedPeer::HousedPeer(const PeerKind& kind)
    : kind_(kind), path_(MakeFolder(kind)) {
  const Unpinned unpinned;
  peer_ = kind.make(path_);
}

HousedPeer::~HousedPeer() {
  peer_.reset();
  RemovePath(path_);
}

ChangingPeer::ChangingPeer(const PeerKind& kind, const Workload& data)
    : data_(data), peer_(kind) {
  peer_->Load(data);
  WarmUp(data, *peer_->NewReaderOfWriter());
}

ChangingPeer::~ChangingPeer() {
  const AnswerSum sum = PeerAnalytics(*peer_);
  std::string work = "final state";
  for (const auto& [name, count] : done_) {
    work += ", " + std::to_string(count) + ' ' + name;
  }
  CheckAnswers(work, data_.customers(), 0, peer_.kind().name, sum);
  if (!peer_.kind().on_disk) return;
  peer_->Close();
  const Unpinned unpinned;
  peer_->Reopen();
  Require(PeerAnalytics(*peer_).value() == sum.value(),
          "a reopened peer differs");
}

int64_t ChangingPeer::NextCheckouts(size_t n) {
  return std::exchange(done_["checkout"],
                       done_["checkout"] + static_cast<int64_t>(n));
}

HousedPeer& LoadedPeer(const PeerKind& kind, int32_t customers) {
  std::unique_ptr<HousedPeer>& peer = AliveOf(kind, customers).loaded;
  if (peer == nullptr) {
    peer = std::make_unique<HousedPeer>(kind);
    (*peer)->Load(WorkloadFor(customers));
    CheckAnswers("loaded", customers, 0, kind.name, PeerAnalytics(**peer));
  }
  return *peer;
}

ChangingPeer& ChangingPeerFor(const PeerKind& kind, int32_t customers) {
  std::unique_ptr<ChangingPeer>& peer = AliveOf(kind, customers).changing;
  if (peer == nullptr) {
    peer = std::make_unique<ChangingPeer>(kind, WorkloadFor(customers));
  }
  return *peer;
}

void EndPeers() {
  Alive().loaded.reset();
  Alive().changing.reset();
}

void WarmUp(const Workload& data, PeerReader& reader) {
  constexpr size_t kStep = 20;  // a page has some hundred entries
  reader.ReadEveryRow();
  const auto for_some = [](int32_t n, auto&& read) {
    for (size_t i = 0; i < static_cast<size_t>(n); i += kStep) read(i);
  };
  for_some(data.customers(), [&](size_t i) {
    reader.FindCustomerByEmail(data.email(i));
    reader.OrdersOf(CustomerId(static_cast<int32_t>(i) + 1));
  });
  for_some(data.orders(), [&](size_t i) {
    reader.UnusedBarcodesOf(OrderId(static_cast<int32_t>(i) + 1));
  });
  for_some(data.barcodes(),
           [&](size_t i) { reader.FindBarcodeByValue(data.barcode_value(i)); });
}

AnswerSum PeerAnalytics(Peer& peer) {
  const std::unique_ptr<PeerReader> reader = peer.NewReader();
  AnswerSum sum;
  sum.Add(reader->Counts());
  sum.Add(static_cast<uint64_t>(reader->CountUnassigned()));
  for (const CustomerTickets& line : reader->TopCustomers(100)) sum.Add(line);
  return sum;
}

int64_t BytesOnDisk(const std::string& folder) {
  int64_t bytes = 0;
  for (const auto& entry : recursive_directory_iterator(folder)) {
    struct stat file = {};
    Require(stat(entry.path().c_str(), &file) == 0, "stat failed");
    bytes += file.st_blocks * 512;
  }
  return bytes;
}

void DropFromPageCache(const std::string& folder) {
  for (const auto& entry : recursive_directory_iterator(folder)) {
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    Require(file >= 0, "cannot open a file of a peer");
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

}  // namespace orderstore::bench
