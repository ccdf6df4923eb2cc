#include "recovery/provable_state.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "recovery/load_snapshot.h"
#include "recovery/replay.h"
#include "snapshot/snapshot.h"
#include "wal/frame.h"

namespace orderstore::recovery {
namespace {

// Repeats the transactions of a stretch, up to a limit, and compares states.
class Prover {
 public:
  Prover(txn::Engine& engine, size_t stretch, Lsn limit,
         const Summaries& snapshots)
      : engine_(engine),
        replayer_(engine),
        stretch_(stretch),
        limit_(limit),
        snapshots_(snapshots),
        base_(engine.latest_lsn()),
        compared_(base_) {}

  void Visit(size_t stretch, const wal::LogItem& item) {
    if (stretch != stretch_ || wrong_) return;
    if (item.kind == wal::LogItem::Kind::kState) {
      if (item.lsn == lsn()) CompareLogged(item);
    } else if (item.lsn == lsn() + 1 && item.lsn <= limit_) {
      Repeat(item);
    }
  }

  // Makes the engine's state that of the last transaction. False: something
  // was wrong.
  bool Flush() {
    if (wrong_) return false;
    const absl::Status status = replayer_.Flush();
    if (status.ok()) return true;
    const wal::LogItem& failed = replayer_.failed();
    Refuse(failed,
           absl::StrCat("the transaction breaks a rule: ",
                        std::string(status.message())),
           LsnRange{failed.lsn, std::nullopt}, failed.lsn - 1);
    return false;
  }

  Lsn lsn() const { return replayer_.lsn(); }
  // Up to where it proved right, if something was wrong.
  bool wrong() const { return wrong_; }
  Lsn proven() const { return proven_; }
  std::vector<Problem>& problems() { return problems_; }

 private:
  void Repeat(const wal::LogItem& record) {
    if (!replayer_.Add(record).ok()) {
      Flush();
      return;
    }
    const auto snapshot = snapshots_.find(lsn());
    if (snapshot != snapshots_.end()) CompareSnapshot(snapshot->second);
  }

  txn::StateSummary Found() const {
    return txn::StateSummary::Of(engine_.tables().states.latest());
  }

  void CompareLogged(const wal::LogItem& state) {
    if (!Flush()) return;
    if (txn::StateSummary::Decode(state.bytes) == Found()) {
      compared_ = lsn();
      return;
    }
    Refuse(state,
           absl::StrCat(Source(),
                        " and the log lead to other rows than the store had "
                        "when this was written"),
           LsnRange{compared_ + 1, lsn()}, compared_);
  }

  void CompareSnapshot(const txn::StateSummary& expected) {
    if (!Flush()) return;
    if (expected == Found()) {
      compared_ = lsn();
      return;
    }
    problems_.push_back({.file = snapshot::SnapshotName(lsn()),
                         .offset = {},
                         .lsns = LsnRange{compared_ + 1, lsn()},
                         .what = absl::StrCat("has other rows than ", Source(),
                                              " and the log lead to")});
  }

  std::string Source() const {
    return base_ == 0 ? "the empty store" : snapshot::SnapshotName(base_);
  }

  void Refuse(const wal::LogItem& item, std::string what, LsnRange lsns,
              Lsn proven) {
    wrong_ = true;
    proven_ = proven;
    problems_.push_back({.file = wal::SegmentName(item.segment),
                         .offset = item.offset,
                         .lsns = lsns,
                         .what = std::move(what)});
  }

  const txn::Engine& engine_;
  Replayer replayer_;
  const size_t stretch_;
  const Lsn limit_;
  const Summaries& snapshots_;
  const Lsn base_;
  Lsn compared_;  // the newest state that was found to be right
  bool wrong_ = false;
  Lsn proven_ = 0;
  std::vector<Problem> problems_;
};

}  // namespace

std::optional<size_t> StretchBehind(const LogScan& scan, Lsn base) {
  std::optional<size_t> ends_there;
  for (size_t i = 0; i < scan.stretches.size(); ++i) {
    const Stretch& stretch = scan.stretches[i];
    if (!stretch.proven || stretch.first > base + 1) continue;
    if (stretch.last > base) return i;
    if (stretch.last == base) ends_there = i;
  }
  return ends_there;
}

absl::StatusOr<ProvableState> ProveFrom(const io::Folder& folder,
                                        const io::Uuid& store, Lsn base,
                                        const LogScan& scan,
                                        const Summaries& snapshots) {
  const std::optional<size_t> stretch = StretchBehind(scan, base);
  Lsn limit = stretch ? scan.stretches[*stretch].last : base;
  ProvableState state{.engine = {}, .base = base, .problems = {}};
  for (;;) {
    // The one before goes first: there may be room for one only.
    state.engine.reset();
    absl::StatusOr<std::unique_ptr<txn::Engine>> engine = LoadEngine(
        folder,
        base > 0 ? std::optional(snapshot::SnapshotName(base)) : std::nullopt,
        store, Options());
    if (!engine.ok()) return engine.status();
    state.engine = *std::move(engine);
    if (scan.schema) state.engine->SetSchema(*scan.schema);
    state.lsn = base;
    if (!stretch) return state;
    Prover prover(*state.engine, *stretch, limit, snapshots);
    absl::StatusOr<LogScan> again =
        ScanLog(folder, store, [&](size_t index, const wal::LogItem& item) {
          prover.Visit(index, item);
        });
    if (!again.ok()) return again.status();
    prover.Flush();
    state.lsn = prover.lsn();
    // Once: what a second replay finds up to there, the first has found.
    if (state.problems.empty()) state.problems = std::move(prover.problems());
    if (!prover.wrong() || prover.proven() == limit) break;
    limit = prover.proven();
  }
  if (state.lsn != limit) {
    return absl::NotFoundError(
        absl::StrCat(folder.path(), ": the log changed while it was read"));
  }
  return state;
}

void AddLsnsOfSnapshots(Lsn provable, std::vector<Problem>& problems) {
  for (Problem& problem : problems) {
    const std::optional<Lsn> lsn = snapshot::SnapshotLsn(problem.file);
    if (!lsn || problem.lsns || *lsn <= provable) continue;
    problem.lsns = LsnRange{provable + 1, *lsn};
  }
}

}  // namespace orderstore::recovery
