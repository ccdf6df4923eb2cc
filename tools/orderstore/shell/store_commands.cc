#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "csv/text.h"
#include "orderstore/prometheus.h"
#include "orderstore/verify.h"
#include "shell/command.h"
#include "shell/figures.h"

namespace orderstore::shell {

namespace {

Answer Sync(Conversation& conversation, Words, Lines&) {
  const absl::StatusOr<Lsn> lsn = conversation.host().store.Sync();
  return lsn.ok() ? conversation.Told(*lsn) : Answer::Error(lsn.status());
}

Answer Snapshot(Conversation& conversation, Words, Lines&) {
  if (conversation.host().folder.empty()) {
    return Answer::Error(ErrorCode::kInvalid,
                         "the store lives in memory only; snapshots go into a "
                         "store's folder");
  }
  const absl::StatusOr<Lsn> lsn = conversation.host().store.WriteSnapshot();
  return lsn.ok() ? Answer::Ok(std::to_string(*lsn))
                  : Answer::Error(lsn.status());
}

absl::Status CheckFiles(const std::string& folder) {
  const absl::StatusOr<VerifyReport> report = VerifyStore(folder);
  if (!report.ok()) return report.status();
  if (report->is_sound()) return absl::OkStatus();
  const Problem& first = report->problems.front();
  const std::string at =
      first.offset ? absl::StrCat(" at offset ", *first.offset) : "";
  return absl::DataLossError(
      absl::StrCat(folder, "/", first.file, at, ": ", first.what));
}

// Whether the files have what is durable, and the same rows as of one commit,
// if nobody commits meanwhile.
absl::Status CompareFiles(const Host& host) {
  const Lsn durable = host.store.durable_lsn();
  const absl::StatusOr<std::unique_ptr<Store>> files =
      Store::OpenReadOnly(host.folder);
  if (!files.ok()) return files.status();
  const ReadView stored = (*files)->OpenReadView();
  if (stored.lsn() < durable) {
    return absl::DataLossError(
        absl::StrCat(host.folder, ": the files end with LSN ", stored.lsn(),
                     ", and LSN ", durable, " was made durable"));
  }
  const ReadView rows = host.store.OpenReadView(ReadLevel::kLatest);
  if (rows.lsn() != stored.lsn() || rows.Digests() == stored.Digests()) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(host.folder,
                                          ": the files have other rows of LSN ",
                                          rows.lsn(), " than the store"));
}

Answer Check(Conversation& conversation, Words, Lines&) {
  if (conversation.has_transaction()) {
    return Answer::Error(ErrorCode::kBusy,
                         "this session has a transaction open; commit or "
                         "rollback before the check");
  }
  const Host& host = conversation.host();
  absl::Status status = host.store.Check(conversation.Deadline());
  if (status.ok() && !host.folder.empty()) status = CheckFiles(host.folder);
  if (status.ok() && !host.folder.empty()) status = CompareFiles(host);
  return status.ok() ? Answer::Ok() : Answer::Error(status);
}

void AddPrometheusText(const Host& host, Lines& lines) {
  const std::string text =
      PrometheusText(host.store.Stats(), host.store.open_report(),
                     csv::Printable(host.folder, SIZE_MAX));
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    lines.Add(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
}

Answer Stats(Conversation& conversation, Words words, Lines& lines) {
  if (!words.empty()) {
    if (words[0] != "prometheus") return Misused("stats");
    AddPrometheusText(conversation.host(), lines);
    return Answer::Ok();
  }
  for (const auto& [name, value] : FiguresOf(conversation.host().store)) {
    lines.Add(absl::StrCat(std::string(name), " ", value));
  }
  return Answer::Ok();
}

constexpr std::array<Command, 4> kStoreCommands = {{
    {"sync", "", "Makes everything committed so far durable.", 0, 0, Sync},
    {"snapshot", "",
     "Writes a snapshot into the store's folder and answers with its LSN.", 0,
     0, Snapshot},
    {"check", "",
     "Recomputes every index and figure from the rows and compares; verifies\n"
     "every file, and compares what they hold with the rows. Waits for other\n"
     "sessions' open transaction, and holds up later ones while it looks at "
     "the\n"
     "rows; in a transaction of this session it is refused.",
     0, 0, Check},
    {"stats", "[prometheus]",
     "Shows sizes, memory and durability: NAME VALUE. As `stats prometheus`\n"
     "the same, how long the log's syncs took, and what opening the store\n"
     "found, in the text that Prometheus reads.",
     0, 1, Stats},
}};

}  // namespace

std::span<const Command> StoreCommands() { return kStoreCommands; }

}  // namespace orderstore::shell
