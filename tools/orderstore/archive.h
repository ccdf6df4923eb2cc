// `orderstore archive`: older orders out of a store, into a store or a script
// of their own.

#ifndef ORDERSTORE_TOOLS_ARCHIVE_H_
#define ORDERSTORE_TOOLS_ARCHIVE_H_

#include "CLI/CLI.hpp"
#include "exit_code.h"

namespace orderstore::tools {

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddArchiveCommand(CLI::App& app, ExitCode& exit_code);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_ARCHIVE_H_
