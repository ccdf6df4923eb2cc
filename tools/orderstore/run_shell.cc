#include "run_shell.h"

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <new>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "argument.h"
#include "csv/system_error.h"
#include "interrupt.h"
#include "message.h"
#include "orderstore/logger.h"
#include "orderstore/store.h"
#include "shell/answer.h"
#include "shell/line_reader.h"
#include "shell/output.h"
#include "shell/shell.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

constexpr char kShellFooter[] = R"(
Reads one command a line and answers each with data lines, if there are any, and
one status line:
  ok [WORDS]        done; inside a transaction: not committed yet
  committed LSN     the transaction holds to the promised degree of durability
  error CODE TEXT   the command had no effect; CODE is exists, missing, used,
                    in-use, invalid, busy, io, full, corrupt, readonly, unknown
                    (whether the commit holds is not known), syntax or
                    no-transaction
`help` lists the commands, `help COMMAND` explains one. A write outside a
transaction is one of its own. A word with blanks, double quotes or backslashes
stands in double quotes: "Ann \"the\" Bee"; \n, \r and \xNN stand for bytes
there. Empty lines, and lines that begin with #, are passed over.

A line `NAME: COMMAND` runs the command in session NAME, which has a thread and
a transaction of its own; its answer has NAME: before each line. Sessions run at
the same time. Who waits 5 seconds for another's transaction gets `error busy`.

`quit`, the end of input, SIGINT and SIGTERM let the commands read before finish
and roll back what is open. At a terminal there is a prompt, and lines are
edited as the terminal does it; `rlwrap orderstore shell DIR` adds a history.

With --durability sync, the default, `committed` means that no crash takes the
transaction back. With async that is so some milliseconds later, or after
`sync`. `commit sync` and `commit async` choose for one transaction.

Standard error tells what happens to the store beside the answers: damaged
snapshots that were passed over, a snapshot in the background that failed, a log
that failed, a disk that is full and has room again. `stats prometheus` shows
its figures for Prometheus.

If the store cannot be opened, the only line is `error CODE TEXT`; of a damaged
one, `error corrupt FILE at OFFSET: TEXT`, or which file is missing. If standard
output fails, standard error tells, and the shell ends.

Exit codes: 0 quit or end of input; 1 the store cannot be opened or closed, or
standard input or output failed; 2 wrong usage; 3 the store is damaged; 4 its
format, or its revision of the schema, is not known to this program, which is
`error invalid`; SIGINT and SIGTERM end it as the signal does, after the store
is closed.

Examples:
  orderstore shell shop
  printf 'customer - ann@example.com Ann\ndump\n' | orderstore shell shop
)";

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const ShellOptions& options) {
  // Answers go to who asked; this is for who looks after the store.
  const Options store_options = {
      .durability = options.durability,
      .logger =
          NoticePrinter({NoticeKind::kSnapshotFailed,
                         NoticeKind::kOldFilesRemain, NoticeKind::kLogFailed,
                         NoticeKind::kDiskFull, NoticeKind::kRoomAgain})};
  return options.folder ? OpenToWrite(*options.folder, store_options)
                        : Store::OpenInMemory(store_options);
}

ExitCode PrintOutputError(const shell::Output& output, std::string_view after) {
  return PrintError(
      csv::SystemError(output.error(), "cannot write standard output"), after);
}

ExitCode Refuse(shell::Output& output, const shell::Answer& answer) {
  output.Write(answer.Line() + "\n");
  if (!output.has_failed()) return kFailed;
  return PrintOutputError(output, "it was to be: " + answer.Line());
}

ExitCode RefuseStore(const ShellOptions& options, const absl::Status& status,
                     shell::Output& output) {
  Refuse(output, shell::Answer::Error(status));
  if (!absl::IsDataLoss(status) || !options.folder) {
    return FailureCodeOf(status);
  }
  PrintDamageAdvice(*options.folder);
  return kProblems;
}

// Closes the store and answers `quit`, if somebody quit.
ExitCode Close(std::unique_ptr<Store> store,
               const std::optional<std::string>& quit, shell::Output& output) {
  const absl::Status closed = store->Close();
  // Before the answer: who reads it can open the store.
  store.reset();
  if (quit) {
    shell::Reply(output, *quit)
        .End(closed.ok() ? shell::Answer::Ok() : shell::Answer::Error(closed));
  }
  if (closed.ok()) return kDone;
  return PrintError(closed, "what was committed and not durable may be lost");
}

ExitCode Serve(const ShellOptions& options, std::unique_ptr<Store> store,
               shell::Output& output) {
  shell::Host host{.store = *store,
                   .durability = options.durability,
                   .folder = options.folder.value_or("")};
  shell::LineReader reader(STDIN_FILENO, InterruptDescriptor());
  shell::Shell shell(host, output);
  if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) {
    shell.ShowPrompt();
  }
  const std::optional<std::string> quit = shell.Run(reader);
  const ExitCode code = Close(std::move(store), quit, output);
  if (code != kDone) return code;
  if (reader.error() != 0) {
    return PrintError(
        csv::SystemError(reader.error(), "cannot read standard input"),
        "what was open is rolled back");
  }
  if (output.has_failed()) {
    return PrintOutputError(
        output,
        "what was answered with `committed` before is committed, a command "
        "whose answer could not be written may be, and what was open is rolled "
        "back");
  }
  return quit || CaughtSignal() == 0 ? kDone : kInterrupted;
}

}  // namespace

ExitCode RunShell(const ShellOptions& options) {
  // A reader that goes away shows as a failed write.
  signal(SIGPIPE, SIG_IGN);
  shell::Output output(STDOUT_FILENO);
  try {
    absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(options);
    if (!store.ok()) {
      return RefuseStore(options, store.status(), output);
    }
    CatchInterrupts();
    return Serve(options, *std::move(store), output);
  } catch (const std::bad_alloc&) {
    return Refuse(
        output, shell::Answer::Error(shell::ErrorCode::kFull, "out of memory"));
  }
}

void AddShellCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<ShellOptions>();
  CLI::App* const command = app.add_subcommand(
      "shell",
      "Operate a store by lines of text: from a terminal, a pipe or a script.");
  command
      ->add_option("DIR", options->folder,
                   "Folder of the store, made if it is missing; without it "
                   "the store\nlives in memory only")
      ->transform(FolderPath());
  command
      ->add_option("--durability", options->durability,
                   "What a commit waits for (sync)")
      ->option_text("sync|async")
      ->transform(OneOf({{"sync", static_cast<int>(Durability::kSync)},
                         {"async", static_cast<int>(Durability::kAsync)}}));
  command->footer(kShellFooter);
  command->callback([options, &exit_code] { exit_code = RunShell(*options); });
}

}  // namespace orderstore::tools
