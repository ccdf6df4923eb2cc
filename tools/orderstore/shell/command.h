// The commands of the shell.
//
//   Conversation conversation(host);
//   Answer answer = Execute(conversation, {"order", "-", "7"}, lines);

#ifndef ORDERSTORE_TOOLS_SHELL_COMMAND_H_
#define ORDERSTORE_TOOLS_SHELL_COMMAND_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "shell/answer.h"
#include "shell/conversation.h"
#include "shell/lines.h"

namespace orderstore::shell {

// The arguments: the words after the command's name.
using Words = std::span<const std::string>;

struct Command {
  std::string_view name;
  std::string_view arguments;  // as `help` shows them
  std::string_view help;       // what it does; lines of text
  size_t words_min;
  size_t words_max;
  Answer (*run)(Conversation& conversation, Words words, Lines& lines);
};

// By group: transactions, writes, reads, the store.
std::span<const Command> TransactionCommands();
std::span<const Command> WriteCommands();
std::span<const Command> ReadCommands();
std::span<const Command> StoreCommands();

// `quit` is the reader's business; it is here for `help`.
inline constexpr std::string_view kQuit = "quit";

// Runs the command that the words name, of which there is at least one.
Answer Execute(Conversation& conversation, Words words, Lines& lines);

// `error syntax`, with how the command of this name is written.
Answer Misused(std::string_view name);

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_COMMAND_H_
