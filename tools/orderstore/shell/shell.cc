#include "shell/shell.h"

#include <system_error>
#include <utility>

#include "shell/command.h"
#include "shell/words.h"

namespace orderstore::shell {

namespace {

// At a prompt, so long is waited for an answer before the next line can be
// typed: one for another session, if this one waits for it.
constexpr std::chrono::milliseconds kAnswerWait(300);

ParsedCommand Parse(LineReader::Outcome outcome, std::string_view command) {
  if (outcome == LineReader::Outcome::kTooLong) {
    return absl::InvalidArgumentError(
        "the line is longer than " + std::to_string(LineReader::kLineBytesMax) +
        " bytes");
  }
  return ParseWords(command);
}

bool IsQuit(const ParsedCommand& command) {
  return command.ok() && command->size() == 1 && command->front() == kQuit;
}

}  // namespace

std::optional<std::string> Shell::Run(LineReader& reader) {
  std::optional<std::string> quit;
  std::string text;
  while (!quit && !output_.has_failed()) {
    Prompt();
    const LineReader::Outcome outcome = reader.Next(text);
    if (outcome == LineReader::Outcome::kEnd) {
      if (shows_prompt_) output_.Write("\n");
      break;
    }
    const Line line = DivideLine(text);
    if (IsEmptyCommand(line.command)) continue;
    ParsedCommand command = Parse(outcome, line.command);
    if (IsQuit(command)) {
      quit = std::string(line.session);
    } else if (Session* const session = SessionOf(line.session)) {
      session->Add(std::move(command));
      asked_ = session;
    } else {
      Reply(output_, line.session)
          .End(Answer::Error(ErrorCode::kFull,
                             "the system has no thread for another session"));
    }
  }
  EndSessions();
  return quit;
}

Session* Shell::SessionOf(std::string_view name) {
  if (const auto found = sessions_.find(name); found != sessions_.end()) {
    return found->second.get();
  }
  try {
    auto session = std::make_unique<Session>(std::string(name), host_, output_);
    return sessions_.emplace(name, std::move(session)).first->second.get();
  } catch (const std::system_error&) {
    return nullptr;
  }
}

void Shell::Prompt() {
  if (!shows_prompt_) return;
  if (asked_ != nullptr) asked_->WaitIdle(kAnswerWait);
  output_.Write("orderstore> ");
}

// Each rolls back as soon as it has answered its last command, so that one that
// waits for its transaction goes on.
void Shell::EndSessions() {
  for (const auto& [name, session] : sessions_) session->Close();
  for (const auto& [name, session] : sessions_) session->Join();
  sessions_.clear();
}

}  // namespace orderstore::shell
