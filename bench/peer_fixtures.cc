#include "peer_fixtures.h"

#include <malloc.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <utility>
#include <vector>

#include "answers.h"
#include "checks.h"
#include "fixtures.h"
#include "pinning.h"
#include "scratch_folder.h"
#include "touched_memory.h"

namespace orderstore::bench {
namespace {

struct AlivePeers {
  std::pair<std::string, int32_t> what;
  std::unique_ptr<HousedPeer> loaded;
  std::unique_ptr<PeerReader> reader;  // of it, warmed up
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

// The loaded peer, or a new one, which is nobody else's then.
std::unique_ptr<HousedPeer> TakeLoaded(AlivePeers& alive, const PeerKind& kind,
                                       const Workload& data) {
  alive.reader.reset();
  if (alive.loaded != nullptr) return std::move(alive.loaded);
  const Unpinned unpinned;
  auto peer = std::make_unique<HousedPeer>(kind);
  (*peer)->Load(data);
  (*peer)->Checkpoint();
  return peer;
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

ChangingPeer::ChangingPeer(std::unique_ptr<HousedPeer> loaded,
                           const Workload& data)
    : data_(data), peer_(std::move(loaded)) {
  const Unpinned unpinned;
  HousedPeer& housed = *peer_;
  housed->RunIn();
  WarmUp(data, *housed->NewReaderOfWriter());
}

ChangingPeer::~ChangingPeer() {
  if (threaded_) return;
  HousedPeer& housed = *peer_;
  const AnswerSum sum = CheckState();
  if (!housed.kind().on_disk || !housed.kind().reopens) return;
  housed->Close();
  const Unpinned unpinned;
  housed->Reopen();
  Require(StateOf(*housed).value() == sum.value(), "a reopened peer differs");
}

AnswerSum ChangingPeer::CheckState() {
  HousedPeer& housed = *peer_;
  const AnswerSum sum = StateOf(*housed);
  CheckAnswers("state" + History(), data_.customers(), 0, housed.kind().name,
               sum);
  return sum;
}

std::string ChangingPeer::History() const {
  std::string history;
  for (const auto& [name, count] : done_) {
    history += ", " + std::to_string(count) + ' ' + name;
  }
  return history;
}

int64_t ChangingPeer::NextCheckouts(size_t n) {
  return std::exchange(done_["checkout"],
                       done_["checkout"] + static_cast<int64_t>(n));
}

PeerReader& WarmReader(const PeerKind& kind, int32_t customers) {
  HousedPeer& peer = LoadedPeer(kind, customers);
  std::unique_ptr<PeerReader>& reader = Alive().reader;
  if (reader == nullptr) {
    reader = peer->NewReader();
    WarmUp(WorkloadFor(customers), *reader);
  }
  return *reader;
}

HousedPeer& LoadedPeer(const PeerKind& kind, int32_t customers) {
  const std::unique_ptr<HousedPeer>& peer = AliveOf(kind, customers).loaded;
  if (peer != nullptr) return *peer;
  return LoadPeerAnew(kind, customers,
                      [&](Peer& empty) { empty.Load(WorkloadFor(customers)); });
}

HousedPeer& LoadPeerAnew(const PeerKind& kind, int32_t customers,
                         const std::function<void(Peer&)>& load) {
  AlivePeers& alive = AliveOf(kind, customers);
  alive.reader.reset();
  alive.loaded.reset();
  malloc_trim(0);
  TouchFreeMemory(RoomFor(customers));
  ForgetPeak();
  const Unpinned unpinned;
  alive.loaded = std::make_unique<HousedPeer>(kind);
  load(**alive.loaded);
  (*alive.loaded)->Checkpoint();
  CheckAnswers("loaded", customers, 0, kind.name, StateOf(**alive.loaded));
  return *alive.loaded;
}

ChangingPeer& ChangingPeerFor(const PeerKind& kind, int32_t customers) {
  AlivePeers& alive = AliveOf(kind, customers);
  if (alive.changing == nullptr) {
    const Workload& data = WorkloadFor(customers);
    alive.changing =
        std::make_unique<ChangingPeer>(TakeLoaded(alive, kind, data), data);
  }
  return *alive.changing;
}

ChangingPeer& ThreadedPeerFor(const PeerKind& kind, int32_t customers) {
  const ChangingPeer* const before = AliveOf(kind, customers).changing.get();
  if (before != nullptr && !before->threaded()) EndPeers();
  ChangingPeer& peer = ChangingPeerFor(kind, customers);
  peer.SetThreaded();
  return peer;
}

void EndPeers() {
  Alive().reader.reset();
  Alive().loaded.reset();
  Alive().changing.reset();
}

void WarmUp(const Workload& data, PeerReader& reader) {
  reader.ReadEveryRow();
  ReadIndexes(data, reader);
}

void ReadIndexes(const Workload& data, PeerReader& reader) {
  constexpr size_t kStep = 50;  // a page has some hundred entries
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

void CheckUnassigned(PeerReader& reader, const Counts& counts) {
  Require(reader.CountUnassigned() == counts.unassigned_barcodes,
          "the count of unassigned barcodes is wrong");
}

AnswerSum StateOf(Peer& peer) {
  const std::unique_ptr<PeerReader> reader = peer.NewReader();
  const EveryRow rows = reader->ReadEveryRow();
  CheckUnassigned(*reader, rows.counts());
  AnswerSum sum = rows.sum();
  for (const CustomerTickets& line : reader->TopCustomers(100)) sum.Add(line);
  return sum;
}

PeerWriters NewWriters(Peer& peer, int n) {
  PeerWriters writers;
  for (int i = 0; i < n; ++i) writers.push_back(peer.NewWriter());
  return writers;
}

SoldTogether SellTogether(Peer& peer, const PeerWriters& writers,
                          const CheckoutInput& input,
                          std::chrono::milliseconds at_most,
                          LatencyHistogram& latencies) {
  using Clock = std::chrono::steady_clock;
  std::atomic<size_t> next = 0;
  std::vector<LatencyHistogram> by_thread(writers.size());
  const Clock::time_point end = Clock::now() + at_most;
  const double seconds =
      peer.RunTogether(static_cast<int>(writers.size()), [&](int i) {
        const auto thread = static_cast<size_t>(i);
        Stopwatch watch;
        while (Clock::now() < end) {
          const size_t at = next++;
          if (at >= input.size()) break;
          writers[thread]->Checkout(input.buyer(at), input.values(at));
          by_thread[thread].Record(watch.LapNs());
        }
      });
  int64_t all = 0;
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const LatencyHistogram& own : by_thread) {
    latencies.Add(own);
    all += own.count();
    least = std::min(least, own.count());
  }
  return {.checkouts = static_cast<size_t>(all),
          .seconds = seconds,
          .least_share = static_cast<double>(least) *
                         static_cast<double>(writers.size()) /
                         static_cast<double>(all)};
}

void RequireSold(Peer& peer, const CheckoutInput& input, size_t checkouts) {
  const size_t step = checkouts / 2000 + 1;
  const std::unique_ptr<PeerReader> reader = peer.NewReader();
  for (size_t i = 0; i < checkouts; i += step) {
    const auto buyer = reader->FindCustomerByEmail(input.buyer(i).email);
    Require(buyer.has_value(), "a buyer is missing");
    const CustomerId id = buyer->id;
    for (std::string_view value : input.values(i)) {
      const auto barcode = reader->FindBarcodeByValue(value);
      Require(barcode && barcode->order_id && !barcode->is_used,
              "a barcode that was sold is missing");
      const auto order = reader->FindOrder(*barcode->order_id);
      Require(order && order->customer_id == id,
              "an order is missing or of somebody else");
    }
  }
}

int64_t BytesOnDisk(const std::string& folder) {
  int64_t bytes = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    struct stat file = {};
    Require(stat(entry.path().c_str(), &file) == 0, "stat failed");
    bytes += file.st_blocks * 512;
  }
  return bytes;
}

}  // namespace orderstore::bench
