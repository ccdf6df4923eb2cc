#include "store/salvage_folder.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "recovery/problem_of.h"
#include "recovery/provable_state.h"
#include "recovery/survey.h"
#include "snapshot/snapshot.h"
#include "store/store_copy.h"

namespace orderstore::store {
namespace {

using recovery::ProvableState;
using recovery::Survey;

class Salvager {
 public:
  Salvager(const io::Folder& folder, Survey survey)
      : folder_(folder), survey_(std::move(survey)) {}

  // The newest state that is proven. NotFound: what the survey found is not
  // there any more.
  absl::StatusOr<ProvableState> Prove();

  // What is to be said about it.
  SalvageReport Describe(const ProvableState& state) const;

 private:
  struct Candidate {
    Lsn base;
    Lsn reach;  // at most
  };
  // The best first.
  std::vector<Candidate> Candidates() const;
  absl::Status NothingProven() const;
  void AddProblems(const std::vector<Problem>& problems);

  // The transactions behind `lsn` that are nowhere, and those that are.
  void AddMissing(Lsn lsn, SalvageReport& report) const;
  bool EndIsUnknown() const;

  const io::Folder& folder_;
  const Survey survey_;
  std::vector<Problem> problems_ = survey_.problems;
};

// ---- Proving ---------------------------------------------------------------

std::vector<Salvager::Candidate> Salvager::Candidates() const {
  std::vector<Candidate> candidates;
  const auto add = [&](Lsn base) {
    const auto stretch = recovery::StretchBehind(survey_.log, base);
    candidates.push_back(
        {base, stretch ? survey_.log.stretches[*stretch].last : base});
  };
  // Newest first: of those that reach equally far, it takes the least work.
  for (const recovery::SurveyedSnapshot& snapshot : survey_.snapshots) {
    if (snapshot.summary && snapshot.lsn > 0) add(snapshot.lsn);
  }
  if (survey_.log.has_begin) add(0);
  std::stable_sort(
      candidates.begin(), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return a.reach > b.reach; });
  return candidates;
}

absl::StatusOr<ProvableState> Salvager::Prove() {
  std::optional<ProvableState> best;
  for (const Candidate& candidate : Candidates()) {
    if (best && best->lsn >= candidate.reach) break;
    // There may be room for one only: it is made again if it stays the best.
    if (best) best->engine.reset();
    absl::StatusOr<ProvableState> state = recovery::ProveFrom(
        folder_, survey_.store, candidate.base, survey_.log, {});
    if (absl::IsDataLoss(state.status())) {
      AddProblems(
          {recovery::ProblemOf(state.status(), folder_.path(),
                               snapshot::SnapshotName(candidate.base))});
      continue;
    }
    if (!state.ok()) return state.status();
    AddProblems(state->problems);
    if (!best || state->lsn > best->lsn) best = *std::move(state);
  }
  if (!best) return NothingProven();
  if (best->engine != nullptr) return *std::move(best);
  return recovery::ProveFrom(folder_, survey_.store, best->base, survey_.log,
                             {});
}

void Salvager::AddProblems(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) {
    if (std::find(problems_.begin(), problems_.end(), problem) ==
        problems_.end()) {
      problems_.push_back(problem);
    }
  }
}

absl::Status Salvager::NothingProven() const {
  std::string message = absl::StrCat(
      folder_.path(),
      ": nothing is proven: no snapshot is good, and the log does not go back "
      "to the empty store");
  if (!problems_.empty()) {
    absl::StrAppend(&message, "; first of ", problems_.size(),
                    " problems: ", problems_.front().file, " ",
                    problems_.front().what);
  }
  return absl::DataLossError(message);
}

// ---- Describing ------------------------------------------------------------

SalvageReport Salvager::Describe(const ProvableState& state) const {
  SalvageReport report{.store_uuid = survey_.store.ToString(),
                       .new_store_uuid = {},
                       .lsn = state.lsn,
                       .counts = state.engine->tables().states.latest().counts,
                       .snapshot_lsn = state.base,
                       .newest_lsn = survey_.newest_lsn,
                       .lost = {},
                       .unapplied = {},
                       .problems = problems_};
  for (const Problem& problem : problems_) {
    const auto lsn = snapshot::SnapshotLsn(problem.file);
    // The log has its transaction before a snapshot gets its name. A foreign
    // file under such a name would tell of more than there was: better that
    // than of less.
    if (lsn) report.newest_lsn = std::max(report.newest_lsn, *lsn);
  }
  recovery::AddLsnsOfSnapshots(state.lsn, report.problems);
  AddMissing(state.lsn, report);
  return report;
}

void Salvager::AddMissing(Lsn lsn, SalvageReport& report) const {
  std::vector<recovery::Stretch> there = survey_.log.stretches;
  std::sort(there.begin(), there.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  Lsn next = lsn + 1;
  for (const recovery::Stretch& stretch : there) {
    if (stretch.last < next) continue;
    const Lsn first = std::max(stretch.first, next);
    if (first > next) report.lost.push_back({next, first - 1});
    report.unapplied.push_back({first, stretch.last});
    next = stretch.last + 1;
  }
  if (EndIsUnknown()) {
    report.lost.push_back({next, std::nullopt});
  } else if (next <= report.newest_lsn) {
    report.lost.push_back({next, report.newest_lsn});
  }
}

bool Salvager::EndIsUnknown() const {
  return std::any_of(survey_.log.problems.begin(), survey_.log.problems.end(),
                     [](const Problem& problem) {
                       return problem.lsns && !problem.lsns->last;
                     });
}

}  // namespace

absl::StatusOr<SalvageReport> SalvageFolder(
    io::FileSystem& file_system, const std::string& path,
    const std::string& new_path, const std::atomic<bool>* cancelled) {
  absl::StatusOr<io::Folder> folder = io::Folder::Open(file_system, path);
  if (!folder.ok()) return folder.status();
  // Before the long work.
  absl::StatusOr<io::Folder> target = io::Folder::Open(file_system, new_path);
  if (target.ok()) {
    absl::Status status = CheckIsEmpty(*target);
    if (!status.ok()) return status;
  } else if (!absl::IsNotFound(target.status())) {
    return target.status();
  }
  absl::StatusOr<std::optional<Survey>> survey =
      recovery::SurveyBesideWriter(*folder);
  if (!survey.ok()) return survey.status();
  if (!*survey) {
    return absl::NotFoundError(absl::StrCat("there is no store in ", path));
  }
  Salvager salvager(*folder, **std::move(survey));
  absl::StatusOr<ProvableState> state = salvager.Prove();
  if (absl::IsNotFound(state.status())) {
    return absl::UnavailableError(
        absl::StrCat(std::string(state.status().message()),
                     "; close the store first, and try again"));
  }
  if (!state.ok()) return state.status();
  SalvageReport report = salvager.Describe(*state);
  absl::StatusOr<StoreCopy> copy =
      WriteStoreCopy(file_system, new_path, *state->engine, cancelled);
  if (!copy.ok()) return copy.status();
  report.new_store_uuid = copy->store.ToString();
  return report;
}

}  // namespace orderstore::store
