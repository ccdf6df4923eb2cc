// A session: a thread that runs commands one after the other, in the order in
// which they were added, in a transaction of its own.
//
//   Session session("a", host, output);
//   session.Add(ParseWords("begin"));
//   session.Close();
//   session.Join();   // all have been answered, what was open is rolled back
//
// Thread-safety: the methods are called by one thread, the one that reads.

#ifndef ORDERSTORE_TOOLS_SHELL_SESSION_H_
#define ORDERSTORE_TOOLS_SHELL_SESSION_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "shell/conversation.h"
#include "shell/output.h"

namespace orderstore::shell {

// The words of a command, or what is wrong with them.
using ParsedCommand = absl::StatusOr<std::vector<std::string>>;

// Runs one command and answers it, whatever happens.
void Answered(const ParsedCommand& command, Conversation& conversation,
              Reply& reply);

class Session {
 public:
  // `host` and `output` outlive the session. Throws std::system_error if the
  // system has no thread for it.
  Session(std::string name, Host& host, Output& output);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  const std::string& name() const { return name_; }

  // Waits while very many commands are waiting: a script is not read into
  // memory whole.
  void Add(ParsedCommand command);
  // Waits until all commands are answered; false if that takes longer.
  bool WaitIdle(std::chrono::milliseconds at_most);

  // No more commands come.
  void Close();
  // After Close: waits until all are answered and what is open is rolled back.
  void Join();

 private:
  void Run();
  void AnswerAll(std::deque<ParsedCommand>& commands,
                 Conversation& conversation);

  const std::string name_;
  Host& host_;
  Output& output_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::deque<ParsedCommand> waiting_;
  bool is_running_ = false;  // commands that were taken out
  bool is_closed_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_SESSION_H_
