// The whole of a peer, in and out of its files:
//
//   bulk_load  rows: all of them into an empty peer, in the way that is fastest
//              for it; durable at the end if it is on disk. The checks of
//              constraints are in the time, and so is ANALYZE, which SQLite
//              and PostgreSQL need
//   reopen     opened, its files not in the page cache, and every row read
//              once: peers that read when they open and those that read when
//              they are asked are alike in that. Counter open_seconds: the
//              opening alone. A peer that a process can open but once is opened
//              in a process of its own, in a copy of its files
//     closed   was loaded, written to during a backup, and closed. Counter
//     warm_seconds: until
//              all of its indexes have been read too
//     crashed  was empty before, got durable checkouts by 8 threads, and then a
//              crash: what its log is for
//   memory     rows: bytes a row, in a process of its own. resident: growth of
//              the resident set by the load, one read of every row and one of
//              every page of the indexes; counted: what the peer itself says;
//              disk: blocks of its files

#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answers.h"
#include "checkout_input.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_histogram.h"
#include "own_process.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "peer_opening.h"
#include "pinning.h"
#include "scratch_folder.h"
#include "touched_memory.h"

namespace orderstore::bench {
namespace {

constexpr size_t kCheckoutsBeforeCrash = 20'000;

void BulkLoad(benchmark::State& state, const PeerKind& kind,
              int32_t customers) {
  const Workload& data = WorkloadFor(customers);
  for (auto _ : state) {
    LoadPeerAnew(kind, customers, [&](Peer& peer) {
      const auto start = std::chrono::steady_clock::now();
      peer.Load(data);
      state.SetIterationTime(SecondsSince(start));
    });
  }
  state.SetItemsProcessed(data.rows());
}

// Times open(), which returns the peer, and one read of every row. The files in
// `path` are not in the page cache. read_on(reader) is not in the time, but in
// the counter warm_seconds.
template <typename Open, typename ReadOn>
EveryRow OpenAndRead(benchmark::State& state, const std::string& path,
                     int32_t customers, Open&& open, ReadOn&& read_on) {
  state.counters["left_in_page_cache"] = DropFromPageCache(path);
  malloc_trim(0);
  TouchFreeMemory(RoomFor(customers));
  const auto start = std::chrono::steady_clock::now();
  Peer& peer = open();
  const std::unique_ptr<PeerReader> reader = peer.NewReader();
  state.counters["open_seconds"] = SecondsSince(start);
  const EveryRow rows = reader->ReadEveryRow();
  state.SetIterationTime(SecondsSince(start));
  read_on(*reader);
  state.counters["warm_seconds"] = SecondsSince(start);
  return rows;
}

// Gives `copy` and all that is in it to who has `original`, if that is there.
void GiveLike(const std::filesystem::path& original,
              const std::filesystem::path& copy) {
  struct stat wanted = {};
  struct stat own = {};
  if (lstat(original.c_str(), &wanted) != 0) return;
  Require(lstat(copy.c_str(), &own) == 0, "lstat failed");
  if (wanted.st_uid == own.st_uid && wanted.st_gid == own.st_gid) return;
  const auto give = [&](const std::filesystem::path& path) {
    Require(lchown(path.c_str(), wanted.st_uid, wanted.st_gid) == 0,
            "cannot give the copy of a file to its owner");
  };
  give(copy);
  if (!S_ISDIR(own.st_mode)) return;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(copy)) {
    give(entry.path());
  }
}

// Of a peer that is open, as a crash would leave them. Returns the path.
std::string CopyFiles(const HousedPeer& peer) {
  std::string path = FreshPath("copy");
  std::filesystem::copy(peer.path(), path,
                        std::filesystem::copy_options::recursive);
  // A server may run as another user, who has to own the copy, too.
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    GiveLike(std::filesystem::path(peer.path()) / entry.path().filename(),
             entry.path());
  }
  return path;
}

// What every row is that a fresh process finds in a copy of the files.
void OpenCopy(benchmark::State& state, HousedPeer& peer, int32_t customers) {
  const std::string copy = CopyFiles(peer);
  const PeerOpening opening = OpenInOwnProcess(copy, customers);
  state.counters["left_in_page_cache"] = opening.left_in_page_cache;
  state.counters["open_seconds"] = opening.open_seconds;
  state.counters["warm_seconds"] = opening.warm_seconds;
  state.SetIterationTime(opening.read_seconds);
  Require(opening.sum == peer->NewReader()->ReadEveryRow().sum().value(),
          "a peer lost something when its process ended");
  state.SetItemsProcessed(RowsIn(opening.counts));
  RemovePath(copy);
}

void ReopenClosed(benchmark::State& state, const PeerKind& kind,
                  int32_t customers) {
  const Unpinned unpinned;
  HousedPeer& peer = ThreadedPeerFor(kind, customers).peer();
  if (!kind.reopens) {
    for (auto _ : state) OpenCopy(state, peer, customers);
    return;
  }
  const EveryRow before = peer->NewReader()->ReadEveryRow();
  peer->Close();
  for (auto _ : state) {
    const auto open = [&]() -> Peer& {
      peer->Reopen();
      return *peer;
    };
    const EveryRow rows = OpenAndRead(
        state, peer.path(), customers, open, [&](PeerReader& reader) {
          ReadIndexes(WorkloadFor(customers), reader);
        });
    Require(rows.sum().value() == before.sum().value(),
            "a reopened peer differs");
  }
  // For what changes it next.
  peer->RunIn();
  state.SetItemsProcessed(RowsIn(before.counts()));
}

void ReopenCrashed(benchmark::State& state, const PeerKind& kind,
                   int32_t customers) {
  const Unpinned unpinned;
  const CheckoutInput input(WorkloadFor(customers), kSaleNumber, 0,
                            kCheckoutsBeforeCrash);
  EndPeers();
  HousedPeer peer(kind);
  LatencyHistogram latencies;
  SellTogether(*peer, NewWriters(*peer, 8), input, std::chrono::hours(1),
               latencies);
  if (!kind.reopens) {
    for (auto _ : state) OpenCopy(state, peer, customers);
    return;
  }
  const std::string crashed = CopyFiles(peer);
  for (auto _ : state) {
    std::unique_ptr<Peer> copy;
    const auto open = [&]() -> Peer& {
      copy = kind.make(crashed);
      return *copy;
    };
    const EveryRow rows =
        OpenAndRead(state, crashed, customers, open, [](PeerReader&) {});
    Require(
        rows.sum().value() == peer->NewReader()->ReadEveryRow().sum().value(),
        "a peer lost something in a crash");
    state.SetItemsProcessed(RowsIn(rows.counts()));
  }
  RemovePath(crashed);
}

void Memory(benchmark::State& state, const PeerKind& kind, int32_t customers) {
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (const auto& [name, value] :
         RunInOwnProcess(kind.name, customers, GlobalSettings().huge_pages)) {
      state.counters["bytes_a_row_" + name] = value;
    }
    state.SetIterationTime(SecondsSince(start));
  }
}

}  // namespace

void PrintPeerMemory(std::string_view name, int32_t customers) {
  for (const PeerKind& kind : PeerKinds()) {
    if (kind.name != name) continue;
    const Workload& data = WorkloadFor(customers);
    const auto rows = static_cast<double>(data.rows());
    malloc_trim(0);
    HousedPeer peer(kind);
    const int64_t resident = peer->ResidentBytes();
    const int64_t counted = peer->MemoryBytes();
    peer->Load(data);
    peer->Checkpoint();
    const std::unique_ptr<PeerReader> reader = peer->NewReaderOfWriter();
    WarmUp(data, *reader);
    malloc_trim(0);
    PrintCounter("resident",
                 static_cast<double>(peer->ResidentBytes() - resident) / rows);
    PrintCounter("counted",
                 static_cast<double>(peer->MemoryBytes() - counted) / rows);
    if (kind.on_disk) {
      PrintCounter("disk",
                   static_cast<double>(BytesOnDisk(peer.path())) / rows);
    }
    return;
  }
  Fail("--print_memory: no such peer");
}

void RegisterPeerLoads(const PeerKind& kind, int32_t customers) {
  RegisterPeer(
      "bulk_load", "rows", kind, customers,
      [=](benchmark::State& state) { BulkLoad(state, kind, customers); })
      ->Repetitions(1);
}

void RegisterPeerReopening(const PeerKind& kind, int32_t customers) {
  if (!kind.on_disk) return;
  RegisterPeer(
      "reopen", "closed", kind, customers,
      [=](benchmark::State& state) { ReopenClosed(state, kind, customers); })
      ->Repetitions(1);
}

void RegisterPeerCrashes(const PeerKind& kind, int32_t customers) {
  if (!kind.durable) return;
  RegisterPeer(
      "reopen", "crashed", kind, customers,
      [=](benchmark::State& state) { ReopenCrashed(state, kind, customers); })
      ->Repetitions(1);
}

void RegisterPeerMemory(const PeerKind& kind, int32_t customers) {
  RegisterPeer("memory", "rows", kind, customers, [=](benchmark::State& state) {
    Memory(state, kind, customers);
  })->Repetitions(1);
}

}  // namespace orderstore::bench
