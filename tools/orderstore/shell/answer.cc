#include "shell/answer.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "csv/text.h"
#include "orderstore/schema_revision.h"
#include "shell/words.h"

namespace orderstore::shell {

namespace {

// Messages quote values of at most some kilobytes.
constexpr size_t kTextBytesMax = 4096;

// The library tells where damage is as `FILE at offset N: ...`; here that is
// `FILE at N: ...`, the file's name as a word.
std::string DamageText(std::string_view message) {
  constexpr std::string_view kAt = " at offset ";
  const size_t at = message.find(kAt);
  const size_t digits = at + kAt.size();
  if (at == message.npos || digits >= message.size() ||
      std::isdigit(static_cast<unsigned char>(message[digits])) == 0) {
    return std::string(message);
  }
  std::string text;
  AppendWord(message.substr(0, at), text);
  text += " at ";
  text += message.substr(digits);
  return text;
}

}  // namespace

std::string_view NameOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kExists:
      return "exists";
    case ErrorCode::kMissing:
      return "missing";
    case ErrorCode::kUsed:
      return "used";
    case ErrorCode::kInUse:
      return "in-use";
    case ErrorCode::kInvalid:
      return "invalid";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kFull:
      return "full";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kReadonly:
      return "readonly";
    case ErrorCode::kUnknown:
      return "unknown";
    case ErrorCode::kSyntax:
      return "syntax";
    case ErrorCode::kNoTransaction:
      return "no-transaction";
  }
  return "";
}

ErrorCode CodeOf(const absl::Status& status) {
  // To wait for it would not help.
  if (IsUnknownFormat(status) || IsSchemaMismatch(status)) {
    return ErrorCode::kInvalid;
  }
  switch (status.code()) {
    case absl::StatusCode::kAlreadyExists:
      return ErrorCode::kExists;
    case absl::StatusCode::kNotFound:
      return ErrorCode::kMissing;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDeadlineExceeded:
      return ErrorCode::kBusy;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kUnimplemented:
      return ErrorCode::kInvalid;
    case absl::StatusCode::kResourceExhausted:
      return ErrorCode::kFull;
    case absl::StatusCode::kDataLoss:
      return ErrorCode::kCorrupt;
    case absl::StatusCode::kPermissionDenied:
      return ErrorCode::kReadonly;
    case absl::StatusCode::kUnknown:
      return ErrorCode::kUnknown;
    default:
      return ErrorCode::kIo;
  }
}

Answer Answer::Committed(Lsn lsn, std::string_view words) {
  std::string text = std::to_string(lsn);
  if (!words.empty()) absl::StrAppend(&text, " ", std::string(words));
  return Answer(/*is_error=*/false, "committed", std::move(text));
}

Answer Answer::Error(ErrorCode code, std::string_view text) {
  std::string words(NameOf(code));
  if (!text.empty()) {
    absl::StrAppend(&words, " ", csv::Printable(text, kTextBytesMax));
  }
  return Answer(/*is_error=*/true, "error", std::move(words));
}

Answer Answer::Error(const absl::Status& status) {
  const std::string_view message(status.message().data(),
                                 status.message().size());
  return Error(CodeOf(status), absl::IsDataLoss(status) ? DamageText(message)
                                                        : std::string(message));
}

std::string Answer::Line() const {
  std::string line(first_);
  if (!words_.empty()) absl::StrAppend(&line, " ", words_);
  return line;
}

}  // namespace orderstore::shell
