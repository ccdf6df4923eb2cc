// The files that a command writes: none takes the place of another that the
// command reads or writes, and all appear when all are complete.

#ifndef ORDERSTORE_TOOLS_OUTPUTS_H_
#define ORDERSTORE_TOOLS_OUTPUTS_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "csv/output_file.h"
#include "exit_code.h"
#include "import_inputs.h"

namespace orderstore::tools {

struct NamedOutput {
  std::string_view option;  // as `--output`
  std::optional<std::string> path;
};

// InvalidArgument: an output is an input, another output, or where a standard
// stream goes.
absl::Status CheckFilesDiffer(const ImportInputs& inputs,
                              std::span<const NamedOutput> outputs);

// InvalidArgument: the output would be in the folder of `store`, which is that
// folder or one of its snapshot files.
absl::Status CheckOutsideStore(const NamedOutput& output,
                               const std::string& store);

// InvalidArgument: the new folder, the argument `name`, is the store's folder
// or in it.
absl::Status CheckFolderOutsideStore(std::string_view name,
                                     const std::string& new_folder,
                                     const std::string& store);

// Makes a folder for its owner alone, or finds it empty. FailedPrecondition: it
// has files, or is none.
absl::Status MakeEmptyFolder(const std::string& path);

absl::Status CreateOutput(const std::optional<std::string>& path,
                          std::optional<csv::OutputFile>& output);

// Puts the outputs that there are in place. On an error, says which already
// are.
ExitCode PublishOutputs(std::span<std::optional<csv::OutputFile>* const> files);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_OUTPUTS_H_
