#include "rows_command.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "argument.h"
#include "interrupt.h"
#include "message.h"
#include "outputs.h"
#include "store_opening.h"
#include "usage_error.h"

namespace orderstore::tools {

namespace {

constexpr std::string_view kNothingWritten = "nothing was written";

constexpr char kRowsFooter[] = R"(
Reads the newest durable state, also while another process writes to the store,
and changes nothing. --output appears whole or not at all, readable by its owner
only, and not in the store's folder. SIGINT and SIGTERM end the command with
nothing in --output.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged; 4 its
format, or its revision of the schema, is not known.
)";

absl::StatusOr<csv::OutputFile> OpenOutput(const RowsOptions& options) {
  return options.output ? csv::OutputFile::Create(*options.output)
                        : csv::OutputFile::ToStandardOutput();
}

ExitCode Write(const RowsOptions& options, const WriteRows& write) {
  absl::StatusOr<csv::OutputFile> file = OpenOutput(options);
  if (!file.ok()) return PrintError(file.status(), kNothingWritten);
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, kNothingWritten);
  }
  // What reaches standard output cannot be taken back.
  const std::string_view after =
      options.output ? kNothingWritten : "what was written is not complete";
  absl::Status status = write(**store, *file);
  if (status.ok() && options.output && CaughtSignal() != 0) {
    return PrintInterrupted(after);
  }
  if (status.ok()) status = file->Publish();
  return status.ok() ? kDone : PrintError(status, after);
}

}  // namespace

ExitCode WriteStore(const RowsOptions& options, const std::string& command,
                    std::string_view output_option, const WriteRows& write) {
  const NamedOutput output = {output_option, options.output};
  absl::Status status = CheckFilesDiffer({}, {&output, 1});
  status.Update(CheckOutsideStore(output, options.folder));
  if (!status.ok()) {
    PrintMessage(
        UsageMessage({status.message().data(), status.message().size()},
                     "orderstore " + command));
    return kUsage;
  }
  if (options.output) CatchInterrupts();
  return Write(options, write);
}

void AddRowsCommand(CLI::App& app, ExitCode& exit_code, const std::string& name,
                    const std::string& description, const std::string& footer,
                    const WriteRows& write) {
  auto options = std::make_shared<RowsOptions>();
  CLI::App* const command = app.add_subcommand(name, description);
  command
      ->add_option("DIR", options->folder,
                   "Folder of the store, or NAME.snapshot, a snapshot file")
      ->required()
      ->transform(FolderPath());
  command
      ->add_option("--output", options->output,
                   "Where it goes (standard output)")
      ->option_text("FILE")
      ->transform(OutputPath());
  command->footer(footer + kRowsFooter);
  command->callback([options, &exit_code, name, write] {
    exit_code = WriteStore(*options, name, "--output", write);
  });
}

}  // namespace orderstore::tools
