#include "interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace orderstore::tools {

namespace {

// Set in a signal handler; the pipe wakes who waits. Relaxed: they say nothing
// of other memory.
std::atomic<int> caught_signal = 0;
std::atomic<bool> is_caught = false;
static_assert(std::atomic<int>::is_always_lock_free);
// Set before the handlers are.
std::array<int, 2> wake_pipe = {-1, -1};

extern "C" void OnInterrupt(int signal) {
  const int saved_errno = errno;
  caught_signal.store(signal, std::memory_order_relaxed);
  is_caught.store(true, std::memory_order_relaxed);
  // If the pipe is full, who reads is awake.
  const ssize_t written = write(wake_pipe[1], "", 1);
  (void)written;
  errno = saved_errno;
}

}  // namespace

void CatchInterrupts() {
  if (pipe2(wake_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) != 0 ||
        action.sa_handler == SIG_IGN) {
      continue;
    }
    action = {};
    action.sa_handler = OnInterrupt;
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    sigaction(signal, &action, nullptr);
  }
}

int CaughtSignal() { return caught_signal.load(std::memory_order_relaxed); }

const std::atomic<bool>& InterruptFlag() { return is_caught; }

int InterruptDescriptor() { return wake_pipe[0]; }

void EndBySignal() {
  const int signal = CaughtSignal();
  ::signal(signal, SIG_DFL);
  raise(signal);
  std::_Exit(128 + signal);
}

}  // namespace orderstore::tools
