#include "recovery/survey.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "recovery/identity.h"
#include "recovery/problem_of.h"
#include "recovery/snapshot_files.h"
#include "snapshot/format.h"
#include "snapshot/snapshot.h"
#include "snapshot/snapshot_reader.h"
#include "wal/frame.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {
namespace {

// No format of the identity needs so many.
constexpr int64_t kIdentityBytesMax = 4096;

using snapshot::SnapshotName;
using wal::SegmentName;

class Surveyor {
 public:
  explicit Surveyor(const io::Folder& folder) : folder_(folder) {}

  absl::StatusOr<std::optional<Survey>> Run();

 private:
  // ---- Whose it is ----
  absl::Status ReadIdentityFile();
  // Counts the stores that the headers of files name.
  absl::Status Poll();
  absl::Status PollFile(const std::string& name);
  // False: nothing says that there is a store.
  bool ChooseStore();
  // What is left of the making of a store, in which nothing ever was.
  bool IsUnborn() const;

  // ---- Snapshots ----
  absl::Status CheckSnapshot(Lsn lsn);
  absl::Status CheckBlocks(const snapshot::SnapshotReader& reader);
  // Whether the log is there from the oldest snapshot on, up to the newest.
  void CheckReach();

  void AddProblem(const std::string& file, std::optional<LsnRange> lsns,
                  std::string what) {
    survey_.problems.push_back(
        {.file = file, .offset = {}, .lsns = lsns, .what = std::move(what)});
  }
  void AddProblem(const std::string& file, const absl::Status& status) {
    survey_.problems.push_back(ProblemOf(status, folder_.path(), file));
  }
  bool HasProblem(const std::string& file) const {
    return std::any_of(
        survey_.problems.begin(), survey_.problems.end(),
        [&](const Problem& problem) { return problem.file == file; });
  }

  const io::Folder& folder_;
  Survey survey_;
  std::optional<io::Uuid> identity_;
  std::map<std::string, int> polled_;  // by UUID
  std::vector<uint32_t> segments_;
  std::vector<Lsn> snapshots_;
};

absl::StatusOr<std::optional<Survey>> Surveyor::Run() {
  using Result = std::optional<Survey>;
  absl::StatusOr<std::vector<uint32_t>> segments =
      wal::LogReader::ListSegments(folder_);
  if (!segments.ok()) return segments.status();
  segments_ = *std::move(segments);
  absl::StatusOr<std::vector<Lsn>> snapshots = ListSnapshots(folder_);
  if (!snapshots.ok()) return snapshots.status();
  snapshots_ = *std::move(snapshots);

  absl::Status status = ReadIdentityFile();
  if (status.ok()) status = Poll();
  if (!status.ok()) return status;
  if (!ChooseStore()) return Result();
  absl::StatusOr<LogScan> log = ScanLog(
      folder_, survey_.store, [](size_t /*stretch*/, const wal::LogItem&) {});
  if (!log.ok()) return log.status();
  survey_.log = *std::move(log);
  if (IsUnborn()) return Result();
  survey_.problems.insert(survey_.problems.end(), survey_.log.problems.begin(),
                          survey_.log.problems.end());
  survey_.newest_lsn = survey_.log.newest_lsn;
  for (const Lsn lsn : snapshots_) {
    status = CheckSnapshot(lsn);
    if (!status.ok()) return status;
  }
  CheckReach();
  return Result(std::move(survey_));
}

// ---- Whose it is -----------------------------------------------------------

absl::Status Surveyor::ReadIdentityFile() {
  absl::StatusOr<io::File> file = folder_.OpenToRead(kIdentityName);
  if (absl::IsNotFound(file.status())) {
    AddProblem(kIdentityName, std::nullopt,
               "is missing: it says which store this is");
    return absl::OkStatus();
  }
  if (!file.ok()) return file.status();
  absl::StatusOr<int64_t> bytes = file->Size();
  if (!bytes.ok()) return bytes.status();
  survey_.identity_bytes = *bytes;
  if (*bytes > kIdentityBytesMax) {
    AddProblem(kIdentityName, std::nullopt,
               absl::StrCat("has ", *bytes, " bytes, more than it may have"));
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<io::Uuid>> identity = ReadIdentity(folder_);
  // Damaged, or not to be read.
  if (absl::IsDataLoss(identity.status()) ||
      absl::IsUnavailable(identity.status())) {
    AddProblem(kIdentityName, identity.status());
    return absl::OkStatus();
  }
  if (!identity.ok()) return identity.status();
  identity_ = *identity;
  return absl::OkStatus();
}

absl::Status Surveyor::Poll() {
  absl::Status status;
  for (const uint32_t number : segments_) {
    status = PollFile(SegmentName(number));
    if (!status.ok()) return status;
  }
  for (const Lsn lsn : snapshots_) {
    status = PollFile(SnapshotName(lsn));
    if (!status.ok()) return status;
  }
  return status;
}

absl::Status Surveyor::PollFile(const std::string& name) {
  absl::StatusOr<io::File> file = folder_.OpenToRead(name);
  std::string sector(io::kSectorBytes, '\0');
  absl::Status status = file.ok() ? file->ReadAt(0, sector) : file.status();
  // What is wrong with a header is found later.
  if (absl::IsOutOfRange(status) || absl::IsUnavailable(status)) {
    return absl::OkStatus();
  }
  if (!status.ok()) return status;
  if (wal::SegmentNumber(name)) {
    const auto header = wal::DecodeSegmentHeader(sector, name);
    if (header.ok()) ++polled_[header->store.ToString()];
  } else {
    const auto header = snapshot::DecodeHeader(sector, name);
    if (header.ok()) ++polled_[header->store.ToString()];
  }
  return absl::OkStatus();
}

bool Surveyor::ChooseStore() {
  if (identity_ && (polled_.empty() || polled_[identity_->ToString()] > 0)) {
    survey_.store = *identity_;
    survey_.has_identity = true;
    return true;
  }
  const auto most = std::max_element(
      polled_.begin(), polled_.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == polled_.end()) return HasProblem(kIdentityName) && !IsUnborn();
  survey_.store = io::Uuid::Parse(most->first).value();
  if (identity_) {
    survey_.problems.push_back(
        {.file = kIdentityName,
         .offset = 0,
         .lsns = {},
         .what = absl::StrCat("is of the store ", identity_->ToString(),
                              ", and the other files are of ", most->first)});
  }
  return true;
}

bool Surveyor::IsUnborn() const {
  return !identity_ && snapshots_.empty() && segments_.size() <= 1 &&
         survey_.log.stretches.empty() && survey_.log.problems.empty();
}

// ---- Snapshots -------------------------------------------------------------

absl::Status Surveyor::CheckSnapshot(Lsn lsn) {
  const std::string name = SnapshotName(lsn);
  SurveyedSnapshot& surveyed = survey_.snapshots.emplace_back(
      SurveyedSnapshot{.lsn = lsn, .summary = {}});
  absl::StatusOr<io::File> file = folder_.OpenToRead(name);
  const absl::StatusOr<int64_t> bytes =
      file.ok() ? file->Size() : absl::StatusOr<int64_t>(file.status());
  // If it cannot be read, the reader says so.
  if (!bytes.ok() && !absl::IsUnavailable(bytes.status())) {
    return bytes.status();
  }
  surveyed.bytes = bytes.value_or(0);
  const absl::StatusOr<snapshot::SnapshotReader> reader =
      snapshot::SnapshotReader::Open(folder_, name, survey_.store);
  if (absl::IsDataLoss(reader.status())) {
    AddProblem(name, reader.status());
    return absl::OkStatus();
  }
  if (!reader.ok()) return reader.status();
  absl::Status status = CheckBlocks(*reader);
  if (!status.ok()) return status;
  survey_.newest_lsn = std::max(survey_.newest_lsn, lsn);
  if (HasProblem(name)) return absl::OkStatus();
  const snapshot::Description& description = reader->description();
  surveyed.summary = {.lsn = description.lsn,
                      .customers = description.counts.customers,
                      .orders = description.counts.orders,
                      .barcodes = description.counts.barcodes,
                      .digests = description.digests,
                      .next_customer_id = description.next_customer_id,
                      .next_order_id = description.next_order_id,
                      .next_barcode_id = description.next_barcode_id};
  return absl::OkStatus();
}

absl::Status Surveyor::CheckBlocks(const snapshot::SnapshotReader& reader) {
  const std::string name = SnapshotName(reader.description().lsn);
  Digests found;
  bool is_whole = true;
  snapshot::BlockMemory memory;
  snapshot::RowBlock block;
  for (size_t i = 0; i < reader.blocks().size(); ++i) {
    const absl::Status status = reader.ReadBlock(i, memory, block);
    if (absl::IsDataLoss(status)) {
      AddProblem(name, status);
      is_whole = false;
      continue;
    }
    if (!status.ok()) return status;
    block.AddDigest(found);
  }
  if (is_whole && found != reader.description().digests) {
    survey_.problems.push_back(
        {.file = name,
         .offset = 0,
         .lsns = {},
         .what = "the rows have other digests than the header"});
  }
  return absl::OkStatus();
}

void Surveyor::CheckReach() {
  if (survey_.log.segments.empty()) return;
  const ScannedSegment& oldest = survey_.log.segments.front();
  const std::string oldest_name = SegmentName(oldest.number);
  if (snapshots_.empty()) {
    if (!survey_.log.has_begin && oldest.has_header) {
      AddProblem(oldest_name, LsnRange{1, oldest.first_lsn - 1},
                 absl::StrCat("the log begins with LSN ", oldest.first_lsn,
                              " here, and there is no snapshot"));
    }
    return;
  }
  // Whoever removes segments keeps the one in which the oldest snapshot's
  // transaction ends, or begins.
  const Lsn needed = snapshots_.back();
  if (oldest.number > 1 && oldest.has_header && oldest.first_lsn > needed) {
    AddProblem(SegmentName(oldest.number - 1),
               oldest.first_lsn > needed + 1
                   ? std::optional(LsnRange{needed + 1, oldest.first_lsn - 1})
                   : std::nullopt,
               absl::StrCat("is missing: ", SnapshotName(needed),
                            " needs the log from there on"));
  }
  const auto newest = std::find_if(
      survey_.snapshots.begin(), survey_.snapshots.end(),
      [](const SurveyedSnapshot& at) { return at.summary.has_value(); });
  if (newest != survey_.snapshots.end() && survey_.log.problems.empty() &&
      newest->lsn > survey_.log.newest_lsn) {
    AddProblem(SegmentName(survey_.log.segments.back().number),
               LsnRange{survey_.log.newest_lsn + 1, std::nullopt},
               absl::StrCat("the log ends with LSN ", survey_.log.newest_lsn,
                            ", and there is ", SnapshotName(newest->lsn)));
  }
}

}  // namespace

absl::StatusOr<std::optional<Survey>> SurveyFolder(const io::Folder& folder) {
  return Surveyor(folder).Run();
}

absl::StatusOr<std::optional<Survey>> SurveyBesideWriter(
    const io::Folder& folder) {
  constexpr int kAttemptsMax = 20;
  std::vector<Problem> last;
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<std::optional<Survey>> survey = SurveyFolder(folder);
    const bool is_last = attempt == kAttemptsMax;
    if (absl::IsNotFound(survey.status())) {
      if (is_last) {
        return absl::UnavailableError(absl::StrCat(
            "the writer of ", folder.path(), " is too fast: ",
            std::string(survey.status().message()), "; try again"));
      }
    } else if (!survey.ok() || !*survey || (*survey)->problems.empty() ||
               (*survey)->problems == last || is_last) {
      return survey;
    } else {
      last = std::move((*survey)->problems);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
  }
}

}  // namespace orderstore::recovery
