#include "store/verify_folder.h"

#include <algorithm>
#include <map>
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
  // ---- Loading and replaying ----
  absl::Status Replay();
  absl::Status ReplayFrom(Lsn base);
  void CompareEnds(const ProvableState& state);
  absl::Status TryOpening();

  // ---- The report ----
  void AddProblem(const Problem& problem);
  void AddFiles();
  absl::Status AddOtherNames();
  void AddLsnsOfSnapshots();

  const io::Folder& folder_;
  const VerifyOptions& options_;
  const Survey survey_;
  VerifyReport report_;
  recovery::Summaries summaries_;  // of good snapshots
  recovery::Summaries ends_;       // of states that replays lead to
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
  AddLsnsOfSnapshots();
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
  return status;
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
  for (const Problem& problem : state->problems) AddProblem(problem);
  report_.provable_lsn =
      std::max(report_.provable_lsn.value_or(state->lsn), state->lsn);
  CompareEnds(*state);
  return absl::OkStatus();
}

void Verifier::CompareEnds(const ProvableState& state) {
  const auto found =
      txn::StateSummary::Of(state.engine->tables().states.latest());
  const auto [end, is_new] = ends_.emplace(state.lsn, found);
  if (is_new || end->second == found || !state.problems.empty()) return;
  const std::string name =
      state.base > 0 ? snapshot::SnapshotName(state.base) : wal::SegmentName(1);
  AddProblem({.file = name,
              .offset = {},
              .lsns = {},
              .what = absl::StrCat(
                  "leads with the log behind it to other rows of LSN ",
                  state.lsn, " than a newer snapshot does")});
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

void Verifier::AddLsnsOfSnapshots() {
  for (Problem& problem : report_.problems) {
    const std::optional<Lsn> lsn = snapshot::SnapshotLsn(problem.file);
    const Lsn provable = report_.provable_lsn.value_or(0);
    if (!lsn || problem.lsns || !options_.replay || *lsn <= provable) continue;
    problem.lsns = LsnRange{provable + 1, *lsn};
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
    if (absl::EndsWith(name, ".tmp")) {
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
