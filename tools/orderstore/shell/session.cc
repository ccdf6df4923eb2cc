#include "shell/session.h"

#include <exception>
#include <new>
#include <utility>

#include "shell/command.h"

namespace orderstore::shell {

namespace {

constexpr size_t kWaitingMax = 10'000;

Answer AnswerTo(const ParsedCommand& command, Conversation& conversation,
                Lines& lines) {
  if (command.ok()) return Execute(conversation, *command, lines);
  return Answer::Error(ErrorCode::kSyntax, {command.status().message().data(),
                                            command.status().message().size()});
}

}  // namespace

void Answered(const ParsedCommand& command, Conversation& conversation,
              Reply& reply) {
  try {
    reply.End(AnswerTo(command, conversation, reply));
  } catch (const std::bad_alloc&) {
    reply.End(Answer::Error(ErrorCode::kFull, "out of memory"));
  } catch (const std::exception& error) {
    reply.End(Answer::Error(ErrorCode::kIo, error.what()));
  }
}

Session::Session(std::string name, Host& host, Output& output)
    : name_(std::move(name)),
      host_(host),
      output_(output),
      thread_([this] { Run(); }) {}

Session::~Session() {
  if (!thread_.joinable()) return;
  Close();
  Join();
}

void Session::Add(ParsedCommand command) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < kWaitingMax; });
    waiting_.push_back(std::move(command));
  }
  changed_.notify_all();
}

bool Session::WaitIdle(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most,
                           [this] { return waiting_.empty() && !is_running_; });
}

void Session::Close() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
}

void Session::Join() { thread_.join(); }

void Session::Run() {
  Conversation conversation(host_);
  std::deque<ParsedCommand> commands;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      is_running_ = false;
      if (waiting_.empty()) changed_.notify_all();  // WaitIdle
      changed_.wait(lock, [this] { return !waiting_.empty() || is_closed_; });
      if (waiting_.empty()) return;
      commands.swap(waiting_);
      is_running_ = true;
    }
    changed_.notify_all();  // Add
    AnswerAll(commands, conversation);
  }
}

void Session::AnswerAll(std::deque<ParsedCommand>& commands,
                        Conversation& conversation) {
  for (const ParsedCommand& command : commands) {
    // Nobody would hear the answer.
    if (output_.has_failed()) break;
    Reply reply(output_, name_);
    Answered(command, conversation, reply);
  }
  commands.clear();
}

}  // namespace orderstore::shell
