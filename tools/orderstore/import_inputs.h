// The files that `process` and `import` read, and what both let be said about
// them on the command line.

#ifndef ORDERSTORE_TOOLS_IMPORT_INPUTS_H_
#define ORDERSTORE_TOOLS_IMPORT_INPUTS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "csv/duplicates.h"
#include "csv/import.h"
#include "csv/input.h"
#include "csv/rejects.h"
#include "orderstore/store.h"

namespace orderstore::tools {

struct ImportRequest {
  std::string orders;
  std::string barcodes;
  std::optional<std::string> customers;
  std::optional<std::string> rejects;
  size_t top = 5;
  csv::Duplicates duplicates = csv::Duplicates::kKeepFirst;
  bool strict = false;
  bool json = false;
};

// Adds arguments and options that fill in `request`, which outlives the parse.
void AddImportArguments(CLI::App& command, ImportRequest& request);

// What `--help` tells about the input and the reasons of rejects.
extern const char kInputHelp[];

struct ImportInputs {
  std::optional<csv::Input> customers;
  std::optional<csv::Input> orders;
  std::optional<csv::Input> barcodes;

  csv::Sources sources() {
    return {.customers = customers ? &*customers : nullptr,
            .orders = &*orders,
            .barcodes = &*barcodes};
  }
};

// InvalidArgument: more than one input is standard input.
absl::Status CheckStandardInput(const ImportRequest& request);

absl::Status OpenInputs(const ImportRequest& request, ImportInputs& inputs);

// Imports with progress on standard error. Cancelled: a caught signal came.
absl::StatusOr<csv::ImportReport> RunImport(const ImportRequest& request,
                                            const csv::Sources& sources,
                                            Store& store);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_IMPORT_INPUTS_H_
