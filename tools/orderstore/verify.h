// `orderstore verify`: whether a store is sound, and what is wrong with it.

#ifndef ORDERSTORE_TOOLS_VERIFY_H_
#define ORDERSTORE_TOOLS_VERIFY_H_

#include "CLI/CLI.hpp"
#include "exit_code.h"

namespace orderstore::tools {

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddVerifyCommand(CLI::App& app, ExitCode& exit_code);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_VERIFY_H_
