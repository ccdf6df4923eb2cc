#include "recovery/identity.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "io/checksum.h"
#include "io/coding.h"
#include "orderstore/schema_revision.h"
#include "snapshot/snapshot.h"
#include "wal/frame.h"

namespace orderstore::recovery {
namespace {

// Longer than any format needs.
constexpr int64_t kBytesMax = 4096;
constexpr std::string_view kFirstLine = "orderstore store, format ";
constexpr std::string_view kFormat = "1";

std::string ChecksumLine(std::string_view text) {
  return absl::StrFormat("checksum %016x\n", io::Checksum(text));
}

std::string TextOf(const io::Uuid& store) {
  std::string text(kFirstLine);
  text += kFormat;
  text += "\nuuid " + store.ToString() + "\n";
  return text + ChecksumLine(text);
}

// The UUID, if the text has this format.
std::optional<io::Uuid> ParseText(const std::string& text) {
  constexpr size_t kUuidAt =
      kFirstLine.size() + kFormat.size() + std::string_view("\nuuid ").size();
  if (text.size() < kUuidAt + 36) return std::nullopt;
  const auto store =
      io::Uuid::Parse(std::string_view(text).substr(kUuidAt, 36));
  if (!store || text != TextOf(*store)) return std::nullopt;
  return store;
}

// The format, if the text is whole and of another one: every format has this
// first line, and its checksum last.
std::optional<std::string> OtherFormat(const std::string& text) {
  const size_t checksum = text.rfind("checksum ");
  if (checksum == text.npos ||
      text.substr(checksum) != ChecksumLine(text.substr(0, checksum)) ||
      text.compare(0, kFirstLine.size(), kFirstLine) != 0) {
    return std::nullopt;
  }
  const std::string format =
      text.substr(kFirstLine.size(), text.find('\n') - kFirstLine.size());
  if (format.empty() || format == kFormat ||
      format.find_first_not_of("0123456789") != format.npos) {
    return std::nullopt;
  }
  return format;
}

}  // namespace

absl::StatusOr<std::optional<io::Uuid>> ReadIdentity(const io::Folder& folder) {
  absl::StatusOr<io::File> file = folder.OpenToRead(kIdentityName);
  if (absl::IsNotFound(file.status())) return std::optional<io::Uuid>();
  if (!file.ok()) return file.status();
  absl::StatusOr<int64_t> size = file->Size();
  if (!size.ok()) return size.status();
  if (*size <= kBytesMax) {
    absl::StatusOr<std::string> text = file->ReadAll(kBytesMax);
    if (!text.ok()) return text.status();
    if (const auto store = ParseText(*text)) return store;
    if (const auto format = OtherFormat(*text)) {
      return UnknownFormat(absl::StrCat(
          file->path(), " is of format ", *format, ", and this program reads ",
          std::string(kFormat), "; open it with the program that wrote it"));
    }
  }
  return absl::DataLossError(absl::StrCat(
      file->path(),
      " at offset 0: the file is damaged; it should hold format, UUID and "
      "checksum"));
}

absl::StatusOr<std::optional<io::Uuid>> ReadIdentityOr(
    const io::Folder& folder,
    absl::FunctionRef<absl::Status(const io::Folder&)> check) {
  absl::Status refused;
  for (int i = 0; i < 2; ++i) {
    absl::StatusOr<std::optional<io::Uuid>> store = ReadIdentity(folder);
    if (!store.ok() || *store) return store;
    refused = check(folder);
    if (refused.ok()) return store;
  }
  return refused;
}

absl::StatusOr<io::Uuid> RequireIdentity(const io::Folder& folder) {
  const absl::StatusOr<std::optional<io::Uuid>> store =
      ReadIdentityOr(folder, [](const io::Folder& without) {
        absl::Status status = CheckHasNoFiles(without);
        return status.ok() ? CheckHasNoTransactions(without) : status;
      });
  if (!store.ok()) return store.status();
  if (*store) return **store;
  return absl::NotFoundError(
      absl::StrCat("there is no store in ", folder.path()));
}

absl::Status CheckHasNoFiles(const io::Folder& folder) {
  absl::StatusOr<std::vector<std::string>> names = folder.List();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const bool may_be_unborn = name == wal::SegmentName(1);
    if ((wal::SegmentNumber(name) && !may_be_unborn) ||
        snapshot::SnapshotLsn(name)) {
      return absl::DataLossError(
          absl::StrCat(folder.path(), "/", kIdentityName,
                       " is missing, and files of a store are there: ", name,
                       "; it is damaged, or a backup that was not finished"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckHasNoTransactions(const io::Folder& folder) {
  absl::StatusOr<io::File> file = folder.OpenToRead(wal::SegmentName(1));
  if (absl::IsNotFound(file.status())) return absl::OkStatus();
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> bytes = file->ReadAll(wal::kSegmentBytesMax);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() <= io::kSectorBytes ||
      io::AllZeros(std::string_view(*bytes).substr(io::kSectorBytes))) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat(folder.path(), "/", kIdentityName,
                   " is missing, and the folder has a log with transactions"));
}

absl::Status WriteIdentity(const io::Folder& folder, const io::Uuid& store) {
  const std::string name = absl::StrCat(kIdentityName, ".tmp");
  absl::StatusOr<io::File> file =
      folder.Create(name, io::Folder::Writes::kBuffered);
  if (!file.ok()) return file.status();
  absl::Status status = file->WriteAt(0, TextOf(store));
  if (status.ok()) status = file->Sync();
  if (status.ok()) status = folder.Rename(name, kIdentityName);
  return status.ok() ? folder.Sync() : status;
}

}  // namespace orderstore::recovery
