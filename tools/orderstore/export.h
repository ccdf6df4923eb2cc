// `orderstore export`: a store for PostgreSQL, as SQL or CSV.

#ifndef ORDERSTORE_TOOLS_EXPORT_H_
#define ORDERSTORE_TOOLS_EXPORT_H_

#include "CLI/CLI.hpp"
#include "exit_code.h"

namespace orderstore::tools {

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddExportCommand(CLI::App& app, ExitCode& exit_code);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_EXPORT_H_
