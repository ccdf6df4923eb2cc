#include "shell/command.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "shell/words.h"

namespace orderstore::shell {

namespace {

Answer Help(Conversation& conversation, Words words, Lines& lines);

Answer Quit(Conversation&, Words, Lines&) { return Answer::Ok(); }

constexpr std::array<Command, 2> kShellCommands = {{
    {"help", "[COMMAND]", "Lists the commands, or explains one.", 0, 1, Help},
    {kQuit, "",
     "Lets running commands finish, rolls back what is open, and leaves.", 0, 0,
     Quit},
}};

using Group = std::pair<std::string_view, std::span<const Command>>;

std::array<Group, 5> Groups() {
  return {{{"transactions", TransactionCommands()},
           {"writes", WriteCommands()},
           {"reads", ReadCommands()},
           {"the store", StoreCommands()},
           {"the shell", kShellCommands}}};
}

const Command* FindCommand(std::string_view name) {
  for (const auto& [title, commands] : Groups()) {
    for (const Command& command : commands) {
      if (command.name == name) return &command;
    }
  }
  return nullptr;
}

std::string Usage(const Command& command) {
  std::string usage(command.name);
  if (!command.arguments.empty()) {
    absl::StrAppend(&usage, " ", std::string(command.arguments));
  }
  return usage;
}

Answer NoSuchCommand(std::string_view name) {
  std::string text = "there is no command ";
  AppendWord(name, text);
  text += "; `help` lists them";
  return Answer::Error(ErrorCode::kSyntax, text);
}

// Every line of help is indented, so that none looks like a status line.
void AddHelp(const Command& command, Lines& lines) {
  lines.Add("  " + Usage(command));
  const absl::string_view help(command.help.data(), command.help.size());
  for (const absl::string_view line : absl::StrSplit(help, '\n')) {
    lines.Add(absl::StrCat("    ", line));
  }
}

Answer Help(Conversation&, Words words, Lines& lines) {
  if (!words.empty()) {
    const Command* const command = FindCommand(words[0]);
    if (command == nullptr) return NoSuchCommand(words[0]);
    AddHelp(*command, lines);
    return Answer::Ok();
  }
  for (const auto& [title, commands] : Groups()) {
    lines.Add("  " + std::string(title));
    for (const Command& command : commands) {
      lines.Add("    " + Usage(command));
    }
  }
  lines.Add("  `NAME: COMMAND` runs the command in session NAME.");
  lines.Add(
      "  Words with blanks stand in double quotes. `help COMMAND` tells "
      "more.");
  return Answer::Ok();
}

}  // namespace

Answer Misused(std::string_view name) {
  return Answer::Error(ErrorCode::kSyntax,
                       "it is written: " + Usage(*FindCommand(name)));
}

Answer Execute(Conversation& conversation, Words words, Lines& lines) {
  const Command* const command = FindCommand(words[0]);
  if (command == nullptr) return NoSuchCommand(words[0]);
  const Words arguments = words.subspan(1);
  if (arguments.size() < command->words_min ||
      arguments.size() > command->words_max) {
    return Misused(command->name);
  }
  return command->run(conversation, arguments, lines);
}

}  // namespace orderstore::shell
