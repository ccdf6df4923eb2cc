// The shell: reads commands, one a line, and hands each to its session.
//
//   Host host{.store = *store};
//   Output output(STDOUT_FILENO);
//   LineReader reader(STDIN_FILENO, /*stop=*/-1);
//   Shell shell(host, output);
//   std::optional<std::string> quit = shell.Run(reader);

#ifndef ORDERSTORE_TOOLS_SHELL_SHELL_H_
#define ORDERSTORE_TOOLS_SHELL_SHELL_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shell/conversation.h"
#include "shell/line_reader.h"
#include "shell/output.h"
#include "shell/session.h"

namespace orderstore::shell {

class Shell {
 public:
  // Both outlive the shell.
  Shell(Host& host, Output& output) : host_(host), output_(output) {}

  // Shows a prompt before each line, after the answer to the last.
  void ShowPrompt() { shows_prompt_ = true; }

  // Runs until `quit`, the end of input or a failed output. Then every command
  // has been answered but `quit`, and every transaction has ended. Returns the
  // name of the session that quit; none: nobody did.
  std::optional<std::string> Run(LineReader& reader);

 private:
  // The session of this name, which begins now if it has not yet; null: the
  // system has no thread for it.
  Session* SessionOf(std::string_view name);
  void Prompt();
  void EndSessions();

  Host& host_;
  Output& output_;
  bool shows_prompt_ = false;
  std::map<std::string, std::unique_ptr<Session>, std::less<>> sessions_;
  Session* asked_ = nullptr;  // got the last command
};

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_SHELL_H_
