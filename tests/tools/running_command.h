// The command `orderstore` while it runs, for tests that do something to it
// meanwhile.
//
//   RunningCommand command(folder, "import shop --from 'postgresql://'");
//   ...
//   command.Signal(SIGINT);
//   EXPECT_EQ(command.Wait().exit_code, 128 + SIGINT);

#ifndef ORDERSTORE_TESTS_TOOLS_RUNNING_COMMAND_H_
#define ORDERSTORE_TESTS_TOOLS_RUNNING_COMMAND_H_

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "csv/test_folder.h"
#include "gtest/gtest.h"
#include "tools/command.h"
#include "wait_until.h"

namespace orderstore {

class RunningCommand {
 public:
  // `orderstore ARGUMENTS`, given to the shell, in `folder`. Standard error
  // goes to the file `err_path`, if that is not empty.
  RunningCommand(const TestFolder& folder, const std::string& arguments,
                 const std::string& err_path = "") {
    const std::string line = "cd '" + folder.path().string() +
                             "' && exec '" ORDERSTORE_COMMAND "' " + arguments +
                             " >" + (streams_ / "out") + " 2>" +
                             (err_path.empty() ? streams_ / "err" : err_path);
    pid_ = fork();
    if (pid_ != 0) return;
    // Whoever runs the tests may ignore it.
    signal(SIGINT, SIG_DFL);
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;
  ~RunningCommand() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void Signal(int signal) const {
    if (pid_ > 0) kill(pid_, signal);
  }

  // Whether SIGINT is a wish to it by now.
  bool CatchesInterrupts() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    // The shell, before it becomes the command, may catch it too.
    bool is_command = false;
    for (std::string line; std::getline(status, line);) {
      is_command |= line == "Name:\torderstore";
      if (!line.starts_with("SigCgt:")) continue;
      const uint64_t caught = std::stoull(line.substr(7), nullptr, 16);
      return is_command && (caught >> (SIGINT - 1) & 1) == 1;
    }
    return false;
  }

  // Of one that is stopped: it is on its way out of this system call.
  bool IsIn(long system_call) const {
    std::ifstream current("/proc/" + std::to_string(pid_) + "/syscall");
    long number = -1;
    return current >> number && number == system_call;
  }

  // Stops it, until SIGCONT, as soon as `is_so`. False: it has ended before.
  template <typename IsSo>
  bool StopWhen(IsSo is_so) {
    while (!is_so()) {
      if (HasEnded(WNOHANG)) return false;
    }
    Signal(SIGSTOP);
    return !HasEnded(WUNTRACED);
  }

  // What came of it once it has ended; its exit code is 128 more than the
  // signal that ended it, if one did.
  Outcome Wait() {
    EXPECT_TRUE(WaitUntil([&] { return HasEnded(WNOHANG); }))
        << "the command does not end";
    return {
        WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_),
        streams_.Get("out"), streams_.Has("err") ? streams_.Get("err") : ""};
  }

 private:
  bool HasEnded(int options) {
    if (pid_ > 0 && waitpid(pid_, &status_, options) == pid_ &&
        !WIFSTOPPED(status_)) {
      pid_ = -1;
    }
    return pid_ < 0;
  }

  const TestFolder streams_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_TOOLS_RUNNING_COMMAND_H_
