// Where the replies of all sessions go: a descriptor, written to without a
// buffer, so that a reply has left when Write returns.
//
// Thread-safety: any thread; what one Write takes stays together.

#ifndef ORDERSTORE_TOOLS_SHELL_OUTPUT_H_
#define ORDERSTORE_TOOLS_SHELL_OUTPUT_H_

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "shell/answer.h"
#include "shell/lines.h"

namespace orderstore::shell {

class Output {
 public:
  // The descriptor stays the caller's.
  explicit Output(int descriptor) : descriptor_(descriptor) {}

  void Write(std::string_view text);

  // True once a Write failed, as where nobody reads; later ones do nothing.
  bool has_failed() const { return error() != 0; }
  // The errno of the Write that failed; 0: none did. Relaxed: says nothing of
  // other memory.
  int error() const { return error_.load(std::memory_order_relaxed); }

 private:
  const int descriptor_;
  std::mutex mutex_;  // held while writing
  std::atomic<int> error_ = 0;
};

// One reply of a session: each line with its name before it. A short reply goes
// out in one piece; of a long one, other sessions' lines may come between.
class Reply : public Lines {
 public:
  // `session` is empty for the session without a name. Both outlive the reply.
  Reply(Output& output, std::string_view session)
      : output_(output), session_(session) {}

  void Add(std::string_view line) override;
  // The last line; sends all.
  void End(const Answer& answer);

 private:
  Output& output_;
  const std::string_view session_;
  std::string pending_;
};

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_OUTPUT_H_
