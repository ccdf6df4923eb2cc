// `orderstore process`: the order processor's main job, files in to files out.

#ifndef ORDERSTORE_TOOLS_PROCESS_H_
#define ORDERSTORE_TOOLS_PROCESS_H_

#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "exit_code.h"
#include "import_inputs.h"

namespace orderstore::tools {

struct ProcessOptions {
  ImportRequest request;
  std::string output = "processed_orders.csv";
  std::optional<std::string> unassigned;
};

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddProcessCommand(CLI::App& app, ExitCode& exit_code);

// Imports the files into a store and writes what is asked for: results on
// standard output, rejects, warnings and sums on standard error.
ExitCode Process(const ProcessOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PROCESS_H_
