#include "message.h"

#include <cerrno>
#include <cstdio>
#include <string>

namespace orderstore::tools {

namespace {

std::string_view HintFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return "; check the path";
    case absl::StatusCode::kPermissionDenied:
      return "; check its owner and permissions";
    case absl::StatusCode::kResourceExhausted:
      return "; free some space or memory and run the command again";
    default:
      return "";
  }
}

}  // namespace

void PrintMessage(std::string_view line) {
  const std::string text = std::string(line) + '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

ExitCode PrintError(const absl::Status& status, std::string_view after) {
  std::string line = "orderstore: ";
  line += std::string_view(status.message().data(), status.message().size());
  line += "; ";
  line += after;
  line += HintFor(status);
  PrintMessage(line);
  return kFailed;
}

ExitCode PrintResult(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
      std::fflush(stdout) == 0) {
    return kDone;
  }
  return PrintError(absl::ErrnoToStatus(errno, "cannot write the results"),
                    "the files are written");
}

}  // namespace orderstore::tools
