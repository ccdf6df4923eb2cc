// The limits of the disk that durable work is judged by.
//
//   disk/write_4k, disk/write_64k
//                    a write of so many bytes that is durable when it returns:
//                    O_DIRECT and O_DSYNC into a file already written; of
//                    4 KiB so many, on a disk that is fast enough, that the
//                    p99.99 is told
//   disk/overwrite, disk/append
//                    4 KiB, then fdatasync: in a file already written, one
//                    behind the other; at the end of a growing file
//   disk_bandwidth   write: a new file by O_DIRECT in pieces of 1 MiB, then
//                    fdatasync; read: the same, not from the page cache
//
// Counter direct: 0 if the file system refuses O_DIRECT, so that all of it was
// done through the page cache.

#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "benchmarks.h"
#include "latency_counters.h"
#include "latency_histogram.h"
#include "raw_disk.h"
#include "register_limit.h"

namespace orderstore::bench {
namespace {

constexpr int64_t kSyncWrites = 10'000;   // of which ten are beyond the p99.9
constexpr int64_t kTailWrites = 100'000;  // the same of the p99.99
// Half as much again as a disk takes for them that needs 200 us for each.
constexpr double kTailSecondsMax = 30;
constexpr int64_t kSequentialBytes = int64_t{512} << 20;
constexpr size_t kPiece = size_t{1} << 20;

void TellIfDirect(benchmark::State& state) {
  state.counters["direct"] = TakesDirectWrites();
}

// The seconds that kSyncWrites take.
double WriteSynced(RawLog& log, size_t bytes, LatencyHistogram& latencies) {
  return log.Write(bytes, kSyncWrites, latencies);
}

// The same, and as many more as make kTailWrites, if the disk is so fast that
// all take no longer than kTailSecondsMax.
double WriteSyncedForTail(RawLog& log, size_t bytes,
                          LatencyHistogram& latencies) {
  constexpr int64_t kTimes = kTailWrites / kSyncWrites;
  const double seconds = WriteSynced(log, bytes, latencies);
  if (seconds * static_cast<double>(kTimes) > kTailSecondsMax) return seconds;
  return seconds + log.Write(bytes, kTailWrites - kSyncWrites, latencies);
}

template <typename Fn>
void SyncWrites(benchmark::State& state, size_t bytes, Fn write) {
  RawLog log;
  LatencyHistogram latencies;
  for (auto _ : state) {
    state.SetIterationTime(write(log, bytes, latencies));
  }
  ReportLatencies(latencies, state);
  TellIfDirect(state);
  state.SetItemsProcessed(latencies.count());
}

void WritesThenSyncs(benchmark::State& state, bool growing) {
  RawFile file("synced", O_WRONLY);
  const DiskBuffer buffer(4096);
  if (!growing) {
    for (int64_t i = 0; i < kSyncWrites; ++i) {
      file.Write(i * 4096, buffer.data(), buffer.size());
    }
    file.Sync();
  }
  LatencyHistogram latencies;
  for (auto _ : state) {
    Stopwatch watch;
    for (int64_t i = 0; i < kSyncWrites; ++i) {
      file.Write(i * 4096, buffer.data(), buffer.size());
      file.Sync();
      latencies.Record(watch.LapNs());
    }
  }
  ReportLatencies(latencies, state);
  state.SetItemsProcessed(kSyncWrites);
}

void SequentialWrite(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(WriteNewFile(kSequentialBytes));
  TellIfDirect(state);
  state.SetBytesProcessed(kSequentialBytes);
}

void SequentialRead(benchmark::State& state) {
  RawFile file("read", O_RDWR | O_DIRECT);
  const DiskBuffer buffer(kPiece);
  for (int64_t at = 0; at < kSequentialBytes; at += int64_t{kPiece}) {
    file.Write(at, buffer.data(), kPiece);
  }
  file.DropFromPageCache();
  for (auto _ : state) {
    for (int64_t at = 0; at < kSequentialBytes; at += int64_t{kPiece}) {
      file.Read(at, buffer.data(), kPiece);
    }
  }
  TellIfDirect(state);
  state.SetBytesProcessed(kSequentialBytes);
}

}  // namespace

void RegisterDisk(int32_t customers) {
  RegisterLimit("disk", "write_4k", customers, [](benchmark::State& state) {
    SyncWrites(state, size_t{4} << 10, WriteSyncedForTail);
  })->UseManualTime();
  RegisterLimit("disk", "write_64k", customers, [](benchmark::State& state) {
    SyncWrites(state, size_t{64} << 10, WriteSynced);
  })->UseManualTime();
  for (bool growing : {false, true}) {
    RegisterLimit(
        "disk", growing ? "append" : "overwrite", customers,
        [=](benchmark::State& state) { WritesThenSyncs(state, growing); })
        ->UseRealTime();
  }
  RegisterLimit("disk_bandwidth", "write", customers, SequentialWrite)
      ->UseManualTime();
  RegisterLimit("disk_bandwidth", "read", customers, SequentialRead)
      ->UseRealTime();
}

}  // namespace orderstore::bench
