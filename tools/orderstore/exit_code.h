// How the command ends; the numbers are part of its interface.

#ifndef ORDERSTORE_TOOLS_EXIT_CODE_H_
#define ORDERSTORE_TOOLS_EXIT_CODE_H_

namespace orderstore::tools {

enum ExitCode : int {
  kDone = 0,      // also with rejected rows
  kFailed = 1,    // an error, or --strict and something to complain about
  kUsage = 2,     // the command line is wrong; nothing was done
  kProblems = 3,  // a store was found damaged, or a copy of it wrong
  kSchema = 4,    // files of a format, or a schema of a revision, that is not
                  // known or not the one needed

  // Not a status: main ends the process by the signal that asked for it.
  kInterrupted = -1,
};

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_EXIT_CODE_H_
