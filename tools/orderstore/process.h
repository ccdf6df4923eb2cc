// `orderstore process`: the order processor's main job, files in to files out.

#ifndef ORDERSTORE_TOOLS_PROCESS_H_
#define ORDERSTORE_TOOLS_PROCESS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "csv/duplicates.h"
#include "exit_code.h"

namespace orderstore::tools {

struct ProcessOptions {
  std::string orders;
  std::string barcodes;
  std::optional<std::string> customers;
  std::string output = "processed_orders.csv";
  std::optional<std::string> rejects;
  std::optional<std::string> unassigned;
  size_t top = 5;
  csv::Duplicates duplicates = csv::Duplicates::kKeepFirst;
  bool strict = false;
  bool json = false;
};

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddProcessCommand(CLI::App& app, ExitCode& exit_code);

// Imports the files into a store and writes what is asked for: results on
// standard output, rejects, warnings and sums on standard error.
ExitCode Process(const ProcessOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PROCESS_H_
