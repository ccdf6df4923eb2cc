#include "recovery/recover.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "recovery/replay.h"

namespace orderstore::recovery {
namespace {

class Stopwatch {
 public:
  std::chrono::duration<double> elapsed() const {
    return std::chrono::steady_clock::now() - began_;
  }

 private:
  std::chrono::steady_clock::time_point began_ =
      std::chrono::steady_clock::now();
};

}  // namespace

absl::StatusOr<Recovered> Recover(const io::Folder& folder,
                                  const io::Uuid& store,
                                  const Options& options) {
  absl::StatusOr<std::unique_ptr<txn::Engine>> engine =
      txn::Engine::Create(options);
  if (!engine.ok()) return engine.status();
  Recovered recovered;
  recovered.engine = *std::move(engine);
  OpenReport& report = recovered.report;
  const Stopwatch replay;
  absl::StatusOr<wal::LogReader> log =
      wal::LogReader::Open(folder, store, report.snapshot_lsn);
  if (!log.ok()) return log.status();
  absl::StatusOr<int64_t> replayed = Replay(*log, *recovered.engine);
  if (!replayed.ok()) return replayed.status();
  recovered.log_end = log->end();
  report.replayed = *replayed;
  report.replay_seconds = replay.elapsed();
  report.closed_cleanly = log->end().closed;
  report.torn_bytes = log->end().torn_bytes;
  report.unfinished_bytes = log->end().unfinished_bytes;
  report.lsn = recovered.engine->latest_lsn();
  report.counts = recovered.engine->tables().states.latest().counts;
  return recovered;
}

absl::StatusOr<std::vector<std::string>> FindLeftovers(
    const io::Folder& folder) {
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names;
  std::erase_if(*names, [](const std::string& name) {
    return !absl::EndsWith(name, ".tmp");
  });
  return names;
}

}  // namespace orderstore::recovery
