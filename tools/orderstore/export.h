// What `orders` and `unassigned` have in common: rows of a store as CSV, to a
// file or to standard output.

#ifndef ORDERSTORE_TOOLS_EXPORT_H_
#define ORDERSTORE_TOOLS_EXPORT_H_

#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "csv/output_file.h"
#include "exit_code.h"
#include "orderstore/store.h"

namespace orderstore::tools {

struct ExportOptions {
  std::string folder;
  std::optional<std::string> output;  // none: standard output
};

// Writes what the store holds to the file.
using WriteRows = absl::Status (*)(const Store& store, csv::OutputFile& file);

// Adds a subcommand that exports with `write`.
void AddExportCommand(CLI::App& app, ExitCode& exit_code,
                      const std::string& name, const std::string& description,
                      const std::string& footer, WriteRows write);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_EXPORT_H_
