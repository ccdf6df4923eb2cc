// `orderstore generate`: sample data for `orderstore process`.

#ifndef ORDERSTORE_TOOLS_GENERATE_H_
#define ORDERSTORE_TOOLS_GENERATE_H_

#include <string>

#include "CLI/CLI.hpp"
#include "exit_code.h"
#include "sample_data.h"

namespace orderstore::tools {

struct GenerateOptions {
  SampleShape shape;
  std::string folder;
  bool json = false;
};

// Adds the subcommand to `app`; when it is given, it runs and sets `exit_code`.
// `app` and `exit_code` outlive the parse.
void AddGenerateCommand(CLI::App& app, ExitCode& exit_code);

// Writes customers.csv, orders.csv and barcodes.csv into the folder, which is
// new or empty.
ExitCode Generate(const GenerateOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_GENERATE_H_
