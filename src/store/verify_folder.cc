#include "store/verify_folder.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "recovery/beside_writer.h"
#include "recovery/identity.h"
#include "recovery/problem_of.h"
#include "recovery/provable_state.h"
#include "recovery/recover.h"
#include "recovery/survey.h"
#include "snapshot/snapshot.h"
#include "store/folder_lock.h"
#include "wal/frame.h"

namespace orderstore::store {
namespace {

using recovery::ProvableState;
using recovery::Survey;
using recovery::SurveyedSnapshot;

class Verifier {
 public:
  Verifier(const io::Folder& folder, const VerifyOptions& options,
           Survey survey)
      : folder_(folder), options_(options), survey_(std::move(survey)) {}

  // NotFound: what the survey found is not there any more.
  absl::StatusOr<VerifyReport> Run();

 private:
  struct ReplayFindings {
    std::string base;  // the snapshot's name
    std::vector<Problem> problems;
  };
  // The state that a replay leads to.
  struct ProvenEnd {
    Lsn base;
    txn::StateSummary summary;
  };

  // ---- Loading and replaying ----
  absl::Status Replay();
  absl::Status ReplayFrom(Lsn base);
  void AddReplays();
  void CompareEnd(const ProvenEnd& end);
  absl::Status TryOpening();

  // ---- The report ----
  void AddProblem(const Problem& problem);
  void AddFiles();
  absl::Status AddOtherNames();

  const io::Folder& folder_;
  const VerifyOptions& options_;
  const Survey survey_;
  VerifyReport report_;
  recovery::Summaries summaries_;  // of good snapshots
  std::vector<ReplayFindings> replays_;
  std::vector<ProvenEnd> ends_;
};

absl::StatusOr<VerifyReport> Verifier::Run() {
  report_.store_uuid = survey_.store.ToString();
  report_.problems = survey_.problems;
  report_.newest_lsn = survey_.newest_lsn;
  report_.torn_bytes = survey_.log.torn_bytes;
  report_.unfinished_bytes = survey_.log.unfinished_bytes;
  absl::Status status;
  if (options_.replay) status = Replay();
  if (status.ok()) status = TryOpening();
  if (status.ok()) status = AddOtherNames();
  if (!status.ok()) return status;
  if (options_.replay) {
    recovery::AddLsnsOfSnapshots(report_.provable_lsn.value_or(0),
                                 report_.problems);
  }
  AddFiles();
  return std::move(report_);
}

// ---- Loading and replaying -------------------------------------------------

absl::Status Verifier::Replay() {
  for (const SurveyedSnapshot& snapshot : survey_.snapshots) {
    if (snapshot.summary) summaries_[snapshot.lsn] = *snapshot.summary;
  }
  absl::Status status;
  for (const SurveyedSnapshot& snapshot : survey_.snapshots) {
    if (!snapshot.summary || snapshot.lsn == 0) continue;
    status = ReplayFrom(snapshot.lsn);
    if (!status.ok()) return status;
  }
  if (survey_.log.has_begin) status = ReplayFrom(0);
  if (!status.ok()) return status;
  AddReplays();
  for (const ProvenEnd& end : ends_) CompareEnd(end);
  return status;
}

void Verifier::AddReplays() {
  // A snapshot that others contradict is wrong itself; the log, which it does
  // not lead to, is not.
  const auto is_wrong = [&](const std::string& name) {
    return std::any_of(
        replays_.begin(), replays_.end(), [&](const ReplayFindings& replay) {
          return std::any_of(
              replay.problems.begin(), replay.problems.end(),
              [&](const Problem& problem) { return problem.file == name; });
        });
  };
  for (const ReplayFindings& replay : replays_) {
    if (is_wrong(replay.base)) continue;
    for (const Problem& problem : replay.problems) AddProblem(problem);
  }
}

absl::Status Verifier::ReplayFrom(Lsn base) {
  const absl::StatusOr<ProvableState> state = recovery::ProveFrom(
      folder_, survey_.store, base, survey_.log, summaries_);
  if (absl::IsDataLoss(state.status())) {
    AddProblem(recovery::ProblemOf(state.status(), folder_.path(),
                                   snapshot::SnapshotName(base)));
    return absl::OkStatus();
  }
  if (!state.ok()) return state.status();
  replays_.push_back({snapshot::SnapshotName(base), state->problems});
  report_.provable_lsn =
      std::max(report_.provable_lsn.value_or(state->lsn), state->lsn);
  ends_.push_back(
      {base, txn::StateSummary::Of(state->engine->tables().states.latest())});
  return absl::OkStatus();
}

void Verifier::CompareEnd(const ProvenEnd& end) {
  // The newest snapshot's is the first.
  const auto other = std::find_if(
      ends_.begin(), ends_.end(),
      [&](const ProvenEnd& at) { return at.summary.lsn == end.summary.lsn; });
  // What is wrong with the log is enough to explain it.
  if (other->summary == end.summary || !report_.problems.empty()) return;
  AddProblem({.file = end.base > 0 ? snapshot::SnapshotName(end.base)
                                   : wal::SegmentName(1),
              .offset = {},
              .lsns = {},
              .what = absl::StrCat(
                  "leads with the log behind it to other rows of LSN ",
                  end.summary.lsn, " than a newer snapshot does")});
}

absl::Status Verifier::TryOpening() {
  if (!survey_.has_identity) {
    report_.open_error =
        absl::StrCat(folder_.path(), "/", recovery::kIdentityName, " ",
                     report_.problems.front().what);
    return absl::OkStatus();
  }
  const absl::StatusOr<recovery::Recovered> recovered =
      recovery::RetryBesideWriter(
          [&] { return recovery::Recover(folder_, survey_.store, Options()); });
  if (recovered.ok()) {
    report_.opens = true;
    report_.open_lsn = recovered->report.lsn;
    return absl::OkStatus();
  }
  if (!absl::IsDataLoss(recovered.status())) return recovered.status();
  report_.open_error = std::string(recovered.status().message());
  if (report_.problems.empty()) {
    AddProblem(recovery::ProblemOf(recovered.status(), folder_.path(), ""));
  }
  return absl::OkStatus();
}

// ---- The report ------------------------------------------------------------

void Verifier::AddProblem(const Problem& problem) {
  // Replays from several snapshots meet the same damage.
  const auto same = [&](const Problem& other) {
    return other.file == problem.file && other.offset == problem.offset;
  };
  if (std::none_of(report_.problems.begin(), report_.problems.end(), same)) {
    report_.problems.push_back(problem);
  }
}

void Verifier::AddFiles() {
  std::vector<VerifiedFile>& files = report_.files;
  if (survey_.identity_bytes > 0) {
    files.push_back({.name = recovery::kIdentityName,
                     .kind = VerifiedFile::Kind::kIdentity,
                     .bytes = survey_.identity_bytes});
  }
  for (const recovery::ScannedSegment& segment : survey_.log.segments) {
    files.push_back({.name = wal::SegmentName(segment.number),
                     .kind = VerifiedFile::Kind::kSegment,
                     .bytes = segment.bytes,
                     .first_lsn = segment.first_lsn,
                     .last_lsn = segment.last_lsn});
  }
  for (auto at = survey_.snapshots.rbegin(); at != survey_.snapshots.rend();
       ++at) {
    files.push_back({.name = snapshot::SnapshotName(at->lsn),
                     .kind = VerifiedFile::Kind::kSnapshot,
                     .bytes = at->bytes,
                     .first_lsn = at->lsn,
                     .last_lsn = at->lsn});
  }
  for (VerifiedFile& file : files) {
    file.is_sound = std::none_of(
        report_.problems.begin(), report_.problems.end(),
        [&](const Problem& problem) { return problem.file == file.name; });
  }
}

absl::Status Verifier::AddOtherNames() {
  absl::StatusOr<std::vector<std::string>> names = folder_.List();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const auto warn = [&](const char* what) {
      report_.warnings.push_back(
          {.file = name, .offset = {}, .lsns = {}, .what = what});
    };
    if (name == recovery::kIdentityName || name == kLockName ||
        wal::SegmentNumber(name) || snapshot::SnapshotLsn(name)) {
      continue;
    }
    if (recovery::IsLeftover(name)) {
      warn(
          "a temporary file: somebody is writing it, or a crash left it; the "
          "next opening removes it");
    } else {
      warn("not a file of the store");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifyReport> VerifyFolder(io::FileSystem& file_system,
                                          const std::string& path,
                                          const VerifyOptions& options) {
  absl::StatusOr<io::Folder> folder = io::Folder::Open(file_system, path);
  if (!folder.ok()) return folder.status();
  constexpr int kAttemptsMax = 5;
  absl::Status vanished;
  for (int attempt = 1; attempt <= kAttemptsMax; ++attempt) {
    absl::StatusOr<std::optional<Survey>> survey =
        recovery::SurveyBesideWriter(*folder);
    if (!survey.ok()) return survey.status();
    if (!*survey) {
      return absl::NotFoundError(absl::StrCat("there is no store in ", path));
    }
    absl::StatusOr<VerifyReport> report =
        Verifier(*folder, options, **std::move(survey)).Run();
    if (!absl::IsNotFound(report.status())) return report;
    vanished = report.status();
  }
  return absl::UnavailableError(absl::StrCat(
      "the writer of ", path, " is too fast: ", std::string(vanished.message()),
      "; try again"));
}

}  // namespace orderstore::store
