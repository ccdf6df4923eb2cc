// `orderstore log`: what a store's transactions changed.

#ifndef ORDERSTORE_TOOLS_LOG_H_
#define ORDERSTORE_TOOLS_LOG_H_

#include <cstdint>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "exit_code.h"

namespace orderstore::tools {

struct LogOptions {
  std::string folder;
  std::optional<uint64_t> from;
  std::optional<uint64_t> to;
  bool json = false;
};

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddLogCommand(CLI::App& app, ExitCode& exit_code);

// Prints the transactions on standard output.
ExitCode PrintLog(const LogOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_LOG_H_
