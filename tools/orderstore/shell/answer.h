// The last line of a reply: the status line.

#ifndef ORDERSTORE_TOOLS_SHELL_ANSWER_H_
#define ORDERSTORE_TOOLS_SHELL_ANSWER_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "orderstore/ids.h"

namespace orderstore::shell {

// What an error reply tells a script; NameOf gives the word.
enum class ErrorCode {
  kExists,         // the id, the email or the value is taken
  kMissing,        // no such row, or fewer than asked for
  kUsed,           // the barcode is used
  kInUse,          // something refers to the row, or the barcode is on an order
  kInvalid,        // a value that no row can have; a folder that is no store,
                   // or one that a program of another version reads
  kBusy,           // another transaction is in the way
  kIo,             // the file system or the log has failed
  kFull,           // no memory, no ids or no disk space left
  kCorrupt,        // something is damaged
  kReadonly,       // a write in a read view
  kUnknown,        // whether the commit holds is not known
  kSyntax,         // no command of the shell
  kNoTransaction,  // commit or rollback without one
};

std::string_view NameOf(ErrorCode code);

// The one place where the library's codes become the shell's.
// FailedPrecondition has no code of its own: where a command can meet it, it
// looks at the row first; what is left are conflicts with another process or
// another transaction, and files of a format or a schema revision that is not
// known.
ErrorCode CodeOf(const absl::Status& status);

class Answer {
 public:
  static Answer Ok(std::string words = {}) {
    return Answer(/*is_error=*/false, "ok", std::move(words));
  }
  static Answer Committed(Lsn lsn, std::string_view words = {});
  // `text` may hold anything: it is made fit for one line.
  static Answer Error(ErrorCode code, std::string_view text);
  // `status` is not OK.
  static Answer Error(const absl::Status& status);

  bool is_error() const { return is_error_; }
  // What follows the first word.
  const std::string& words() const { return words_; }
  // Without a line end.
  std::string Line() const;

 private:
  Answer(bool is_error, std::string_view first, std::string words)
      : is_error_(is_error), first_(first), words_(std::move(words)) {}

  bool is_error_;
  std::string_view first_;  // of a constant
  std::string words_;
};

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_ANSWER_H_
