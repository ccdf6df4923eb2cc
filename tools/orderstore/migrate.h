// `orderstore migrate`: the revisions of a store's schema.

#ifndef ORDERSTORE_TOOLS_MIGRATE_H_
#define ORDERSTORE_TOOLS_MIGRATE_H_

#include "CLI/CLI.hpp"
#include "exit_code.h"

namespace orderstore::tools {

// Adds the subcommand to `app`; running it sets `exit_code`.
void AddMigrateCommand(CLI::App& app, ExitCode& exit_code);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_MIGRATE_H_
