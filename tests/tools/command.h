// Runs the command `orderstore` and tells what came of it.

#ifndef ORDERSTORE_TESTS_TOOLS_COMMAND_H_
#define ORDERSTORE_TESTS_TOOLS_COMMAND_H_

#include <sys/wait.h>

#include <cstdlib>
#include <ostream>
#include <string>
#include <string_view>

#include "csv/test_folder.h"

namespace orderstore {

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;

  friend void PrintTo(const Outcome& outcome, std::ostream* stream) {
    *stream << "exit code " << outcome.exit_code << "\n--- out\n"
            << outcome.out << "--- err\n"
            << outcome.err;
  }
};

// Runs a shell script, in which `$ORDERSTORE` is the command, in `folder`.
inline Outcome RunScript(const TestFolder& folder, std::string_view script) {
  const TestFolder streams;
  const std::string line = "cd '" + folder.path().string() +
                           "' && { ORDERSTORE='" ORDERSTORE_COMMAND "'; " +
                           std::string(script) + "\n} >" + (streams / "out") +
                           " 2>" + (streams / "err");
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, streams.Get("out"),
          streams.Get("err")};
}

// Runs `orderstore ARGUMENTS`, given to the shell, in `folder`.
inline Outcome RunCommand(const TestFolder& folder,
                          std::string_view arguments) {
  return RunScript(folder, "\"$ORDERSTORE\" " + std::string(arguments));
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_TOOLS_COMMAND_H_
