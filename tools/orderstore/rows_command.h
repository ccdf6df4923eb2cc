// What `orders`, `unassigned` and `export` have in common: the rows of a store
// as text, to a file or to standard output.

#ifndef ORDERSTORE_TOOLS_ROWS_COMMAND_H_
#define ORDERSTORE_TOOLS_ROWS_COMMAND_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "csv/output_file.h"
#include "exit_code.h"
#include "orderstore/store.h"

namespace orderstore::tools {

struct RowsOptions {
  std::string folder;
  std::optional<std::string> output;  // none: standard output
};

// Writes what the store holds to the file.
using WriteRows =
    std::function<absl::Status(const Store& store, csv::OutputFile& file)>;

// Opens the store to read, and writes with `write` to the output that the
// option `output_option` has named.
ExitCode WriteStore(const RowsOptions& options, const std::string& command,
                    std::string_view output_option, const WriteRows& write);

// Adds a subcommand that does no more than that.
void AddRowsCommand(CLI::App& app, ExitCode& exit_code, const std::string& name,
                    const std::string& description, const std::string& footer,
                    const WriteRows& write);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_ROWS_COMMAND_H_
