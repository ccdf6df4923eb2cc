// A running `orderstore shell`, driven through pipes.
//
//   ShellProcess shell({"shop"}, folder);
//   shell.Send("a: begin");
//   EXPECT_EQ(shell.Reply("a"), "ok\n");
//   EXPECT_EQ(shell.Ask("customer - ann@x Ann"), "committed 1 1\n");
//
// A reply that does not come within a minute ends the test's process.

#ifndef ORDERSTORE_TESTS_TOOLS_SHELL_PROCESS_H_
#define ORDERSTORE_TESTS_TOOLS_SHELL_PROCESS_H_

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv/test_folder.h"

namespace orderstore {

class ShellProcess {
 public:
  // Runs `orderstore shell ARGUMENTS...` in `folder`.
  ShellProcess(const std::vector<std::string>& arguments,
               const TestFolder& folder) {
    std::array<int, 2> in;
    std::array<int, 2> out;
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
      std::abort();
    }
    // A shell that has ended shows as a missing reply.
    signal(SIGPIPE, SIG_IGN);
    std::vector<char*> argv = {const_cast<char*>("orderstore"),
                               const_cast<char*>("shell")};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      signal(SIGPIPE, SIG_DFL);
      if (chdir(folder.path().c_str()) != 0) _exit(127);
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      execv(ORDERSTORE_COMMAND, argv.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_ = in[1];
    from_ = out[0];
  }
  ShellProcess(const ShellProcess&) = delete;
  ShellProcess& operator=(const ShellProcess&) = delete;
  ~ShellProcess() {
    EndInput();
    CloseOutput();
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      Wait();
    }
  }

  pid_t pid() const { return pid_; }

  // Writes a line; the text itself may hold several.
  void Send(std::string_view line) { Write(std::string(line) + "\n"); }
  void Write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = write(to_, text.data(), text.size());
      if (written <= 0) return;
      text.remove_prefix(static_cast<size_t>(written));
    }
  }

  // The session's next reply: data lines and status line, without its name.
  // What has come when the output ends.
  std::string Reply(const std::string& session = "") {
    std::string reply;
    while (true) {
      std::deque<std::string>& lines = lines_[session];
      while (lines.empty()) {
        if (!ReadLine()) return reply + "(end)";
      }
      const std::string line = lines.front();
      lines.pop_front();
      reply += line + "\n";
      if (IsStatus(line)) return reply;
    }
  }

  // Sends a command and returns its reply.
  std::string Ask(const std::string& command, const std::string& session = "") {
    Send(session.empty() ? command : session + ": " + command);
    return Reply(session);
  }

  void EndInput() {
    if (to_ >= 0) close(to_);
    to_ = -1;
  }
  void CloseOutput() {
    if (from_ >= 0) close(from_);
    from_ = -1;
  }

  // Ends the input and returns all lines that had not been asked for.
  std::string Rest() {
    EndInput();
    while (ReadLine()) {
    }
    std::string rest;
    for (auto& [session, lines] : lines_) {
      for (const std::string& line : lines) {
        rest += (session.empty() ? "" : session + ": ") + line + "\n";
      }
      lines.clear();
    }
    return rest;
  }

  void Kill(int signal) { kill(pid_, signal); }
  // The status as of waitpid.
  int Wait() {
    int status = -1;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }
  // Of one that ended by itself; else -1.
  int ExitCode() {
    EndInput();
    const int status = Wait();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // The next line of any session as it stands; none at the end. Not together
  // with Reply.
  std::optional<std::string> NextLine() {
    constexpr int kMinuteMs = 60'000;
    size_t end;
    while ((end = buffer_.find('\n')) == buffer_.npos) {
      pollfd ready{.fd = from_, .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, kMinuteMs) == 0) {
        std::fprintf(stderr, "no reply within a minute\n");
        kill(pid_, SIGKILL);
        std::abort();
      }
      std::array<char, 4096> bytes;
      const ssize_t size = read(from_, bytes.data(), bytes.size());
      if (size <= 0) return std::nullopt;
      buffer_.append(bytes.data(), static_cast<size_t>(size));
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }

 private:
  static bool IsStatus(const std::string& line) {
    const std::string word = line.substr(0, line.find(' '));
    return word == "ok" || word == "committed" || word == "error";
  }

  // Reads a line into its session's; false at the end.
  bool ReadLine() {
    const std::optional<std::string> line = NextLine();
    if (!line) return false;
    const size_t colon = line->find(": ");
    const bool has_name =
        colon != line->npos && line->find_first_of(" \"") > colon;
    if (has_name) {
      lines_[line->substr(0, colon)].push_back(line->substr(colon + 2));
    } else {
      lines_[""].push_back(*line);
    }
    return true;
  }

  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string buffer_;
  std::map<std::string, std::deque<std::string>> lines_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_TOOLS_SHELL_PROCESS_H_
