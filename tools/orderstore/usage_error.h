// What is said of a command line that is wrong.

#ifndef ORDERSTORE_TOOLS_USAGE_ERROR_H_
#define ORDERSTORE_TOOLS_USAGE_ERROR_H_

#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "exit_code.h"

namespace orderstore::tools {

// `orderstore: PROBLEM; nothing was done; COMMAND --help tells more`.
std::string UsageMessage(std::string_view problem, std::string_view command);

// Prints that of a problem that was found in the arguments later.
ExitCode PrintUsageError(const absl::Status& problem, std::string_view command);

// The message for an error that `app.parse` threw: what is wrong, with which
// argument, and what is allowed.
std::string UsageMessage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_USAGE_ERROR_H_
