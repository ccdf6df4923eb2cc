// What the command says: results on standard output, all else on standard
// error.

#ifndef ORDERSTORE_TOOLS_MESSAGE_H_
#define ORDERSTORE_TOOLS_MESSAGE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "exit_code.h"

namespace orderstore::tools {

// `1 row`, `2 rows`.
std::string Counted(int64_t count, std::string_view one, std::string_view many);

// One line on standard error, without passwords.
void PrintMessage(std::string_view line);

// kSchema if a program of another version helps (UnknownFormat,
// SchemaMismatch), else kFailed.
ExitCode FailureCodeOf(const absl::Status& status);

// `orderstore: MESSAGE; AFTER`, where `after` says what holds now, and a hint
// what to do about this error of the system, if there is one. Returns
// FailureCodeOf.
ExitCode PrintError(const absl::Status& status, std::string_view after);

// The same about the store in `folder`. If that is damaged, DataLoss, returns
// kProblems after a line of advice.
ExitCode PrintStoreError(const absl::Status& status, const std::string& folder,
                         std::string_view after);

// The same about a copy of a store. If that proves to be wrong, DataLoss,
// returns kProblems.
ExitCode PrintCopyError(const absl::Status& status, std::string_view after);

// What to do about the store in `folder`, which is damaged.
void PrintDamageAdvice(const std::string& folder);

// The same as PrintError where a caught signal ended the work. Returns
// kInterrupted.
ExitCode PrintInterrupted(std::string_view after);

// Results on standard output. Returns kFailed, with a message that ends with
// `after`, if they cannot be written.
ExitCode PrintResult(std::string_view text, std::string_view after);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_MESSAGE_H_
