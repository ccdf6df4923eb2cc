#include "recovery/identity.h"

#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "io/checksum.h"

namespace orderstore::recovery {
namespace {

constexpr int64_t kBytesMax = 4096;
constexpr char kFirstLine[] = "orderstore store, format ";
constexpr char kFormat[] = "1";

std::string TextOf(const io::Uuid& store) {
  std::string text =
      absl::StrCat(kFirstLine, kFormat, "\nuuid ", store.ToString(), "\n");
  absl::StrAppendFormat(&text, "checksum %016x\n", io::Checksum(text));
  return text;
}

}  // namespace

absl::StatusOr<std::optional<io::Uuid>> ReadIdentity(const io::Folder& folder) {
  absl::StatusOr<io::File> file = folder.OpenToRead(kIdentityName);
  if (absl::IsNotFound(file.status())) return std::optional<io::Uuid>();
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> text = file->ReadAll(kBytesMax);
  if (!text.ok()) return text.status();
  const std::string begin = absl::StrCat(kFirstLine, kFormat, "\nuuid ");
  if (text->compare(0, begin.size(), begin) == 0 &&
      text->size() > begin.size() + 36) {
    const std::optional<io::Uuid> store =
        io::Uuid::Parse(std::string_view(*text).substr(begin.size(), 36));
    if (store && *text == TextOf(*store)) return store;
  }
  // Of another format, if all but the number is as it should be.
  const size_t end = text->find('\n');
  const std::string line = text->substr(0, end);
  if (line.compare(0, sizeof kFirstLine - 1, kFirstLine) == 0 &&
      line != absl::StrCat(kFirstLine, kFormat) && end != text->npos) {
    const size_t checksum = text->rfind("checksum ");
    if (checksum != text->npos &&
        text->substr(checksum) ==
            absl::StrFormat("checksum %016x\n",
                            io::Checksum(text->substr(0, checksum)))) {
      return absl::FailedPreconditionError(absl::StrCat(
          file->path(), " is of format ", line.substr(sizeof kFirstLine - 1),
          ", and this program reads ", kFormat,
          "; open it with the program that wrote it"));
    }
  }
  return absl::DataLossError(absl::StrCat(
      file->path(), " is damaged: it should hold format, UUID and checksum"));
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
