// `orderstore unassigned`: the barcodes of a store that are not sold, as CSV.

#ifndef ORDERSTORE_TOOLS_UNASSIGNED_H_
#define ORDERSTORE_TOOLS_UNASSIGNED_H_

#include "CLI/CLI.hpp"
#include "exit_code.h"

namespace orderstore::tools {

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddUnassignedCommand(CLI::App& app, ExitCode& exit_code);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_UNASSIGNED_H_
