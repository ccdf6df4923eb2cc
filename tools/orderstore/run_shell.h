// `orderstore shell`: a store, operated by lines of text.

#ifndef ORDERSTORE_TOOLS_RUN_SHELL_H_
#define ORDERSTORE_TOOLS_RUN_SHELL_H_

#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "exit_code.h"
#include "orderstore/options.h"

namespace orderstore::tools {

struct ShellOptions {
  Durability durability = Durability::kSync;
  std::optional<std::string> folder;  // none: in memory
};

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddShellCommand(CLI::App& app, ExitCode& exit_code);

// Answers the commands on standard input until `quit`, the end of input or a
// signal.
ExitCode RunShell(const ShellOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_RUN_SHELL_H_
