// The command `orderstore`: one subcommand a file.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <exception>
#include <iterator>
#include <new>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "archive.h"
#include "backup.h"
#include "exit_code.h"
#include "export.h"
#include "generate.h"
#include "import.h"
#include "interrupt.h"
#include "log.h"
#include "message.h"
#include "migrate.h"
#include "orders.h"
#include "password.h"
#include "process.h"
#include "report.h"
#include "run_shell.h"
#include "salvage.h"
#include "snapshot.h"
#include "stats.h"
#include "unassigned.h"
#include "usage_error.h"
#include "verify.h"

namespace orderstore::tools {

namespace {

// Opens the null device in place of standard streams that are closed, so that
// no file gets the number of one and, with it, what is printed. Opened the
// wrong way round: to use a stream that is closed stays an error.
bool OpenMissingStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest free number: that of this stream.
    const int mode = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) != stream) return false;
  }
  return true;
}

ExitCode Run(int argc, char** argv) {
  ExitCode exit_code = kDone;
  CLI::App app("Orders, their customers and their barcodes.", "orderstore");
  app.set_version_flag("--version", "orderstore " ORDERSTORE_VERSION);
  app.require_subcommand(1);
  AddProcessCommand(app, exit_code);
  AddImportCommand(app, exit_code);
  AddReportCommand(app, exit_code);
  AddOrdersCommand(app, exit_code);
  AddUnassignedCommand(app, exit_code);
  AddShellCommand(app, exit_code);
  AddStatsCommand(app, exit_code);
  AddSnapshotCommand(app, exit_code);
  AddBackupCommand(app, exit_code);
  AddExportCommand(app, exit_code);
  AddArchiveCommand(app, exit_code);
  AddMigrateCommand(app, exit_code);
  AddLogCommand(app, exit_code);
  AddVerifyCommand(app, exit_code);
  AddSalvageCommand(app, exit_code);
  AddGenerateCommand(app, exit_code);
  app.footer(
      "\n`orderstore SUBCOMMAND --help` tells more.\n"
      "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 damage, or another copy "
      "than it\nshould be, was found; 4 a format of files, or a revision of "
      "the schema, is not\nknown.");
  // As CLI11 takes them: the last one first.
  std::vector<std::string> arguments(std::make_reverse_iterator(argv + argc),
                                     std::make_reverse_iterator(argv + 1));
  HidePasswords(argc, argv);
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::Success& wish) {
    std::ostringstream text;
    app.exit(wish, text);
    return PrintResult(text.str(), "nothing was done");
  } catch (const CLI::ParseError& error) {
    PrintMessage(UsageMessage(app, error));
    return kUsage;
  }
  return exit_code;
}

}  // namespace

}  // namespace orderstore::tools

int main(int argc, char** argv) {
  using orderstore::tools::kFailed;
  using orderstore::tools::PrintMessage;
  if (!orderstore::tools::OpenMissingStreams()) return kFailed;
  // Under a limit of file sizes, a write that would pass it is an error that
  // says so, and not the end without a word.
  signal(SIGXFSZ, SIG_IGN);
  try {
    const auto code = orderstore::tools::Run(argc, argv);
    if (code == orderstore::tools::kInterrupted) {
      orderstore::tools::EndBySignal();
    }
    return code;
  } catch (const std::bad_alloc&) {
    PrintMessage("orderstore: out of memory; nothing more was written");
  } catch (const std::exception& error) {
    PrintMessage(std::string("orderstore: ") + error.what());
  }
  return kFailed;
}
