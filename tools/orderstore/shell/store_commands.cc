#include <array>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
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
  return absl::DataLossError(
      absl::StrCat(folder, "/", first.file, " at offset ",
                   first.offset.value_or(0), ": ", first.what));
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
  return status.ok() ? Answer::Ok() : Answer::Error(status);
}

Answer Stats(Conversation& conversation, Words, Lines& lines) {
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
     "Recomputes every index and figure from the rows and compares. Waits for\n"
     "other sessions' open transaction, and holds up later ones meanwhile; in "
     "a\n"
     "transaction of this session it is refused.",
     0, 0, Check},
    {"stats", "", "Shows sizes, memory and durability: NAME VALUE.", 0, 0,
     Stats},
}};

}  // namespace

std::span<const Command> StoreCommands() { return kStoreCommands; }

}  // namespace orderstore::shell
