#include "message.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "csv/system_error.h"
#include "csv/text.h"
#include "orderstore/schema_revision.h"
#include "password.h"

namespace orderstore::tools {

namespace {

std::string_view HintFor(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "; check the path";
    case EACCES:
    case EPERM:
      return "; check the permissions of the file and its folder";
    case EISDIR:
      return "; name a file, not a folder";
    case EROFS:
      return "; its file system is read-only: name a file elsewhere";
    case ENOSPC:
      return "; free some space there or name a file elsewhere";
    case EDQUOT:
      return "; your disk quota is used up: delete some files";
    case EFBIG:
      return "; raise `ulimit -f`, the limit of file sizes, or name a file "
             "elsewhere";
    case EMFILE:
      return "; raise `ulimit -n`, the limit of open files";
    default:
      return "";
  }
}

}  // namespace

std::string Counted(int64_t count, std::string_view one,
                    std::string_view many) {
  return absl::StrCat(count, " ", std::string(count == 1 ? one : many));
}

void PrintMessage(std::string_view line) {
  // Names of others are no commands to a terminal.
  const std::string text =
      csv::Printable(WithoutPasswords(std::string(line)), SIZE_MAX) + '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

ExitCode FailureCodeOf(const absl::Status& status) {
  return IsUnknownFormat(status) || IsSchemaMismatch(status) ? kSchema
                                                             : kFailed;
}

ExitCode PrintError(const absl::Status& status, std::string_view after) {
  PrintMessage(absl::StrCat("orderstore: ", status.message(), "; ",
                            std::string(after),
                            std::string(HintFor(csv::ErrnoOf(status)))));
  return FailureCodeOf(status);
}

ExitCode PrintStoreError(const absl::Status& status, const std::string& folder,
                         std::string_view after) {
  const ExitCode code = PrintError(status, after);
  if (!absl::IsDataLoss(status)) return code;
  PrintDamageAdvice(folder);
  return kProblems;
}

ExitCode PrintCopyError(const absl::Status& status, std::string_view after) {
  const ExitCode code = PrintError(status, after);
  return absl::IsDataLoss(status) ? kProblems : code;
}

void PrintDamageAdvice(const std::string& folder) {
  const std::string name = csv::Printable(folder);
  if (folder.ends_with(".snapshot")) {
    PrintMessage(
        absl::StrCat("orderstore: another snapshot, or the store that ", name,
                     " is of, has its rows"));
    return;
  }
  PrintMessage(absl::StrCat("orderstore: `orderstore verify ", name,
                            "` lists all that is damaged; `orderstore salvage ",
                            name, " NEWDIR` saves what can be proven"));
}

ExitCode PrintInterrupted(std::string_view after) {
  PrintMessage(absl::StrCat("orderstore: interrupted; ", std::string(after)));
  return kInterrupted;
}

ExitCode PrintResult(std::string_view text, std::string_view after) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
      std::fflush(stdout) == 0) {
    return kDone;
  }
  return PrintError(csv::SystemError(errno, "cannot write the results"), after);
}

}  // namespace orderstore::tools
