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

// Runs `orderstore ARGUMENTS` in `folder`, with `input` written to the pipe
// `slow` meanwhile, which ends with the command, and sends it a signal as soon
// as it has begun to write an output file: after that a signal is a wish.
inline Outcome RunAndSignal(const TestFolder& folder,
                            std::string_view arguments, std::string_view input,
                            int signal) {
  // A shell runs what is in the background with SIGINT ignored; env gives it
  // back.
  return RunScript(folder,
                   "rm -f slow; mkfifo slow; exec 3<> slow; printf '" +
                       std::string(input) +
                       "' >&3; env --default-signal=INT \"$ORDERSTORE\" " +
                       std::string(arguments) +
                       " 3>&- & "
                       "until find /proc/$!/fd -lname '*deleted*' -o -lname "
                       "'*/.orderstore*' 2>/dev/null | grep -q . || "
                       "! [ -e /proc/$!/exe ]; do :; done; "
                       "kill -" +
                       std::to_string(signal) +
                       " $!; wait $!; code=$?; exec 3>&-; exit $code");
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_TOOLS_COMMAND_H_
